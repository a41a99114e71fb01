"""Forgetting a customer of a site: what was bought stays, who bought it does not."""

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, delete, or_, select, update

from database.transactions import Database
from jirafe_api.contract.kinds import own_id
from jirafe_api.storage.personal_data import PSEUDONYM, PURCHASES, TRAILS, Person, without_person
from jirafe_api.storage.stored_event import StoredEvent, body, key, stored
from jirafe_api.storage.tables import EVENTS

T = TypeVar("T")

_AT_ONCE = 500
_TEXTS_AT_ONCE = 50
_LONGEST = 500

# Letters that are escaped in JSON, with their case; K, and I before a dot of its own, which such
# letters become in lower case; and the wildcards of LIKE.
_UNSURE = re.compile(r"(?:i?\\(?:u....|.)|[k%_])+", re.IGNORECASE)

_STRIP = (
    update(EVENTS)
    .where(EVENTS.c.seq == bindparam("its_seq"))
    .values(event_id=bindparam("its_id"), body=bindparam("its_body"))
)


@dataclass(frozen=True)
class Forgotten:
    """Who was forgotten, and how many events were made anonymous and deleted."""

    person: Person
    stripped: int
    deleted: int

    def counts(self) -> dict[str, int]:
        """The numbers by what was done."""
        return {
            f"{EVENTS.name} made anonymous": self.stripped,
            f"{EVENTS.name} deleted": self.deleted,
        }


def forget(database: Database, site: str, start: Person, *, only_tell: bool = False) -> Forgotten:
    """Makes the customer's carts and orders anonymous, and deletes what else is theirs.

    `start` has the ids or the e-mail addresses to begin with: the events tell the ids that go with
    an address, and the address under which an id may have bought as a guest. What comes in
    meanwhile is not seen; of the rest it is all or nothing. Where it is `only_tell`, nothing is
    changed. DatabaseUnavailableError where the database fails.
    """
    with database.reading() as connection:
        person, theirs = _search(connection, site, start)
    pseudonym = f"{PSEUDONYM}{secrets.token_hex(8)}"
    stripped = deleted = 0
    with database.reading() if only_tell else database.writing() as connection:
        _wipe(connection)
        for some in _parts(sorted(theirs), _AT_ONCE):
            rows = connection.execute(select(EVENTS).where(EVENTS.c.seq.in_(some)))
            events = [stored(row) for row in rows]
            purchases = [one for one in events if one.kind in PURCHASES]
            changes = _changes(purchases, person, pseudonym)
            trails = [one.seq for one in events if one.kind in TRAILS]
            stripped += len(changes)
            deleted += len(trails)
            if changes and not only_tell:
                connection.execute(_STRIP, changes)
            if trails and not only_tell:
                connection.execute(delete(EVENTS).where(EVENTS.c.seq.in_(trails)))
    return Forgotten(person, stripped, deleted)


def _changes(
    purchases: Iterable[StoredEvent], person: Person, pseudonym: str
) -> list[dict[str, object]]:
    left = ((one, without_person(one, person, pseudonym)) for one in purchases)
    return [
        {
            "its_seq": one.seq,
            "its_id": key(own_id(one.version, one.kind, event)),
            "its_body": body(event),
        }
        for one, event in left
        if event != one.event
    ]


def _search(connection: Connection, site: str, start: Person) -> tuple[Person, set[int]]:
    """Who the customer is, and the `seq` of every event of theirs."""
    person = Person(start.ids | start.emails, set(start.emails))
    theirs = set()
    for one in _leads(connection, site, person):
        theirs.add(one.seq)
        person.follow(one)
    browsers = map(_as_it_is, sorted(person.visits | person.visitors))
    for one in _that_tell(connection, site, browsers, TRAILS):
        if person.went_through(one):
            theirs.add(one.seq)
    return person, theirs


def _leads(connection: Connection, site: str, person: Person) -> Iterator[StoredEvent]:
    """Yields what names the customer, then what they bought, then what names that.

    Whoever takes an event has the person follow it, or what it leads to is not found.
    """
    for names in _growing(person.ids):
        for one in _that_tell(connection, site, map(_in_any_case, sorted(names))):
            if person.is_named_in(one):
                person.meet(one)
                yield one
    for purchases in _growing(person.purchases):
        for kind in PURCHASES:
            numbers = {number for its_kind, number in purchases if its_kind == kind}
            yield from _of_ids(connection, site, kind, numbers)
    numbers = {number for _, number in person.purchases}
    for one in _that_tell(connection, site, map(_as_it_is, sorted(numbers)), TRAILS):
        if person.bought_in(one):
            yield one


def _growing(values: set[T]) -> Iterator[set[T]]:
    """Yields what is in the set, and then what came to it meanwhile, until nothing did."""
    known: set[T] = set()
    while new := values - known:
        known |= new
        yield new


def _that_tell(
    connection: Connection,
    site: str,
    conditions: Iterable[ColumnElement[bool]],
    kinds: Sequence[str] = (*PURCHASES, *TRAILS),
) -> Iterator[StoredEvent]:
    """Yields the events that meet one of the conditions, and others where those are many.

    To look for hundreds of texts takes a database longer than to give out all that there is.
    """
    some = list(conditions)
    if not some:
        return
    sought = [or_(*some)] if len(some) <= _TEXTS_AT_ONCE else []
    yield from _found(connection, EVENTS.c.site == site, EVENTS.c.kind.in_(kinds), *sought)


def _as_it_is(text: str) -> ColumnElement[bool]:
    """That the text stands in an event, or maybe something that only begins as it does."""
    return EVENTS.c.body.contains(json.dumps(text)[:_LONGEST], autoescape=True)


def _in_any_case(text: str) -> ColumnElement[bool]:
    """That the text, or maybe another, stands in an event, however it is written.

    What a database cannot tell is left open. It takes several times as long.
    """
    return EVENTS.c.body.ilike(f"%{_UNSURE.sub('%', json.dumps(text))[:_LONGEST]}%")


def _of_ids(
    connection: Connection, site: str, kind: str, ids: Iterable[str]
) -> Iterator[StoredEvent]:
    for some in _parts(sorted(map(key, ids)), _AT_ONCE):
        its_kind = EVENTS.c.site == site, EVENTS.c.kind == kind
        yield from _found(connection, *its_kind, EVENTS.c.event_id.in_(some))


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[StoredEvent]:
    query = select(EVENTS).where(*conditions).execution_options(yield_per=_AT_ONCE)
    with connection.execute(query) as rows:
        yield from map(stored, rows)


def _wipe(connection: Connection) -> None:
    """Makes SQLite write over what is deleted; Postgres does with its next vacuum."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

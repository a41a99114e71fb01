"""Find all events about a person, and forget the person; the purchases stay."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, update

from database.append_order import await_appends
from database.transactions import Database
from jirafe_api.contract.kinds import Event
from jirafe_api.storage.events import StoredEvent, body, from_row, key, storable
from jirafe_api.storage.people import digest
from jirafe_api.storage.personal_data import PERSONAL, PSEUDONYM, PURCHASES, Person, without_person
from jirafe_api.storage.tables import EVENTS, PEOPLE, is_tracked

T = TypeVar("T")

_AT_ONCE = 500

_ANONYMISE = (
    update(EVENTS)
    .where(EVENTS.c.seq == bindparam("its_seq"))
    .values(event_id=bindparam("its_id"), body=bindparam("its_body"), fingerprint=None)
)


@dataclass(frozen=True)
class Forgotten:
    """Who was forgotten, and how many events were anonymized and deleted.

    `is_known` is False if no event is about the person.
    """

    person: Person
    is_known: bool
    anonymised: int
    deleted: int

    def counts(self) -> dict[str, int]:
        """Return the counts by action."""
        return {
            f"{EVENTS.name} made anonymous": self.anonymised,
            f"{EVENTS.name} deleted": self.deleted,
        }


def forget(database: Database, site: str, start: Person, *, dry_run: bool = False) -> Forgotten:
    """Anonymize a customer's carts and orders, and delete all other events about them.

    `start` has the ids or e-mail addresses to begin with. Events lead from an address to ids, and
    from an id to the address with which the customer may have bought as a guest. Everything
    happens in one transaction, and events that arrive meanwhile wait for its end. A dry run
    changes nothing.
    """
    with database.reading() if dry_run else database.writing() as connection:
        if not dry_run:
            await_appends(connection)
            _overwrite_deleted(connection)
        person, found = _search(connection, site, start)
        pseudonym = f"{PSEUDONYM}{secrets.token_hex(8)}"
        anonymised = deleted = 0
        for chunk in _parts(sorted(found), _AT_ONCE):
            events = list(_events(connection, EVENTS.c.seq.in_(chunk)))
            changes = _changes(events, person, pseudonym)
            personal = [one.seq for one in events if one.kind in PERSONAL]
            anonymised += len(changes)
            deleted += len(personal)
            if not dry_run:
                connection.execute(delete(PEOPLE).where(PEOPLE.c.seq.in_(chunk)))
                connection.execute(delete(EVENTS).where(EVENTS.c.seq.in_(personal)))
                if changes:
                    connection.execute(_ANONYMISE, changes)
    return Forgotten(person, bool(found), anonymised, deleted)


def events_about(database: Database, site: str, start: Person) -> list[StoredEvent]:
    """Return all events about a customer, oldest first."""
    with database.reading() as connection:
        _, found = _search(connection, site, start)
        return [
            event
            for chunk in _parts(sorted(found), _AT_ONCE)
            for event in _events(connection, EVENTS.c.seq.in_(chunk))
        ]


def _changes(
    events: Iterable[StoredEvent], person: Person, pseudonym: str
) -> list[dict[str, object]]:
    purchases = (stored for stored in events if stored.kind in PURCHASES)
    left = ((stored, without_person(stored, person, pseudonym)) for stored in purchases)
    return [
        {
            "its_seq": stored.seq,
            "its_id": _changed_key(stored, event),
            "its_body": body(event),
        }
        for stored, event in left
        if event != stored.event
    ]


def _changed_key(stored: StoredEvent, event: Event) -> str:
    changed = replace(stored, event=event)
    return stored.key if changed.id == stored.id else key(changed.id)


def _search(connection: Connection, site: str, start: Person) -> tuple[Person, set[int]]:
    """Return everything that identifies the customer, and the `seq` of each event about them."""
    emails = {storable(email) for email in start.emails}
    person = Person({storable(identifier) for identifier in start.ids} | emails, set(emails))
    found = set()
    for stored in _own_events(connection, site, person):
        found.add(stored.seq)
        person.learn_traces(stored)
    addresses = person.emails | person.addresses
    traces = {
        *(digest("visit", visit) for visit in person.visits),
        *(digest("visitor", visitor) for visitor in person.visitors),
        *(digest("mention", address) for address in addresses),
    }
    found.update(stored.seq for stored in _events_of(connection, site, traces))
    return person, found


def _own_events(connection: Connection, site: str, person: Person) -> Iterator[StoredEvent]:
    """Yield events that name the customer, events of their purchases, and pageviews of these.

    The caller adds to the person what it learns from each event.
    """
    for ids in _growing(person.ids):
        names = {digest("customer", one) for one in ids}
        names |= {digest("email", one) for one in person.emails}
        for event in _events_of(connection, site, names):
            person.learn_names(event)
            yield event
    for purchases in _growing(person.purchases):
        for kind in PURCHASES:
            numbers = {key(number) for its_kind, number in purchases if its_kind == kind}
            yield from _with_keys(connection, site, kind, numbers)
    pages = {digest(*purchase) for purchase in person.purchases}
    yield from _events_of(connection, site, pages)


def _growing(values: set[T]) -> Iterator[set[T]]:
    """Yield the set, and then the values added meanwhile, until there are none."""
    known: set[T] = set()
    while new := values - known:
        known |= new
        yield new


def _events_of(connection: Connection, site: str, names: set[bytes]) -> Iterator[StoredEvent]:
    """Yield the events with one of the names in the index, each once."""
    for chunk in _parts(sorted(names), _AT_ONCE):
        seqs = select(PEOPLE.c.seq).where(PEOPLE.c.site == site, PEOPLE.c.name.in_(chunk))
        yield from _events(connection, EVENTS.c.seq.in_(seqs))


def _with_keys(
    connection: Connection, site: str, kind: str, keys: set[str]
) -> Iterator[StoredEvent]:
    for chunk in _parts(sorted(keys), _AT_ONCE):
        conditions = EVENTS.c.site == site, EVENTS.c.kind == kind, EVENTS.c.event_id.in_(chunk)
        # A query of its own, or SQLite reads all events of the kind in the order of `seq`.
        seqs = select(EVENTS.c.seq).where(*conditions, ~is_tracked(EVENTS.c.kind))
        yield from _events(connection, EVENTS.c.seq.in_(seqs))


def _events(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[StoredEvent]:
    query = select(EVENTS).where(*conditions).order_by(EVENTS.c.seq)
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from map(from_row, rows)


def _overwrite_deleted(connection: Connection) -> None:
    """Make SQLite overwrite deleted data; Postgres does so with its next vacuum."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

"""Delete a customer: all rows of the endpoint about them."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, tuple_, update

from database.transactions import Database
from jirafe_endpoint.state.columns import PURCHASES, person, readable, to_json
from jirafe_endpoint.state.retention import delete_keys
from jirafe_endpoint.state.tables import DEAD_LETTERS, FACTS, MESSAGES, PEOPLE

T = TypeVar("T")

_AT_ONCE = 500
_PEOPLE = ("customer", "user")

_CLEAR = (
    update(MESSAGES)
    .where(
        MESSAGES.c.site == bindparam("its_site"), MESSAGES.c.identity == bindparam("its_identity")
    )
    .values(reply=bindparam("its_reply"))
)

_WORDLESS = {"notifications": [], "summary": ""}

_Fact = tuple[str, str, str]
"""The stored key of a fact."""


@dataclass(frozen=True)
class Customer:
    """A customer's ids and lower-case e-mail addresses at a site.

    `purchases` are the (kind, number) pairs of their carts and orders.
    """

    site: str
    ids: Collection[str]
    emails: Collection[str]
    purchases: Collection[tuple[str, str]] = ()


@dataclass(frozen=True)
class _Traces:
    """The rows about a customer."""

    facts: list[_Fact]
    letters: list[tuple[int]]
    replies: list[dict[str, str]]


def forget(database: Database, customer: Customer, *, dry_run: bool = False) -> dict[str, int]:
    """Delete the facts and dead letters about a customer, and clear the replies that name them.

    Return the number of rows by table; a `dry_run` changes nothing. Answered messages still count
    as answered, but their replies have no text. Raise DatabaseUnavailableError if the database
    fails; then nothing is deleted.
    """
    with database.reading() as connection:
        found = _traces(connection, customer)
    if not dry_run:
        with database.writing() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")  # or it stays in the file
            delete_keys(connection, FACTS, found.facts)
            delete_keys(connection, DEAD_LETTERS, found.letters)
            if found.replies:
                connection.execute(_CLEAR, found.replies)
    return {
        FACTS.name: len(found.facts),
        DEAD_LETTERS.name: len(found.letters),
        MESSAGES.name: len(found.replies),
    }


def _traces(connection: Connection, customer: Customer) -> _Traces:
    """Return the rows about a customer. Facts come first, since they lead to ids and purchases."""
    people, facts = _facts(connection, customer)
    facts = sorted({*facts, *_facts_of_purchases(connection, customer)})
    stored = {(kind, name) for _, kind, name in facts if kind in PURCHASES}
    purchases = stored | {(kind, readable(number)) for kind, number in customer.purchases}
    numbers = {name for _, name in purchases} | {number for _, number in customer.purchases}
    letters = [
        (row.id,)
        for row in _rows(connection, DEAD_LETTERS.c.id, DEAD_LETTERS.c.letter, site=customer.site)
        if _names(row.letter, people, purchases)
    ]
    return _Traces(facts, letters, _replies(connection, customer, numbers))


def _facts(connection: Connection, customer: Customer) -> tuple[set[str], list[_Fact]]:
    """Return the stored forms of the customer's ids, and the keys of the facts about them.

    Everyone with one of the given addresses is the customer. An address that is only known through
    one of the ids may be shared, so facts about another id with that address are not theirs.
    """
    addresses = {person(one) for one in customer.emails}
    ids = {person(one) for one in customer.ids} - addresses
    of_address = _people_of(connection, customer.site, addresses)
    ids |= {one for people in of_address.values() for one in people if _is_id(one)}
    of_ids = _people_of(connection, customer.site, ids)
    shared = {one for people in of_ids.values() for one in people if not _is_id(one)}
    as_guest = {
        fact: people
        for fact, people in _people_of(connection, customer.site, shared).items()
        if ids.issuperset(one for one in people if _is_id(one))
    }
    return ids | addresses | shared, [*{**of_address, **of_ids, **as_guest}]


def _facts_of_purchases(connection: Connection, customer: Customer) -> list[_Fact]:
    """Return the keys of the facts about purchases, including those without a customer."""
    key = tuple_(FACTS.c.site, FACTS.c.kind, FACTS.c.name)
    wanted = sorted(
        (customer.site, kind, readable(number))
        for sort, number in customer.purchases
        for kind in PURCHASES[sort]
    )
    return [
        tuple(row)
        for chunk in _parts(wanted)
        for row in connection.execute(select(*key).where(key.in_(chunk)))
    ]


def _is_id(stored: str) -> bool:
    return stored.startswith("#")


def _people_of(connection: Connection, site: str, people: Collection[str]) -> dict[_Fact, set[str]]:
    """Return the facts about some people of a site, each with everyone it is about."""
    key = tuple_(PEOPLE.c.site, PEOPLE.c.kind, PEOPLE.c.name)
    found: dict[_Fact, set[str]] = {}
    for chunk in _parts(sorted(people)):
        theirs = select(*key).where(PEOPLE.c.site == site, PEOPLE.c.person.in_(chunk))
        for row in connection.execute(select(*key, PEOPLE.c.person).where(key.in_(theirs))):
            found.setdefault((row.site, row.kind, row.name), set()).add(row.person)
    return found


def _names(letter: str, people: set[str], purchases: set[tuple[str, str]]) -> bool:
    """Return whether a message is about the customer, or about what they bought."""
    message = json.loads(letter)
    payload = message["payload"]
    objects = list(_objects(payload))
    named = {text.lower() for one in objects for text in _texts(one, "email") if "@" in text}
    named.update(text for one in objects for text in _texts(one, "user_id", "customer_id"))
    named.update(text for one in objects for who in _PEOPLE for text in _texts(one.get(who), "id"))
    if message["type"].startswith(_PEOPLE):
        named.update(_texts(payload, "id"))
    numbers = {(kind, readable(number)) for kind, number in _numbers(message["type"], payload)}
    return not people.isdisjoint(map(person, named)) or not numbers.isdisjoint(purchases)


def _numbers(kind: str, payload: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the numbers of a message's cart and order, as the mappers read them."""
    original = _texts(payload.get("original"), "number")
    found: set[tuple[str, str]] = set()
    for name in PURCHASES:
        if name in payload or kind.startswith(name):
            purchase = payload.get(name)
            numbers = [*_texts(purchase, "number"), *original, *_texts(purchase, "id"), ""]
            found.add((name, next(filter(None, numbers), "")))
    return found


def _texts(value: Any, *names: str) -> list[str]:
    """Return the texts of an object's fields with these names, as the mappers read them."""
    values = [value.get(name) for name in names] if isinstance(value, dict) else []
    return [str(one).strip() for one in values if isinstance(one, str | int)]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a JSON value."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


def _replies(
    connection: Connection, customer: Customer, numbers: Collection[str]
) -> list[dict[str, str]]:
    """Return the replies that name the customer or a purchase, with their text removed."""
    texts = [*customer.emails, *filter(None, numbers)]
    if not texts:
        return []
    named = _any_of(sorted(texts))
    rows = _rows(connection, MESSAGES.c.identity, MESSAGES.c.reply, site=customer.site)
    replies = ((row.identity, json.loads(row.reply)) for row in rows if row.reply)
    return [
        {
            "its_site": customer.site,
            "its_identity": identity,
            "its_reply": to_json(reply | _WORDLESS),
        }
        for identity, reply in replies
        if named.search(_words(reply))
    ]


def _any_of(texts: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that matches any of the texts as whole words."""
    names = "|".join(map(re.escape, texts))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)


def _words(reply: dict[str, Any]) -> str:
    words = [word for note in reply["notifications"] for word in note.values()]
    return "\n".join(map(str, [*words, reply.get("summary", "")]))


def _rows(connection: Connection, *columns: Any, site: str) -> Iterator[Any]:
    query = select(*columns).where(columns[0].table.c.site == site)
    yield from connection.execute(query.execution_options(yield_per=_AT_ONCE))


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]

"""Forgetting a customer of a site: what the endpoint remembers of them."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, tuple_, update

from database.transactions import Database
from jirafe_endpoint.state.columns import key, to_json
from jirafe_endpoint.state.tables import CUSTOMERS, DEAD_LETTERS, MESSAGES, SNAPSHOTS

_AT_ONCE = 500
_PEOPLE = ("customer", "user")
_PURCHASES = ("cart", "order")

_SILENCE = (
    update(MESSAGES)
    .where(
        MESSAGES.c.site == bindparam("its_site"), MESSAGES.c.message_id == bindparam("its_message")
    )
    .values(reply=bindparam("its_reply"))
)

_WORDLESS = {"notifications": [], "summary": ""}

_Key = Sequence[Any]


@dataclass(frozen=True)
class Customer:
    """What a customer of a site goes by, and the (kind, number) pairs of their carts and orders.

    E-mail addresses are in lower case.
    """

    site: str
    ids: Collection[str]
    emails: Collection[str]
    purchases: Collection[tuple[str, str]]


def forget(database: Database, customer: Customer, *, only_tell: bool = False) -> dict[str, int]:
    """Forget when they were first seen, what they bought, and the messages that name them.

    Return how many rows of each table that was; where it is `only_tell`, nothing is changed. A
    message that was answered stays so, without the words of the answer. Raises
    DatabaseUnavailableError where the database fails, and nothing is forgotten then.
    """
    opened: AbstractContextManager[Connection] = (
        database.reading() if only_tell else database.writing()
    )
    with opened as connection:
        rows: dict[Table, list[_Key]] = {
            CUSTOMERS: _seen(connection, customer),
            SNAPSHOTS: _bought(connection, customer),
            DEAD_LETTERS: _letters(connection, customer),
        }
        silenced = _silenced(connection, customer)
        if not only_tell:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")  # or it stays in the file
            for table, keys in rows.items():
                _delete(connection, table, keys)
            if silenced:
                connection.execute(_SILENCE, silenced)
    return {table.name: len(keys) for table, keys in rows.items()} | {MESSAGES.name: len(silenced)}


def _seen(connection: Connection, customer: Customer) -> list[_Key]:
    names = [(customer.site, key(one)) for one in sorted(customer.ids)]
    return _existing(connection, CUSTOMERS, names)


def _bought(connection: Connection, customer: Customer) -> list[_Key]:
    purchases = sorted(customer.purchases)
    names = [(customer.site, kind, key(number)) for kind, number in purchases]
    return _existing(connection, SNAPSHOTS, names)


def _letters(connection: Connection, customer: Customer) -> list[_Key]:
    letters = select(DEAD_LETTERS.c.id, DEAD_LETTERS.c.letter).where(
        DEAD_LETTERS.c.site == customer.site
    )
    letters = letters.execution_options(yield_per=_AT_ONCE)
    return [(row.id,) for row in connection.execute(letters) if _names(customer, row.letter)]


def _names(customer: Customer, letter: str) -> bool:
    """Whether a hub message is about the customer, or about what they bought."""
    told = json.loads(letter)
    payload = told["payload"]
    objects = list(_objects(payload))
    emails = {text.lower() for one in objects for text in _texts(one, "email")}
    ids = {text for one in objects for text in _texts(one, "user_id", "customer_id")}
    ids.update(text for one in objects for who in _PEOPLE for text in _texts(one.get(who), "id"))
    if told["type"].startswith(_PEOPLE):
        ids.update(_texts(payload, "id"))
    return (
        not emails.isdisjoint(customer.emails)
        or not ids.isdisjoint(customer.ids)
        or not _numbers(told["type"], payload).isdisjoint(customer.purchases)
    )


def _numbers(kind: str, payload: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the numbers of a message's cart and order, as the mappers read them."""
    original = _texts(payload.get("original"), "number")
    found: set[tuple[str, str]] = set()
    for name in _PURCHASES:
        if name in payload or kind.startswith(name):
            told = payload.get(name)
            numbers = [*_texts(told, "number"), *original, *_texts(told, "id"), ""]
            found.add((name, next(filter(None, numbers), "")))
    return found


def _texts(value: Any, *names: str) -> list[str]:
    """Return the texts that an object has under these names, as the mappers read them."""
    told = [value.get(name) for name in names] if isinstance(value, dict) else []
    return [str(one).strip() for one in told if isinstance(one, str | int)]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _silenced(connection: Connection, customer: Customer) -> list[dict[str, str]]:
    """Return the answers that name the customer or what they bought, without their words."""
    texts = [*customer.emails, *(number for _, number in customer.purchases)]
    if not texts:
        return []
    names = "|".join(map(re.escape, sorted(texts)))
    named = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    query = select(MESSAGES.c.message_id, MESSAGES.c.reply).where(
        MESSAGES.c.site == customer.site, MESSAGES.c.reply.is_not(None)
    )
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    replies = ((message, json.loads(reply)) for message, reply in rows)
    return [
        {
            "its_site": customer.site,
            "its_message": message,
            "its_reply": to_json(reply | _WORDLESS),
        }
        for message, reply in replies
        if named.search(_words(reply))
    ]


def _words(reply: dict[str, Any]) -> str:
    told = [word for note in reply["notifications"] for word in note.values()]
    return "\n".join(map(str, [*told, reply.get("summary", "")]))


def _existing(connection: Connection, table: Table, keys: Iterable[_Key]) -> list[_Key]:
    columns = list(table.primary_key)
    return [
        tuple(row)
        for some in _parts(list(keys))
        for row in connection.execute(select(*columns).where(tuple_(*columns).in_(some)))
    ]


def _delete(connection: Connection, table: Table, keys: Sequence[_Key]) -> None:
    for some in _parts(keys):
        connection.execute(delete(table).where(tuple_(*table.primary_key).in_(some)))


def _parts(keys: Sequence[_Key]) -> Iterator[Sequence[_Key]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]

"""Delete old data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, select, tuple_

from database.transactions import Database
from jirafe_endpoint.state.columns import PURCHASES, milliseconds, timestamp
from jirafe_endpoint.state.leases import MESSAGE
from jirafe_endpoint.state.tables import DEAD_LETTERS, FACTS, LEASES, MESSAGES, PEOPLE

AGING = (*PURCHASES["cart"], *PURCHASES["order"])
"""The kinds of facts that every purchase adds, and that are deleted once they are old.

All others grow only with the shop's catalog and customers.
"""

_AT_ONCE = 500
"""Rows per transaction; messages have to wait while one runs."""


def prune(database: Database, before: datetime) -> dict[str, int]:
    """Delete data from before this time; return the number of rows deleted, by table.

    Rows with a lease stay. Raise DatabaseUnavailableError if the database fails; rows deleted by
    then stay deleted.
    """
    date = timestamp(before)
    rules: list[tuple[Table, ColumnElement[bool]]] = [
        (LEASES, LEASES.c.until < milliseconds(before)),
        (MESSAGES, (MESSAGES.c.stored_at < date) & ~_message_is_leased()),
        (FACTS, (FACTS.c.stored_at < date) & FACTS.c.kind.in_(AGING) & ~_fact_is_leased()),
        (DEAD_LETTERS, DEAD_LETTERS.c.created_at < date),
    ]
    return {table.name: _delete(database, table, rule) for table, rule in rules}


def _message_is_leased() -> ColumnElement[bool]:
    return exists().where(
        LEASES.c.site == MESSAGES.c.site,
        LEASES.c.kind == MESSAGE,
        LEASES.c.name == MESSAGES.c.identity,
    )


def _fact_is_leased() -> ColumnElement[bool]:
    return exists().where(
        LEASES.c.site == FACTS.c.site,
        LEASES.c.kind == FACTS.c.kind,
        LEASES.c.name == FACTS.c.name,
    )


def _delete(database: Database, table: Table, rule: ColumnElement[bool]) -> int:
    deleted = 0
    while True:
        with database.writing() as connection:
            old = select(*table.primary_key).where(rule).limit(_AT_ONCE)
            keys = [tuple(row) for row in connection.execute(old)]
            delete_keys(connection, table, keys)
        deleted += len(keys)
        if len(keys) < _AT_ONCE:
            return deleted


def delete_keys(connection: Connection, table: Table, keys: Sequence[Sequence[Any]]) -> None:
    """Delete the rows with these primary keys; for facts, also the people they were about."""
    for start in range(0, len(keys), _AT_ONCE):
        chunk = keys[start : start + _AT_ONCE]
        connection.execute(delete(table).where(tuple_(*table.primary_key).in_(chunk)))
        if table is FACTS:
            of_fact = tuple_(PEOPLE.c.site, PEOPLE.c.kind, PEOPLE.c.name)
            connection.execute(delete(PEOPLE).where(of_fact.in_(chunk)))

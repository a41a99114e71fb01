"""What is forgotten after a time."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, exists, select, tuple_

from database.transactions import Database
from jirafe_endpoint.state.columns import milliseconds, timestamp
from jirafe_endpoint.state.leases import MESSAGE
from jirafe_endpoint.state.tables import DEAD_LETTERS, LEASES, MESSAGES, SNAPSHOTS

_AT_ONCE = 500
"""Rows a transaction: messages wait while one runs."""


def prune(database: Database, before: datetime) -> dict[str, int]:
    """Forget what is older, and return how many rows of each table that was.

    What is leased stays, and so do the customers: when one was first seen has no age. Raises
    DatabaseUnavailableError where the database fails; what is gone by then stays so.
    """
    date = timestamp(before)
    rules: list[tuple[Table, ColumnElement[bool]]] = [
        (LEASES, LEASES.c.until < milliseconds(before)),
        (MESSAGES, (MESSAGES.c.kept_at < date) & ~_leased(MESSAGES)),
        (SNAPSHOTS, (SNAPSHOTS.c.kept_at < date) & ~_leased(SNAPSHOTS)),
        (DEAD_LETTERS, DEAD_LETTERS.c.created_at < date),
    ]
    return {table.name: _forget(database, table, rule) for table, rule in rules}


def _leased(table: Table) -> ColumnElement[bool]:
    kind = table.c.kind if "kind" in table.c else MESSAGE
    number = table.c.number if "number" in table.c else table.c.message_id
    return exists().where(
        LEASES.c.site == table.c.site, LEASES.c.kind == kind, LEASES.c.number == number
    )


def _forget(database: Database, table: Table, rule: ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    old = select(*keys).where(rule).limit(_AT_ONCE)
    forgotten = 0
    while True:
        with database.writing() as connection:
            count = connection.execute(delete(table).where(tuple_(*keys).in_(old))).rowcount
        forgotten += count
        if count < _AT_ONCE:
            return forgotten

"""Read rows in the order of a sequence, without skipping those that are committed late.

Postgres assigns the numbers of a sequence before the commit, so a reader that has seen 8 may find
7 later. Writers therefore hold a shared lock until their commit, and a reader takes it exclusively
for a moment before it reads. SQLite has one writer at a time and needs no lock.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func

# Any number that no other user of the same database locks.
_LOCK = 4_105_621_974

_LAST_SQLITE = "SELECT seq FROM sqlite_sequence WHERE name = ?"
_NEXT_POSTGRES = """
    WITH announced AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(lock)s))
    SELECT nextval(pg_get_serial_sequence(%(table)s, 'seq'))
    FROM announced, generate_series(1, %(count)s)
"""


def begin_append(connection: Connection, table: str, count: int) -> Sequence[int]:
    """Announce `count` new rows of a table; return their values of `seq`, ascending."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":  # where this transaction is the only writer
        last = driver.execute(_LAST_SQLITE, (table,)).fetchone()
        first = (last[0] if last else 0) + 1
        return range(first, first + count)
    values = {"lock": _LOCK, "table": table, "count": count}
    return sorted(number for (number,) in driver.execute(_NEXT_POSTGRES, values))


def await_appends(connection: Connection) -> None:
    """Wait until all announced rows are committed, and block new ones during this transaction.

    Later statements in the transaction see all rows up to the highest number.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(func.pg_advisory_xact_lock(_LOCK))

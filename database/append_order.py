"""Reading rows in the order of a sequence without skipping one that is committed late.

Postgres gives out the numbers of a sequence before the commit, so a reader that has seen 8 may
find 7 later. Who appends rows therefore holds a shared lock until its commit, and a reader takes
the lock exclusively for a moment before it looks. SQLite has one writer at a time and needs none.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func

# Any number will do that no other user of the same database locks.
_LOCK = 4_105_621_974

_LAST_SQLITE = "SELECT seq FROM sqlite_sequence WHERE name = ?"
_NEXT_POSTGRES = """
    WITH announced AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(lock)s))
    SELECT nextval(pg_get_serial_sequence(%(table)s, 'seq'))
    FROM announced, generate_series(1, %(count)s)
"""


def begin_append(connection: Connection, table: str, count: int) -> Sequence[int]:
    """Announce so many rows of a table; return the values of `seq` for them, ascending."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":  # where this transaction is the only writer
        last = driver.execute(_LAST_SQLITE, (table,)).fetchone()
        first = (last[0] if last else 0) + 1
        return range(first, first + count)
    values = {"lock": _LOCK, "table": table, "count": count}
    return sorted(number for (number,) in driver.execute(_NEXT_POSTGRES, values))


def await_appends(connection: Connection) -> None:
    """Wait until all announced rows are committed; new ones wait until this transaction ends.

    Later statements of the transaction see all rows up to the highest number.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(func.pg_advisory_xact_lock(_LOCK))

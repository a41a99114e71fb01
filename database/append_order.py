"""Reading rows in the order of a sequence without skipping one that is committed late.

Postgres gives out the numbers of a sequence before the commit, so a reader that has seen 8 may
find 7 later. Who appends rows therefore holds a shared lock until its commit, and a reader takes
the lock exclusively for a moment before it looks. SQLite has one writer at a time and needs none.
"""

from sqlalchemy import Connection, func

# Any number will do that no other user of the same database locks.
_LOCK = 4_105_621_974


def begin_append(connection: Connection) -> None:
    """Announce rows; call this before they get their numbers."""
    if connection.dialect.name == "postgresql":
        connection.execute(func.pg_advisory_xact_lock_shared(_LOCK))


def await_appends(connection: Connection) -> None:
    """Wait until all announced rows are committed; new ones wait until this transaction ends.

    Later statements of the transaction see all rows up to the highest number.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(func.pg_advisory_xact_lock(_LOCK))

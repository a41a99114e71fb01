"""Events that are deleted after a time."""

from sqlalchemy import delete, select

from database.transactions import Database
from jirafe_api.storage.tables import EVENTS

_AT_ONCE = 500
"""Rows a transaction: events wait while one runs."""


def prune(database: Database, before: str) -> int:
    """How many events were deleted: all that came in before a time as `times.stamp` makes.

    DatabaseUnavailableError where the database fails; what is deleted by then stays so.
    """
    old = select(EVENTS.c.seq).where(EVENTS.c.received_at < before).limit(_AT_ONCE)
    deleted = 0
    while True:
        with database.writing() as connection:
            count = connection.execute(delete(EVENTS).where(EVENTS.c.seq.in_(old))).rowcount
        deleted += count
        if count < _AT_ONCE:
            return deleted

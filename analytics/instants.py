"""The column type of a moment."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator


@lru_cache(10_000)  # the facts of an event have the same few times
def sqlite_text(value: datetime | None) -> str | None:
    """Return what SQLite stores for an aware time, as SQLAlchemy writes it."""
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: TIMESTAMPTZ on Postgres, ISO text without an offset on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the offset for SQLite, which stores none."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time in UTC."""
        if value is None:
            return None
        time: datetime = value
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)

"""Where analytics reads events: the only module that knows the event store."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import func, select

from database.transactions import Database
from jirafe_api.storage.stored_event import key, stored
from jirafe_api.storage.tables import EVENTS

__all__ = ["Feed", "FeedEvent", "StoredFeed", "key"]


class FeedEvent(Protocol):
    """An accepted event; the times are ISO 8601 in UTC."""

    @property
    def seq(self) -> int:
        """Its place in the feed."""

    @property
    def site(self) -> str:
        """The site that sent it."""

    @property
    def version(self) -> int:
        """The version of the API that it came in by."""

    @property
    def kind(self) -> str:
        """Its resource, as in order or pageview."""

    @property
    def status(self) -> str | None:
        """The status of an order."""

    @property
    def received_at(self) -> str:
        """When it came in."""

    @property
    def changed_at(self) -> str:
        """The date of the state that it describes."""

    @property
    def event(self) -> dict[str, Any]:
        """The event itself."""


class Feed(Protocol):
    """The accepted events of all sites in ascending order of `seq`."""

    def after(self, seq: int, limit: int) -> Sequence[FeedEvent]:
        """Return up to `limit` events that come after `seq`."""

    def last(self) -> int:
        """Return the `seq` of the newest event, 0 if there is none."""


class StoredFeed:
    """The feed of the hosted API's event store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, seq: int, limit: int) -> Sequence[FeedEvent]:
        """Return up to `limit` events that come after `seq`."""
        query = select(EVENTS).where(EVENTS.c.seq > seq).order_by(EVENTS.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [stored(row) for row in connection.execute(query).all()]

    def last(self) -> int:
        """Return the `seq` of the newest event, 0 if there is none."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.max(EVENTS.c.seq))) or 0

"""Read events for analytics; the only module that knows the event store."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import Text, cast, func, select

from database.append_order import await_appends
from jirafe_api.storage.events import EMPTIED, key
from jirafe_api.storage.pages import MOST_BYTES
from jirafe_api.storage.store import Store
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
        """The version of the API that it was sent to."""

    @property
    def kind(self) -> str:
        """Its kind, such as order or pageview."""

    @property
    def status(self) -> str | None:
        """The status of an order."""

    @property
    def received_at(self) -> str:
        """The time of arrival."""

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


class _Event(NamedTuple):
    seq: int
    site: str
    version: int
    kind: str
    status: str | None
    received_at: str
    changed_at: str
    event: dict[str, Any]


_EVENTS = select(
    *(EVENTS.c[name] for name in _Event._fields if name != "event"), cast(EVENTS.c.body, Text)
).order_by(EVENTS.c.seq)


class StoredFeed:
    """The feed of the hosted API's event store.

    It decodes bodies faster than the store does: integers of more than 64 bits become floats,
    which does not matter, because they are too large to count.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, seq: int, limit: int) -> Sequence[FeedEvent]:
        """Return up to `limit` events that come after `seq`, at most about 10 MB of them."""
        with self._store.database.reading() as connection:
            await_appends(connection)
            newest = connection.scalar(select(func.max(EVENTS.c.seq))) or 0
        query = _EVENTS.where(EVENTS.c.seq > seq, EVENTS.c.seq <= newest).limit(limit)
        found: list[_Event] = []
        size = 0
        with (
            self._store.database.reading() as connection,
            connection.execution_options(yield_per=500).execute(query) as rows,
        ):
            for row in rows:
                *columns, status, received_at, changed_at, body = row
                size += len(body)
                if found and size > MOST_BYTES:
                    break
                shown = "accepted" if status == EMPTIED else status or None
                event = *columns, shown, received_at, changed_at, orjson.loads(body)
                found.append(_Event._make(event))
        return found

    def last(self) -> int:
        """Return the `seq` of the newest event, 0 if there is none."""
        return self._store.last_seq()

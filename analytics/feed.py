"""Where analytics reads events: the only module that knows the event store."""

from collections.abc import Sequence
from typing import Any, Protocol

from jirafe_api.storage.events import key
from jirafe_api.storage.store import Store

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

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, seq: int, limit: int) -> Sequence[FeedEvent]:
        """Return up to `limit` events that come after `seq`."""
        return self._store.feed(after=seq, limit=limit)[0]

    def last(self) -> int:
        """Return the `seq` of the newest event, 0 if there is none."""
        return self._store.last_seq()

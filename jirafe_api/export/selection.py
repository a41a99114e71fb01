"""Select the rows of an export: events, latest states, or the items of orders."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from jirafe_api.export.columns import ORDER_ITEMS, ORDER_MEMBERS
from jirafe_api.storage.events import EventFilter, StoredEvent
from jirafe_api.storage.store import Store
from jirafe_api.times import moment

_PAGE = 500


@dataclass(frozen=True)
class Selection:
    """What to export; `kind` is a kind of event, or ORDER_ITEMS.

    `since` and `until` limit the date of orders and the change date of other events. If
    `is_received`, or if an event has no date, they limit the time of receipt.
    """

    site: str | None
    kind: str | None
    since: str | None
    until: str | None
    is_latest: bool = False
    is_received: bool = False

    def rows(self, store: Store) -> Generator[StoredEvent]:
        """Yield the events, oldest first, or states and items by id. Close it if not used up."""
        wanted = self.filter()
        is_latest = self.is_latest or self.kind == ORDER_ITEMS
        with closing(_latest(store, wanted) if is_latest else store.events(wanted)) as events:
            for stored in events:
                if self.is_received or self._is_in_time(stored):
                    yield from _items(stored) if self.kind == ORDER_ITEMS else (stored,)

    def filter(self) -> EventFilter:
        """Return the conditions that the database can check."""
        kind = "order" if self.kind == ORDER_ITEMS else self.kind
        wanted = EventFilter(self.site, kind)
        return replace(wanted, since=self.since, until=self.until) if self.is_received else wanted

    def _is_in_time(self, stored: StoredEvent) -> bool:
        if self.since is None and self.until is None:
            return True
        date = _date(stored)
        is_early = self.since is not None and date < moment(self.since)
        return not is_early and (self.until is None or date < moment(self.until))


def _latest(store: Store, wanted: EventFilter) -> Generator[StoredEvent]:
    after, has_more = None, True
    while has_more:
        events, has_more = store.latest(wanted, limit=_PAGE, after=after)
        yield from events
        after = events[-1].key if events else None


def _items(order: StoredEvent) -> Iterator[StoredEvent]:
    """Yield each item as an event with the number and the main members of its order."""
    event = order.event
    about = {name: event[name] for name in ORDER_MEMBERS if name in event}
    number = event.get("order_number")
    items = event.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            row = {**item, "order_number": number, "order": about | {"status": order.status}}
            yield replace(order, kind=ORDER_ITEMS, event=row)


def _date(stored: StoredEvent) -> datetime:
    text = stored.event.get("order_date") if stored.kind == "order" else None
    try:
        return moment(text or stored.changed_at or stored.received_at)
    except (TypeError, ValueError):
        return moment(stored.changed_at or stored.received_at)

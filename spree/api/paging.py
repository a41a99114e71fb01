"""Walking through a shop's orders while it sells, without missing one.

Page numbers shift when an order changes, so a walk goes by key: the next page is what was updated
at or after the last order seen (or has a larger id), without the orders that were seen at that
very time. Only orders of one and the same time are walked by page number.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from spree.api.errors import ShopError
from spree.payloads.fields import Record

_MOST_DIGITS = 20  # of an id


class Row(NamedTuple):
    """An order of a list: `summary` is what the list has, `whole` reads all of it if need be.

    `whole` returns None for an order that is gone by then.
    """

    id: str
    updated_at: str | None
    summary: Record
    whole: Callable[[], Record | None]


class Listing(NamedTuple):
    """One page of a list: its rows, and how many pages the shop says there are."""

    rows: list[Row]
    pages: int


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the form of spree.payloads, and where to go on; `cursor` is None at the end."""

    records: list[Record]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is: after what, on which page of it, and what was seen there already."""

    after: str | None = None
    page: int = 1
    seen: tuple[str, ...] = ()

    def has_seen(self, row: Row) -> bool:
        """Whether the order was seen as it is; one that changed since then is another matter."""
        return row.id in self.seen and row.updated_at == self.after

    def cursor(self) -> str:
        """Return the place as text."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def at(cls, cursor: str) -> "Place":
        """Return the place of a cursor. Raise ShopError if it is none."""
        try:
            state: dict[str, Any] = orjson.loads(cursor)
            return cls(state["after"], int(state["page"]), tuple(state["seen"]))
        except (ValueError, KeyError, TypeError):
            raise ShopError("The cursor is not one of a walk through this shop.") from None


def next_by_time(place: Place, rows: Sequence[Row], pages: int) -> Place | None:
    """Return the place after a page that is sorted by `updated_at`, None at the end.

    Raise ShopError if the shop ignored the filter or the order: the walk would miss some.
    """
    times = [_moment(row.updated_at) for row in rows]
    if place.after is not None and times and times[0] < _moment(place.after):
        raise ShopError("The shop ignores the filter by updated_at.")
    if any(earlier > later for earlier, later in pairwise(times)):
        raise ShopError("The shop ignores the order by updated_at.")
    if not rows or place.page >= pages:
        return None
    last = rows[-1].updated_at
    now_seen = tuple(row.id for row in rows if row.updated_at == last)
    if last == place.after:
        return replace(place, page=place.page + 1, seen=(*place.seen, *now_seen))
    return Place(last, 1, now_seen)


def next_by_id(place: Place, rows: Sequence[Row], pages: int) -> Place | None:
    """Return the place after a page that is sorted by id, None at the end.

    Raise ShopError if the shop ignored the filter or the order.
    """
    ids = [_number(text) for text in (place.after or "0", *(row.id for row in rows))]
    if any(one >= other for one, other in pairwise(ids)):
        raise ShopError("The shop ignores the filter or the order by id.")
    return Place(rows[-1].id) if rows and pages > 1 else None


def iso(moment: datetime) -> str:
    """Return the time in UTC with milliseconds, as Spree's filters read it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else -1


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise ShopError("The shop lists an order without a valid updated_at.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

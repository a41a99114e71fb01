"""Walking through a shop's orders while it sells, without missing one.

Page numbers shift when an order changes, so a walk goes by key: the next page is what was updated
at or after the last order read, without those of that very time that were read. If more orders
are of one time than fit a page, these are walked by id. Shops that cannot list orders by
`updated_at` are walked by id from the beginning.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from spree.api.errors import ShopError
from spree.payloads.fields import Record

_MOST_DIGITS = 20  # of an id
_FRACTION = re.compile(r"\.(\d+)")


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
    """Records in the form of spree.payloads, and where to go on; `cursor` is None at the end.

    `pages_left` is how many pages follow as far as the shop knows.
    """

    records: list[Record]
    cursor: str | None
    pages_left: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is.

    `after` is the time from which on orders are to be read, as the shop wrote it; `seen` are the
    ids of those of that very time that were read. With `after_id`, only orders with larger ids
    are to be read: of that time, or of all times in a walk by id. Other lists have a `page`.
    """

    after: str | None = None
    after_id: str | None = None
    seen: tuple[str, ...] = ()
    page: int = 1

    def has_seen(self, row: Row) -> bool:
        """Whether the order was read as it is; one that changed since then is another matter."""
        return row.id in self.seen and row.updated_at == self.after

    def query(self) -> tuple[dict[str, str], str]:
        """Return the filters of the next page, by ransack's names, and what it is sorted by."""
        filters = {"updated_at_gteq": self.after, "id_gt": self.after_id}
        if self.after is not None and self.after_id is not None:
            filters["updated_at_lt"] = _end(self.after)
        given = {name: value for name, value in filters.items() if value is not None}
        return given, "updated_at" if self.after_id is None else "id"

    def cursor(self) -> str:
        """Return the place as text."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def at(cls, cursor: str) -> "Place":
        """Return the place of a cursor. Raise ShopError if it is none."""
        try:
            state: dict[str, Any] = orjson.loads(cursor)
            seen, page = tuple(state["seen"]), int(state["page"])
            return cls(state["after"], state["after_id"], seen, page)
        except (ValueError, KeyError, TypeError):
            raise ShopError("The cursor is not one of a walk through this shop.") from None


def following(place: Place, rows: Sequence[Row], pages: int) -> Place | None:
    """Return the place after a page, None at the end.

    Raise ShopError if the shop ignored the filters or the order: the walk would miss some.
    """
    if place.after_id is None:
        return _following_by_time(place, rows, pages)
    ids = [_number(text) for text in (place.after_id, *(row.id for row in rows))]
    if any(one >= other for one, other in pairwise(ids)):
        raise ShopError("The shop ignores the filter or the order by id.")
    if rows and pages > 1:
        return replace(place, after_id=rows[-1].id)
    return None if place.after is None else Place(_end(place.after))


def _following_by_time(place: Place, rows: Sequence[Row], pages: int) -> Place | None:
    times = [moment(row.updated_at) for row in rows]
    if place.after is not None and times and times[0] < moment(place.after):
        raise ShopError("The shop ignores the filter by updated_at.")
    if any(earlier > later for earlier, later in pairwise(times)):
        raise ShopError("The shop ignores the order by updated_at.")
    if not rows or pages <= 1:
        return None
    last = rows[-1].updated_at
    seen = tuple(row.id for row in rows if row.updated_at == last)
    if last == place.after:  # more orders of one time than fit a page
        return Place(last, "0", (*place.seen, *seen))
    return Place(last, seen=seen)


def iso(time: datetime) -> str:
    """Return the time in UTC as Spree's filters read it."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _end(text: str) -> str:
    """Return the end of the time that a text stands for: shops drop digits of what they store."""
    fraction = _FRACTION.search(text)
    digits = min(len(fraction[1]), 6) if fraction else 0
    return iso(moment(text) + timedelta(microseconds=10 ** (6 - digits)))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else -1


def moment(text: str | None) -> datetime:
    """Return the time of a text, which is in UTC unless it says otherwise. Raise ShopError."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        raise ShopError("The shop lists an order without a valid updated_at.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)

"""Walk through a shop's orders while they change, without missing one.

Page numbers shift when an order changes, so the next page starts from a key: it has the orders
updated at or after the time of the last order read, except those read already. If more orders have
the same time than fit on a page, they are walked by id. Shops that cannot list orders by
`updated_at` are walked by id from the start.
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
    """An order in a list: `summary` is what the list contains, `whole` reads the whole order.

    `whole` returns None if the order no longer exists.
    """

    id: str
    updated_at: str | None
    summary: Record
    whole: Callable[[], Record | None]


class Listing(NamedTuple):
    """One page of a list: its rows, and the number of pages that the shop reports."""

    rows: list[Row]
    pages: int


@dataclass(frozen=True, slots=True)
class Page:
    """Records in the form of spree.payloads, and the `cursor` of the next page, None at the end.

    `pages_left` is the number of pages that follow, as far as the shop knows.
    """

    records: list[Record]
    cursor: str | None
    pages_left: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a walk.

    `after` is the time from which to read orders, as the shop wrote it; `seen` are the ids of the
    orders with exactly that time that were read. With `after_id`, only orders with larger ids
    follow: those with that time, or all in a walk by id. Other lists have a `page`.
    """

    after: str | None = None
    after_id: str | None = None
    seen: tuple[str, ...] = ()
    page: int = 1

    def has_seen(self, row: Row) -> bool:
        """Whether the order was read and has not changed since."""
        return row.id in self.seen and row.updated_at == self.after

    def query(self) -> tuple[dict[str, str], str]:
        """Return the filters of the next page, by ransack's names, and the field to sort by."""
        filters = {"updated_at_gteq": self.after, "id_gt": self.after_id}
        if self.after is not None and self.after_id is not None:
            filters["updated_at_lt"] = _end(self.after)
        given = {name: value for name, value in filters.items() if value is not None}
        return given, "updated_at" if self.after_id is None else "id"

    def cursor(self) -> str:
        """Return the position as text."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def at(cls, cursor: str) -> "Place":
        """Return the position from a cursor. Raise ShopError if it is not valid."""
        try:
            state: dict[str, Any] = orjson.loads(cursor)
            seen, page = tuple(state["seen"]), int(state["page"])
            return cls(state["after"], state["after_id"], seen, page)
        except (ValueError, KeyError, TypeError):
            raise ShopError("The cursor is not valid for this shop.") from None


def following(place: Place, rows: Sequence[Row], pages: int) -> Place | None:
    """Return the position after a page, or None at the end.

    Raise ShopError if the shop ignored the filters or the sorting, since orders would be missed.
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
    if last == place.after:  # more orders with the same time than fit on a page
        return Place(last, "0", (*place.seen, *seen))
    return Place(last, seen=seen)


def iso(time: datetime) -> str:
    """Return the time in UTC in the format of Spree's filters."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _end(text: str) -> str:
    """Return the end of the period that a text stands for, as shops truncate stored times."""
    fraction = _FRACTION.search(text)
    digits = min(len(fraction[1]), 6) if fraction else 0
    return iso(moment(text) + timedelta(microseconds=10 ** (6 - digits)))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else -1


def moment(text: str | None) -> datetime:
    """Return the time in a text, by default in UTC. Raise ShopError."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        raise ShopError("The shop lists an order without a valid updated_at.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)

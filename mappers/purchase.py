"""What carts and orders have in common: how a message tells of one, and its shared fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from mappers.customers import customer
from mappers.errors import MappingError, MissingFieldError
from mappers.items import Item, items, join
from mappers.output import first, timestamp
from mappers.schemas import CartPayload, Order, OrderPayload, before, load, old_lines
from mappers.sums import mismatch
from mappers.totals import totals

CANCELED = ("canceled", "cancelled")

_MOMENT = timedelta(milliseconds=1)
_EARLIEST = datetime.min.replace(tzinfo=UTC) + _MOMENT

_PAYLOADS = {"cart": CartPayload(), "order": OrderPayload()}
_EMPTY: Mapping[str, Any] = Order().load({})


@dataclass(frozen=True)
class Purchase:
    """A cart or an order, as one message tells of it.

    `name` is its key in the payload, `hub` the hub's rendering, `original` the shop's own,
    `lines` the line items of both, `previous` what it was before (None where not told). It was
    `placed` and has been so `since`, its cancellation aside (None where not told).
    """

    name: str
    hub: Mapping[str, Any]
    original: Mapping[str, Any]
    lines: list[dict[str, Any]]
    lines_path: str
    previous: Mapping[str, Any] | None
    diff: Any
    parameters: Mapping[str, str]
    number: str
    create_date: datetime
    change_date: datetime
    placed: datetime | None
    since: datetime | None

    @property
    def status(self) -> str | None:
        """The order's state in the hub's word, else in the shop's."""
        status: str | None = first(self.hub["status"], self.original["state"])
        return status

    def state(self, *, canceled: bool = False) -> dict[str, Any]:
        """Return what an event tells of since when it has been so: `state_date`, `may_be_newer`.

        A cancellation changes an order, and what undoes it does, whether or not its `updated_at`
        changes with that. What does not tell its time is of some time after the placing.
        """
        canceled_at = first(self.hub["canceled_at"], self.original["canceled_at"])
        ended = canceled_at if canceled or self.since else None
        told = [date for date in (self.since, ended) if date]
        if told:
            return {"state_date": timestamp(max(told))}
        placed = timestamp(self.placed) if self.placed else None
        return {"state_date": placed, "may_be_newer": True}

    @cached_property
    def customer(self) -> dict[str, Any]:
        """The Jirafe customer who bought."""
        return customer(self.hub, self.original, self.number, (self.create_date, self.change_date))

    def visit(self) -> dict[str, str] | None:
        """Return the visit ids of the shop's page, None where the message has none."""
        names = ("visit_id", "visitor_id", "pageview_id", "last_pageview_id")
        ids = {name: first(self.original[name], self.hub[name]) for name in names}
        if all(value is None for value in ids.values()):
            return None
        return {name: value or "" for name, value in ids.items()}

    def totals(self, *, hub_first: bool) -> dict[str, Any]:
        """Return Jirafe's six sums; where both renderings tell one, the preferred one's."""
        return totals(self.hub, self.original, self.lines, self.name, hub_first=hub_first)

    @cached_property
    def mixes_sums(self) -> bool:
        """Whether the shop's own rendering tells some sums only, beside a sound one of the hub."""
        told = {self.original[name] is not None for name in ("item_total", "total")}
        if len(told) == 1:
            return False
        hub = totals(self.hub, _EMPTY, self.lines, self.name, hub_first=True)
        return mismatch({**hub, "items": ()}) is None

    @cached_property
    def items(self) -> list[Item]:
        """The items, as far as carts and orders share them."""
        dates = self.create_date, self.change_date
        return items(self.lines, self.lines_path, dates, self.parameters)

    @cached_property
    def previous_items(self) -> list[Item]:
        """The same before the change, [] where the message does not tell them."""
        previous = self.previous or _EMPTY
        dates = self.create_date, first(previous["updated_at"], self.change_date)
        try:
            lines = join(previous["line_items"] or old_lines(self.diff), self.lines)
            return items(lines, "previous.line_items", dates, self.parameters)
        except MappingError:
            return []  # what was before is not worth losing what is now


def read(
    name: str,
    payload: Mapping[str, Any],
    parameters: Mapping[str, str],
    now: datetime,
    *,
    is_new: bool = False,
) -> Purchase:
    """Return the cart or order of the payload.

    `name` is "cart" or "order", `now` the last resort for dates. What `is_new` has been so since
    just before it was placed, where it does not tell of an update: all others came after it.
    Raises MappingError with each problem by its hub field.
    """
    loaded = load(_PAYLOADS[name], payload)
    if loaded[name] is None:
        raise MissingFieldError(name)
    hub, original = loaded[name], loaded["original"] or _EMPTY
    number = first(hub["number"], original["number"], hub["id"])
    if number is None:
        raise MissingFieldError(f"{name}.number")
    lines, path = _lines(name, hub, original)
    created, updated, told = _dates(hub, original, lines)
    changed = first(updated, told, now)
    placed = first(hub["placed_on"], original["completed_at"], hub["completed_at"], told)
    new = max(placed, _EARLIEST) - _MOMENT if placed and is_new else None
    return Purchase(
        name=name,
        hub=hub,
        original=original,
        lines=lines,
        lines_path=path,
        previous=before(loaded["previous"]),
        diff=loaded["diff"],
        parameters=parameters,
        number=number,
        create_date=min(first(created, changed), changed),
        change_date=changed,
        placed=placed,
        since=first(updated, new),
    )


def shared(purchase: Purchase, *, hub_first: bool) -> dict[str, Any]:
    """Return the fields that cart and order-accepted events share, items aside."""
    return {
        "create_date": timestamp(purchase.create_date),
        "change_date": timestamp(purchase.change_date),
        **purchase.totals(hub_first=hub_first),
        "currency": first(purchase.hub["currency"], purchase.original["currency"], "USD"),
        "customer": purchase.customer,
    }


def _lines(
    name: str, hub: Mapping[str, Any], original: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], str]:
    """Return the line items, the shop's own where it told them, and their path."""
    if original["line_items"]:
        return join(original["line_items"], hub["line_items"]), "original.line_items"
    return hub["line_items"], f"{name}.line_items"


def _dates(
    hub: Mapping[str, Any], original: Mapping[str, Any], lines: list[dict[str, Any]]
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Return when it was created, updated, and changed for want of an update; None if not told."""
    told = [date for line in lines for date in (line["created_at"], line["updated_at"]) if date]
    created = first(
        original["created_at"], hub["created_at"], hub["placed_on"], min(told, default=None)
    )
    changed = first(
        hub["placed_on"],
        created,
        original["completed_at"],
        hub["completed_at"],
        hub["canceled_at"],
        original["canceled_at"],
    )
    return created, first(original["updated_at"], hub["updated_at"]), changed

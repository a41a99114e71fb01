"""A cart or order as reported by one message."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from mappers import customers, identity
from mappers.dates import Clock
from mappers.events import Key, first
from mappers.identity import Line
from mappers.problems import Warning, missing
from mappers.purchases.amounts import has_sums
from mappers.purchases.items import joined
from mappers.reading.orders import CartPayload, Order, OrderPayload

CURRENCY = Key("currency", "")

_DATES = ("placed_on", "updated_at", "completed_at", "canceled_at", "created_at")
_NO_ORDER = Order()


class Purchase(Struct, frozen=True, gc=False):
    """A cart or order as reported by one message.

    `name` is its key in the payload, `hub` the hub's rendering, `original` the shop's own, empty if
    missing. `lines` are those of both, or None. `cart_id` is the id of an order's cart, `account`
    that of the buyer. `state` is in lower case, or "". `changed` is the change date, `since` is
    when the state began, and `dated` replaces it if unknown. What the message lacks is None.
    """

    name: str
    hub: Order
    original: Order
    lines: list[Line] | None
    previous: Any
    diff: Any
    parameters: Mapping[str, str]
    clock: Clock
    warnings: list[Warning]
    number: str
    cart_id: str | None
    account: str | None
    email: str | None
    state: str
    changed: str
    since: str | None
    dated: str | None
    placed_on: str | None
    canceled_at: str | None

    @property
    def previous_state(self) -> str:
        """The state before the change, or ""."""
        status = self.previous.get("status") if isinstance(self.previous, dict) else None
        return status.lower() if isinstance(status, str) else ""

    def says_nothing(self) -> bool:
        """Whether the message has neither items nor totals."""
        return self.lines is None and not has_sums(self.hub, self.original)

    def recalls(self) -> Iterator[Key]:
        """Yield the keys of the facts needed besides the cart or order itself."""
        yield CURRENCY
        yield from customers.recalled(self.email, self.account)
        for line in self.lines or ():
            yield Key("product", identity.sold_id(line, {}))
            if line.variant_id is not None:
                yield Key("variant", line.variant_id)


def purchase(
    name: str,
    payload: CartPayload | OrderPayload,
    parameters: Mapping[str, str],
    clock: Clock,
    warnings: list[Warning],
) -> Purchase:
    """Return the cart or order in a payload; `name` is its key there. Raise MappingError."""
    hub, original = getattr(payload, name), payload.original or _NO_ORDER
    if hub is None:
        raise missing(name)
    number = identity.number(name, hub, original)
    for path, rendering in ((name, hub), ("original", original)):
        _clamp(rendering, path, clock, warnings)
    lines = _lines(name, hub, original)
    updated = first(original.updated_at, hub.updated_at)
    placed_on = first(hub.placed_on, original.completed_at, hub.completed_at)
    canceled_at = first(hub.canceled_at, original.canceled_at)
    created = first(original.created_at, hub.created_at)
    dated = first(hub.placed_on, created, earliest(lines), placed_on, canceled_at)
    return Purchase(
        name=name,
        hub=hub,
        original=original,
        lines=lines,
        previous=payload.previous,
        diff=payload.diff,
        parameters=parameters,
        clock=clock,
        warnings=warnings,
        number=number,
        cart_id=first(hub.cart_id, original.cart_id),
        account=customers.account(hub, original),
        email=customers.email_of(hub, original),
        state=first(hub.status, hub.state, original.state, original.status, "").lower(),
        changed=first(updated, dated, clock.now),
        since=updated,
        dated=dated,
        placed_on=placed_on,
        canceled_at=canceled_at,
    )


def _lines(name: str, hub: Order, original: Order) -> list[Line] | None:
    """Return the line items, preferably the shop's own."""
    own = joined(original.line_items or (), hub.line_items or (), "original.line_items")
    if own:
        return own
    rows = hub.line_items if hub.line_items is not None else original.line_items
    return None if rows is None else joined(rows, (), f"{name}.line_items")


def earliest(lines: Iterable[Line] | None) -> str | None:
    """Return the earliest date of the line items, or None."""
    dates = (line.item.created_at or line.item.updated_at for line in lines or ())
    return min(filter(None, dates), default=None)


def _clamp(rendering: Order, path: str, clock: Clock, warnings: list[Warning]) -> None:
    for name in _DATES:
        date = getattr(rendering, name)
        if date is not None and clock.clamped(date) != date:
            setattr(rendering, name, clock.now)
            warnings.append(Warning("future_date", f"{path}.{name}"))

"""The amounts in a message, before the adjustments are read."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from mappers.events import first
from mappers.identity import Line
from mappers.purchases.adjustments import ZERO
from mappers.purchases.sums import exact, worth
from mappers.reading.orders import Order, Shipment, Totals

_NO_TOTALS = Totals()


class Amounts(Struct, frozen=True, gc=False):
    """The sums in a message, None for those that it does not have.

    Hubs write 0 for tax and shipping that are among the adjustments, so they are never 0 here.
    `tax_otherwise` and `shipping_otherwise` apply if there is no such adjustment: 0 if the message
    says 0, otherwise the amount last sent. `discounts` are all sums of discounts except 0, as
    positive amounts; `says_discount` is true even for 0. `cost` is the cost of the shipments.
    """

    subtotal: Decimal
    tax: Decimal | None
    tax_otherwise: Decimal
    included_tax: Decimal | None
    shipping: Decimal | None
    shipping_otherwise: Decimal
    cost: Decimal
    discounts: list[Decimal]
    says_discount: bool
    adjustment: Decimal | None
    total: Decimal | None


def amounts(
    hub: Order,
    original: Order,
    lines: Sequence[Line] | None,
    last: Mapping[str, Any] | None,
    *,
    hub_first: bool,
) -> Amounts:
    """Return the amounts; orders prefer the hub's totals, carts those of the shop."""
    totals = hub.totals or _NO_TOTALS

    def prefer(by_hub: Decimal | None, own: Decimal | None, raw: Decimal | None) -> Any:
        return first(by_hub, own, raw) if hub_first else first(own, by_hub, raw)

    item = prefer(totals.item, original.item_total, hub.item_total)
    discounts = (totals.discount, original.promo_total, hub.promo_total)
    return Amounts(
        subtotal=_subtotal(lines, last) if item is None else item,
        tax=prefer(totals.tax or None, original.tax_total, hub.tax_total),
        tax_otherwise=_otherwise(totals.tax, last, "total_tax"),
        included_tax=first(original.included_tax_total, hub.included_tax_total),
        shipping=prefer(totals.shipping or None, original.ship_total, hub.ship_total),
        shipping_otherwise=_otherwise(totals.shipping, last, "total_shipping"),
        cost=_cost(original.shipments or hub.shipments or ()),
        discounts=[abs(one) for one in discounts if one],
        says_discount=discounts != (None, None, None),
        adjustment=prefer(totals.adjustment, original.adjustment_total, hub.adjustment_total),
        total=prefer(totals.order, original.total, hub.total),
    )


def has_sums(hub: Order, original: Order) -> bool:
    """Whether a message has any amounts except those of its items."""
    return _has_sums(original) or _has_sums(hub)


def renderings_agree(hub: Order, original: Order) -> bool:
    """Whether the sums of the two renderings agree."""
    totals = hub.totals or _NO_TOTALS
    return (
        _agree(totals.item, original.item_total)
        and _agree(totals.tax or None, original.tax_total)
        and _agree(totals.shipping or None, original.ship_total)
        and _agree(totals.order, original.total)
        and _agree(totals.adjustment, original.adjustment_total)
    )


def _agree(one: Decimal | None, other: Decimal | None) -> bool:
    return one is None or other is None or one == other


def _has_sums(rendering: Order) -> bool:
    if rendering.totals or rendering.adjustments is not None or rendering.shipments:
        return True
    return (
        first(rendering.item_total, rendering.total, rendering.tax_total, rendering.ship_total)
        is not None
    )


def _subtotal(lines: Sequence[Line] | None, last: Mapping[str, Any] | None) -> Decimal:
    if lines is None and last is not None:
        return exact(last["subtotal"])
    return worth(lines or ())


def _otherwise(said: Decimal | None, last: Mapping[str, Any] | None, key: str) -> Decimal:
    if said is not None:
        return said
    return ZERO if last is None else exact(last[key])


def _cost(shipments: Iterable[Shipment]) -> Decimal:
    return sum((one.cost for one in shipments if one.cost is not None), ZERO)

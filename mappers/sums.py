"""Whether the amounts of an event add up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

CENT = Decimal("0.01")

Sums = dict[str, Decimal]
"""The six sums of a cart or an order, by Jirafe's names."""

_NAMES = (
    "subtotal",
    "total_tax",
    "total_shipping",
    "total_payment_cost",
    "total_discounts",
    "total",
)


def mismatch(body: Mapping[str, Any]) -> Sums | None:
    """Return the sums of a cart or order event whose parts do not make its total, else None.

    A cent is no difference. Shops differ in what their amounts hold: tax may be included in the
    prices, a payment fee may stand beside the total, and discounts on the whole, on the lines, or
    on both; each of these readings will do.
    """
    if "subtotal" not in body:
        return None
    sums = {name: Decimal(str(body[name])) for name in _NAMES}
    on_lines = sum((Decimal(str(item["discount_price"])) for item in body["items"]), Decimal(0))
    parts = sums["subtotal"] + sums["total_shipping"] - sums["total_discounts"]
    readings = (
        parts + tax + fee - discounts
        for tax in (sums["total_tax"], 0)
        for fee in (sums["total_payment_cost"], 0)
        for discounts in (0, on_lines)
    )
    total = sums["total"]
    return None if any(abs(max(one, Decimal(0)) - total) <= CENT for one in readings) else sums

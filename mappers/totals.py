"""The six sums of a cart or an order."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mappers.errors import OutOfRangeError
from mappers.fields import LARGEST
from mappers.items import discount, price
from mappers.output import first, number

ZERO = Decimal(0)
_LARGEST = Decimal(LARGEST)

_PURPOSES = (
    ("payment", re.compile(r"PaymentMethod|\bpayment\b", re.IGNORECASE)),
    ("tax", re.compile(r"TaxRate|\b(tax|vat|gst)\b", re.IGNORECASE)),
    ("shipping", re.compile(r"ShippingMethod|Shipment|\bshipping\b", re.IGNORECASE)),
)


def totals(
    hub: Mapping[str, Any],
    original: Mapping[str, Any],
    lines: Iterable[Mapping[str, Any]],
    name: str,
    *,
    hub_first: bool,
) -> dict[str, int | float]:
    """Return subtotal, total, tax, shipping, payment cost and discounts.

    `name` is the payload's key of `hub`. An order goes by the hub's totals first, a cart by
    the shop's own. Raises OutOfRangeError where the sum of the parts is past Jirafe's numbers.
    """
    told = hub["totals"] or {}

    def prefer(own: Decimal | None, by_hub: Decimal | None) -> Any:
        return first(by_hub, own) if hub_first else first(own, by_hub)

    adjustments = original["adjustments"] or hub["adjustments"]
    added = _added(adjustments)
    subtotal = first(
        prefer(original["item_total"], told.get("item")), hub["item_total"], _worth(lines)
    )
    tax = first(prefer(original["tax_total"], told.get("tax") or None), added.get("tax"), ZERO)
    shipping = first(
        prefer(original["ship_total"], told.get("shipping") or None),
        added.get("shipping"),
        _cost(original["shipments"] or hub["shipments"]),
        ZERO,
    )
    tax, shipping = max(tax, ZERO), max(shipping, ZERO)
    discounts = discount(adjustments)
    total = first(
        prefer(original["total"], told.get("order")), subtotal + tax + shipping - discounts
    )
    sums = {
        "subtotal": subtotal,
        "total": max(total, ZERO),
        "total_tax": tax,
        "total_shipping": shipping,
        "total_payment_cost": added.get("payment", ZERO),
        "total_discounts": discounts,
    }
    if any(abs(amount) > _LARGEST for amount in sums.values()):
        raise OutOfRangeError(f"{name}.totals")
    return {key: number(amount) for key, amount in sums.items()}


def _worth(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum(((line["quantity"] or 0) * (price(line) or ZERO) for line in lines), ZERO)


def _cost(shipments: Iterable[Mapping[str, Any]]) -> Decimal | None:
    costs = [shipment["cost"] for shipment in shipments if shipment["cost"] is not None]
    return sum(costs, ZERO) if costs else None


def _added(adjustments: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Return the sums of what adjustments add, by their purpose; those without one are left out."""
    sums: dict[str, Decimal] = {}
    for adjustment in adjustments:
        amount = first(adjustment["amount"], adjustment["value"])
        if amount and amount > 0 and adjustment["eligible"] is not False:
            purpose = _purpose(adjustment)
            if purpose:
                sums[purpose] = sums.get(purpose, ZERO) + amount
    return sums


def _purpose(adjustment: Mapping[str, Any]) -> str | None:
    """Return what the adjustment is for, by what made it, else by its name."""
    made_by = first(adjustment["originator_type"], adjustment["source_type"]) or ""
    name = first(adjustment["label"], adjustment["name"]) or ""
    for words in (made_by, name):
        for purpose, pattern in _PURPOSES:
            if pattern.search(words):
                return purpose
    return None

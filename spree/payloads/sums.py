"""Make adjustments of orders, lines and shipments from Spree's sums of them.

Every webhook has these sums, but few have the adjustments themselves. Spree defines
`adjustment_total = promotions + additional tax + manual adjustments`. Included tax is part of the
price and of no sum.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from spree.payloads.fields import Record, amount, first

ZERO = Decimal(0)


class Sums(NamedTuple):
    """The amounts added to a price, by reason; promotions are negative."""

    promotions: Decimal = ZERO
    added_tax: Decimal = ZERO
    included_tax: Decimal = ZERO
    by_hand: Decimal = ZERO

    def without(self, parts: Iterable["Sums"]) -> "Sums":
        """Return an order's sums minus those of its parts."""
        sums = self
        for part in parts:
            sums = Sums(*(whole - one for whole, one in zip(sums, part, strict=True)))
        return sums

    def adjustments(self) -> list[Record]:
        """Return an adjustment for each sum that is not 0."""
        tax = {"source_type": "Spree::TaxRate"}
        kinds: tuple[tuple[str, Decimal, Record], ...] = (
            ("Promotion", self.promotions, {"source_type": "Spree::PromotionAction"}),
            ("Tax", self.added_tax, {**tax, "included": False}),
            ("Included tax", self.included_tax, {**tax, "included": True}),
            ("Adjustment", self.by_hand, {}),
        )
        return [
            {"label": label, "amount": str(sum_), "eligible": True, **more}
            for label, sum_, more in kinds
            if sum_
        ]


def sums(source: Mapping[str, Any]) -> Sums:
    """Return the sums of an order, a line or a shipment in any of Spree's formats."""
    promotions = _amount(first(source.get("promo_total"), source.get("discount_total")))
    added = _amount(source.get("additional_tax_total"))
    whole = amount(source.get("adjustment_total"))
    return Sums(
        promotions=promotions,
        added_tax=added,
        included_tax=_amount(source.get("included_tax_total")),
        by_hand=ZERO if whole is None else whole - promotions - added,
    )


def tax_total(source: Mapping[str, Any]) -> str | None:
    """Return the sum of included and additional tax, or None if both are missing."""
    parts = [amount(source.get(name)) for name in ("included_tax_total", "additional_tax_total")]
    return str(sum(filter(None, parts), ZERO)) if any(part is not None for part in parts) else None


def _amount(value: Any) -> Decimal:
    return amount(value) or ZERO

"""What the adjustments of orders, line items and shipments are for."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct

from mappers.reading.orders import Adjustment
from mappers.reading.values import text_or_none

ZERO = Decimal(0)
_LONGEST_NAME = 200

_PURPOSES = (
    ("discount", r"Promotion", r"\b(discounts?|promo(tion)?s?|coupons?|rebates?|markdowns?)\b"),
    ("credit", r"Return|Reimburse|GiftCard|StoreCredit", r"$."),
    ("payment", r"PaymentMethod", r"\b(payment|credit card|paypal|cash on delivery)\b"),
    ("tax", r"TaxRate", r"\b(sales tax|tax(es)?|vat|gst|hst|pst|mwst|tva|iva|btw)\b"),
    (
        "credit",
        r"$.",
        r"\b(rma|returns?|returned|refund(s|ed)?|credits?|gift[ -]?(card|certificate|voucher)s?)\b",
    ),
    (
        "shipping",
        r"ShippingMethod|ShippingRate|Shipment",
        r"\b(shipping|delivery|freight|postage)\b",
    ),
)
_PATTERNS = [
    (purpose, re.compile(made_by), re.compile(name, re.IGNORECASE))
    for purpose, made_by, name in _PURPOSES
]


class Adjusted(Struct, frozen=True, gc=False):
    """Sums of adjustments by purpose. `tax` and `shipping` are None if there are none.

    `discounts` and `credits` are positive. Credits lower the total and are no discounts: returns,
    gift cards, store credit. `fees` are surcharges that Jirafe has no field for.
    """

    discounts: Decimal = ZERO
    tax: Decimal | None = None
    included_tax: Decimal = ZERO
    shipping: Decimal | None = None
    payment_cost: Decimal = ZERO
    fees: Decimal = ZERO
    credits: Decimal = ZERO

    def plus(self, other: "Adjusted") -> "Adjusted":
        """Return the sums of both."""
        if other is _NOTHING:
            return self
        if self is _NOTHING:
            return other
        return Adjusted(
            self.discounts + other.discounts,
            _sum(self.tax, other.tax),
            self.included_tax + other.included_tax,
            _sum(self.shipping, other.shipping),
            self.payment_cost + other.payment_cost,
            self.fees + other.fees,
            self.credits + other.credits,
        )


def adjusted(
    adjustments: Iterable[Adjustment], *, any_sign: bool = False, tax: Decimal | None = None
) -> Adjusted:
    """Return the sums of the adjustments that apply.

    With `any_sign`, a positive amount named as a discount is one, too. Surcharges that add up to
    `tax` are the tax, which few shops name as one: "North America 5.0%".
    """
    sums: dict[str, Decimal] = {}
    surcharges: dict[str, Decimal] = {}
    for one in adjustments:
        amount = one.value if one.amount is None else one.amount
        if amount is None or one.eligible is False:
            continue
        purpose, signed = _entry(one, amount, any_sign=any_sign)
        sums[purpose] = sums.get(purpose, ZERO) + signed
        if purpose == "fees":
            surcharges[_name(one)] = surcharges.get(_name(one), ZERO) + signed
        if one.included and purpose == "tax":
            sums["included_tax"] = sums.get("included_tax", ZERO) + signed
    if tax and "tax" not in sums and tax in (*surcharges.values(), sums.get("fees")):
        sums["tax"], sums["fees"] = tax, sums["fees"] - tax
    return Adjusted(**sums) if sums else _NOTHING


def _entry(one: Adjustment, amount: Decimal, *, any_sign: bool) -> tuple[str, Decimal]:
    """Return the field of Adjusted that an adjustment adds to, and how much it adds."""
    purpose = _purpose(_text(one.originator_type, one.source_type), _name(one))
    if purpose == "tax" or (purpose == "shipping" and amount >= 0):
        return purpose, amount
    if purpose == "credit" and amount < 0:
        return "credits", -amount
    if amount < 0 or (purpose == "discount" and any_sign):
        return "discounts", abs(amount)
    return ("payment_cost" if purpose == "payment" else "fees"), amount


def _name(one: Adjustment) -> str:
    return _text(one.label, one.name)


def _text(value: Any, otherwise: Any) -> str:
    return (text_or_none(value) or text_or_none(otherwise) or "")[:_LONGEST_NAME]


@lru_cache(maxsize=1024)
def _purpose(made_by: str, name: str) -> str | None:
    """Return what an adjustment is for, by what made it, else by its name."""
    for purpose, pattern, _ in _PATTERNS:
        if pattern.search(made_by):
            return purpose
    return next((purpose for purpose, _, pattern in _PATTERNS if pattern.search(name)), None)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


_NOTHING = Adjusted()

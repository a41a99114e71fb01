"""Sum the adjustments of orders, line items and shipments by purpose."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mappers.reading.orders import Adjustment
from mappers.reading.values import text_or_none

ZERO = Decimal(0)
_LONGEST_NAME = 200

# In the languages of most shops: English, German, French, Spanish, Dutch, Italian, Portuguese.
_PURPOSES = (
    (
        "discount",
        r"Promotion",
        (
            r"\b(discounts?|promo(tion)?s?|coupons?|rebates?|markdowns?|rabatte?|gutscheine?|nachlass"
            r"|remises?|réductions?|descuentos?|cup[oó]n|korting(en)?|sconti?o?|descontos?)\b"
        ),
    ),
    ("credit", r"Return|Reimburse|GiftCard|StoreCredit|UnitCancel", r"$."),
    ("payment", r"PaymentMethod", r"\b(payment|credit card|paypal|cash on delivery|nachnahme)\b"),
    (
        "tax",
        r"TaxRate",
        r"\b(tax(es)?|vat|gst|hst|pst|mwst|ust|tva|iva|btw|moms|(mehrwert|umsatz)steuer|impuestos?)\b",
    ),
    (
        "credit",
        r"$.",
        (
            r"\b(rma|returns?|returned|refund(s|ed)?|credits?|cancell?ations?"
            r"|gift[ -]?(card|certificate|voucher)s?|geschenk(karte|gutschein)e?|carte cadeau"
            r"|cadeaubon|(rück)?erstattung(en)?|gutschrift(en)?|remboursements?|reembolsos?|rimborsi?o?)\b"
        ),
    ),
    (
        "shipping",
        r"ShippingMethod|ShippingRate|Shipment",
        (
            r"\b(shipping|delivery|freight|postage|versand(kosten)?|porto|livraison|frais de port"
            r"|env[ií]os?|verzend(kosten|ing)|spedizione|frete)\b"
        ),
    ),
)
_PATTERNS = [
    (purpose, re.compile(made_by), re.compile(name, re.IGNORECASE))
    for purpose, made_by, name in _PURPOSES
]


class Adjusted(Struct, frozen=True, gc=False):
    """Sums of adjustments by purpose. `tax` and `shipping` are None if there are none.

    `discounts` and `credits` are positive. Credits are reductions of the total other than
    discounts: returns, gift cards, store credit. `fees` are surcharges that Jirafe has no field
    for, and `surcharges` their sums by name.
    """

    discounts: Decimal = ZERO
    tax: Decimal | None = None
    included_tax: Decimal = ZERO
    shipping: Decimal | None = None
    payment_cost: Decimal = ZERO
    fees: Decimal = ZERO
    credits: Decimal = ZERO
    surcharges: tuple[Decimal, ...] = ()

    def explained(self, tax: Decimal | None, shipping: Decimal | None) -> "Adjusted":
        """Return the sums with surcharges counted as tax or shipping if their amounts match.

        Their names often do not say so: "North America 5.0%", "UPS Ground".
        """
        found = self
        if tax and found.tax is None and tax in (*found.surcharges, found.fees):
            found = replace(found, tax=tax, fees=found.fees - tax)
        if shipping and found.shipping is None and shipping in (*found.surcharges, found.fees):
            found = replace(found, shipping=shipping, fees=found.fees - shipping)
        return found

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
            self.surcharges + other.surcharges,
        )


def adjusted(adjustments: Iterable[Adjustment], *, any_sign: bool = False) -> Adjusted:
    """Return the sums of the adjustments that apply.

    With `any_sign`, a positive amount that is named as a discount counts as one, too.
    """
    sums: dict[str, Decimal] = {}
    surcharges: dict[str, Decimal] = {}
    for adjustment in adjustments:
        amount = adjustment.value if adjustment.amount is None else adjustment.amount
        if amount is None or adjustment.eligible is False:
            continue
        purpose, signed = _entry(adjustment, amount, any_sign=any_sign)
        sums[purpose] = sums.get(purpose, ZERO) + signed
        if purpose == "fees":
            surcharges[_name(adjustment)] = surcharges.get(_name(adjustment), ZERO) + signed
        if adjustment.included and purpose == "tax":
            sums["included_tax"] = sums.get("included_tax", ZERO) + signed
    return Adjusted(**sums, surcharges=tuple(surcharges.values())) if sums else _NOTHING


def _entry(adjustment: Adjustment, amount: Decimal, *, any_sign: bool) -> tuple[str, Decimal]:
    """Return the field of Adjusted that an adjustment adds to, and the amount to add."""
    purpose = _purpose(_text(adjustment.originator_type, adjustment.source_type), _name(adjustment))
    if purpose == "tax" or (purpose == "shipping" and amount >= 0):
        return purpose, amount
    if purpose == "credit" and amount < 0:
        return "credits", -amount
    if amount < 0 or (purpose == "discount" and any_sign):
        return "discounts", abs(amount)
    return ("payment_cost" if purpose == "payment" else "fees"), amount


def _name(adjustment: Adjustment) -> str:
    return _text(adjustment.label, adjustment.name)


def _text(value: Any, otherwise: Any) -> str:
    return (text_or_none(value) or text_or_none(otherwise) or "")[:_LONGEST_NAME]


@lru_cache(maxsize=1024)
def _purpose(made_by: str, name: str) -> str | None:
    """Return the purpose of an adjustment by its source, or else by its name."""
    for purpose, pattern, _ in _PATTERNS:
        if pattern.search(made_by):
            return purpose
    return next((purpose for purpose, _, pattern in _PATTERNS if pattern.search(name)), None)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


_NOTHING = Adjusted()

"""What promotions, taxes, fees and credits do to a cart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from tests.simulator.shop.purchase import (
    WORTH,
    ZERO,
    Adjustment,
    Kind,
    Line,
    Shipment,
    rounded,
)


@dataclass(frozen=True)
class TaxRate:
    """A tax; an included one is part of the prices."""

    label: str
    rate: Decimal
    included: bool


@dataclass(frozen=True)
class Promotion:
    """A reduction of the order, of its lines or of its shipments: a share, or an amount in EUR."""

    label: str
    level: str
    share: Decimal = ZERO
    amount: Decimal = ZERO

    def off(self, base: Decimal, currency: str) -> Decimal:
        """Return the reduction of an amount, never more than that."""
        return min(rounded(base * self.share + self.amount * WORTH[currency], currency), base)


TAX_RATES = (
    TaxRate("North America 5.0%", Decimal("0.05"), included=False),
    TaxRate("VAT 19.0% (Included in Price)", Decimal("0.19"), included=True),
    TaxRate("Sales tax 8.25%", Decimal("0.0825"), included=False),
)

PROMOTIONS = (
    Promotion("Promotion (Spring)", "order", share=Decimal("0.1")),
    Promotion("Promotion (Welcome)", "order", amount=Decimal(5)),
    Promotion("Promotion (Whisk week)", "line", share=Decimal("0.15")),
    Promotion("Promotion (Free Shipping)", "shipment", share=Decimal(1)),
)

FEES = (("Gift Wrapping", Decimal(3)), ("Handling", Decimal("2.5")))


@dataclass(frozen=True)
class Terms:
    """How a cart is priced; `extras` are signed amounts added by staff or a return.

    Included tax is refunded on an export.
    """

    currency: str
    tax: TaxRate
    promotions: tuple[Promotion, ...] = ()
    fees: tuple[tuple[str, Decimal], ...] = ()
    payment_fee: Decimal = ZERO
    gift_card: Decimal = ZERO
    is_export: bool = False
    extras: tuple[Adjustment, ...] = field(default=())


def terms(rng: Random, currency: str, tax: TaxRate) -> Terms:
    """Return the terms of a new cart: most have no extras, a few have several."""
    return Terms(
        currency,
        tax,
        promotions=tuple(one for one in PROMOTIONS if rng.random() < 0.2),
        fees=tuple(fee for fee in FEES if rng.random() < 0.12),
        payment_fee=Decimal("1.5") if rng.random() < 0.1 else ZERO,
        gift_card=Decimal(10) if rng.random() < 0.1 else ZERO,
        is_export=tax.included and rng.random() < 0.15,
    )


def priced(
    cart_terms: Terms, lines: Sequence[Line], shipments: Sequence[Shipment]
) -> tuple[Adjustment, ...]:
    """Return all adjustments of a cart with these lines and shipments."""
    reductions = [*_on_parts(cart_terms, lines, shipments)]
    currency = cart_terms.currency
    left = sum((line.amount for line in lines), ZERO) + _sum(reductions, lines)
    for promotion in cart_terms.promotions:
        if promotion.level == "order" and (off := promotion.off(left, currency)):
            reductions.append(Adjustment(Kind.PROMOTION, promotion.label, -off))
            left -= off
    if reductions:  # Spree keeps what was outdone by a better promotion, as not eligible
        lesser = rounded(left / 20, currency)
        reductions.append(
            Adjustment(Kind.PROMOTION, "Promotion (Outdone)", -lesser, eligible=False)
        )
    taxes = [*_taxes(cart_terms, lines, shipments, reductions)]
    fees = [
        Adjustment(Kind.FEE, label, rounded(amount * WORTH[currency], currency))
        for label, amount in cart_terms.fees
    ]
    if charged := rounded(cart_terms.payment_fee * WORTH[currency], currency):
        fees.append(Adjustment(Kind.PAYMENT_FEE, "Payment fee", charged))
    made = (*reductions, *taxes, *fees, *cart_terms.extras)
    return (*made, *_gift_card(cart_terms, made, lines, shipments))


def _on_parts(
    cart_terms: Terms, lines: Iterable[Line], shipments: Iterable[Shipment]
) -> Iterator[Adjustment]:
    parts: dict[str, list[tuple[int | str, Decimal]]] = {
        "line": [(line.id, line.amount) for line in lines],
        "shipment": [(shipment.number, shipment.cost) for shipment in shipments],
    }
    for promotion in cart_terms.promotions:
        for on, amount in parts.get(promotion.level, []):
            if off := promotion.off(amount, cart_terms.currency):
                yield Adjustment(Kind.PROMOTION, promotion.label, -off, on)


def _taxes(
    cart_terms: Terms,
    lines: Iterable[Line],
    shipments: Iterable[Shipment],
    reductions: Iterable[Adjustment],
) -> Iterator[Adjustment]:
    """Yield the tax on each line and shipment, after their own reductions."""
    tax = cart_terms.tax
    share = tax.rate / (1 + tax.rate) if tax.included else tax.rate
    kind = Kind.INCLUDED_TAX if tax.included else Kind.TAX
    parts: list[tuple[int | str, Decimal]] = [
        *((line.id, line.amount) for line in lines),
        *((shipment.number, shipment.cost) for shipment in shipments),
    ]
    for on, amount in parts:
        base = amount + sum((one.amount for one in reductions if one.on == on), ZERO)
        due = rounded(base * share, cart_terms.currency)
        if due and cart_terms.is_export:
            yield Adjustment(Kind.TAX, "Refund VAT 19.0%", -due, on)
        elif due:
            yield Adjustment(kind, tax.label, due, on)


def _gift_card(
    cart_terms: Terms,
    made: Iterable[Adjustment],
    lines: Iterable[Line],
    shipments: Iterable[Shipment],
) -> Iterator[Adjustment]:
    """Yield the amount paid by a gift card, at most the total."""
    due = sum((line.amount for line in lines), ZERO)
    due += sum((shipment.cost for shipment in shipments), ZERO)
    due += sum(
        (one.amount for one in made if one.eligible and one.kind is not Kind.INCLUDED_TAX), ZERO
    )
    worth = rounded(cart_terms.gift_card * WORTH[cart_terms.currency], cart_terms.currency)
    if (paid := min(worth, due)) > 0:
        yield Adjustment(Kind.GIFT_CARD, "Gift Card", -paid)


def _sum(adjustments: Iterable[Adjustment], lines: Iterable[Line]) -> Decimal:
    """Return the sum of the lines."""
    ids = {line.id for line in lines}
    return sum((one.amount for one in adjustments if one.on in ids), ZERO)

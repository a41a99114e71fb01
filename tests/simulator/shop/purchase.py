"""Carts and orders, and their sums in exact amounts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from tests.simulator.shop.catalog import Product, Variant
from tests.simulator.shop.customers import Address

ZERO = Decimal(0)

DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
"""The decimals of each currency."""

WORTH = {"USD": Decimal("1.1"), "EUR": Decimal(1), "JPY": Decimal(150), "KWD": Decimal("0.33")}
"""What a catalog price of 1 is in each currency."""

CART_STATES = ("cart", "address", "delivery", "payment", "confirm")
"""The states of a purchase that is not placed yet."""


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount in the currency's decimals, halves up."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


class Kind(StrEnum):
    """What an adjustment is for, as Spree names its source."""

    PROMOTION = "Spree::PromotionAction"
    REDUCTION = "manual reduction"
    TAX = "Spree::TaxRate"
    INCLUDED_TAX = "Spree::TaxRate (included)"
    FEE = "fee"
    PAYMENT_FEE = "Spree::PaymentMethod"
    RETURN = "Spree::ReturnAuthorization"
    GIFT_CARD = "Spree::GiftCard"


@dataclass(frozen=True)
class Adjustment:
    """An amount on an order, a line (by id) or a shipment (by number); negative lowers the total.

    An included tax is part of the prices and changes no total.
    """

    kind: Kind
    label: str
    amount: Decimal
    on: int | str | None = None
    eligible: bool = True


@dataclass(frozen=True)
class Line:
    """Some of one variant."""

    id: int
    product: Product
    variant: Variant
    quantity: int
    price: Decimal
    created_at: datetime

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Shipment:
    """A parcel and its price for the buyer."""

    id: int
    number: str
    cost: Decimal
    method: str
    shipped_at: datetime | None = None


@dataclass(frozen=True)
class VisitIds:
    """The visit in which something happened, as the beacon's cookies name it."""

    visit: str
    visitor: str
    pageview: str
    last_pageview: str


@dataclass(frozen=True)
class Purchase:
    """A cart, or the order that it became, at one moment; `state` is Spree's.

    `paid` is what was paid so far, store credit included.
    """

    id: int
    number: str
    currency: str
    state: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    user_id: int | None = None
    address: Address | None = None
    lines: tuple[Line, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    visit: VisitIds | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    paid: Decimal = ZERO
    store_credit: Decimal = ZERO

    def sum_of(self, *kinds: Kind) -> Decimal:
        """Return the sum of the eligible adjustments of these kinds."""
        return sum(
            (one.amount for one in self.adjustments if one.eligible and one.kind in kinds), ZERO
        )

    @property
    def subtotal(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def shipping(self) -> Decimal:
        return sum((shipment.cost for shipment in self.shipments), ZERO)

    @property
    def tax(self) -> Decimal:
        """Return all tax, in the prices or added to them; negative if VAT is refunded."""
        return self.sum_of(Kind.TAX, Kind.INCLUDED_TAX)

    @property
    def discounts(self) -> Decimal:
        """Return the discounts as a positive amount, without returns and gift cards."""
        return -self.sum_of(Kind.PROMOTION, Kind.REDUCTION)

    @property
    def adjustment_total(self) -> Decimal:
        """Return all that is added to items and shipping."""
        return self.sum_of(*(kind for kind in Kind if kind is not Kind.INCLUDED_TAX))

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping + self.adjustment_total

"""What a shop knows. Amounts are Decimals, times are aware datetimes.

`ShopData` is all that the renderings, the APIs and the webhooks need: any source of orders can
stand in for `FakeShop`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

ZERO = Decimal(0)
OPENED = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Taxon:
    id: int
    name: str
    permalink: str
    parent_id: int | None
    taxonomy_id: int
    updated_at: datetime


@dataclass(frozen=True)
class OptionValue:
    id: int
    type_id: int
    type_name: str
    type_label: str
    name: str
    label: str


@dataclass(frozen=True)
class Variant:
    id: int
    product_id: int
    name: str
    slug: str
    sku: str
    price: Decimal
    is_master: bool = True
    options: tuple[OptionValue, ...] = ()


@dataclass(frozen=True)
class Product:
    id: int
    name: str
    slug: str
    master: Variant
    variants: tuple[Variant, ...]
    taxons: tuple[Taxon, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Address:
    id: int
    first_name: str
    last_name: str
    street: str
    city: str
    zipcode: str
    state: tuple[str, str] | None
    country: tuple[str, str]
    phone: str = "555-0100"
    company: str | None = None


@dataclass(frozen=True)
class Customer:
    id: int
    email: str
    address: Address
    created_at: datetime
    updated_at: datetime


@dataclass
class Priced:
    """What can be discounted and taxed: a line, or a shipment. Promotions are negative."""

    promotion: Decimal = ZERO
    added_tax: Decimal = ZERO
    included_tax: Decimal = ZERO

    @property
    def adjustment_total(self) -> Decimal:
        return self.promotion + self.added_tax


@dataclass
class Line(Priced):
    id: int = 0
    variant: Variant | None = None
    quantity: int = 1
    price: Decimal = ZERO
    created_at: datetime = OPENED
    updated_at: datetime = OPENED

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass
class Shipment(Priced):
    id: int = 0
    number: str = ""
    cost: Decimal = ZERO


@dataclass
class Order:
    id: int
    number: str
    currency: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    customer: Customer | None = None
    state: str = "cart"
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    payment_state: str | None = None
    shipment_state: str | None = None
    payment_total: Decimal = ZERO
    promotion: Decimal = ZERO
    by_hand: Decimal = ZERO
    lines: list[Line] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    bill_address: Address | None = None
    ship_address: Address | None = None

    @property
    def parts(self) -> list[Priced]:
        return [*self.lines, *self.shipments]

    @property
    def item_total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def shipment_total(self) -> Decimal:
        return sum((shipment.cost for shipment in self.shipments), ZERO)

    @property
    def promo_total(self) -> Decimal:
        return self.promotion + sum((part.promotion for part in self.parts), ZERO)

    @property
    def added_tax(self) -> Decimal:
        return sum((part.added_tax for part in self.parts), ZERO)

    @property
    def included_tax(self) -> Decimal:
        return sum((part.included_tax for part in self.parts), ZERO)

    @property
    def adjustment_total(self) -> Decimal:
        return self.promo_total + self.added_tax + self.by_hand

    @property
    def total(self) -> Decimal:
        return self.item_total + self.shipment_total + self.adjustment_total


@dataclass(frozen=True)
class Change:
    """An event, and its record in the state right after it."""

    what: str
    at: datetime
    subject: Order | Line | Product | Variant | Taxon | Customer
    order: Order | None = None


class ShopData(Protocol):
    """What a shop has to show."""

    orders: list[Order]
    products: list[Product]
    taxons: list[Taxon]
    customers: list[Customer]
    changes: list[Change]

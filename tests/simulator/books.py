"""A shop's own books: what its orders, carts, customers and products are, by its own arithmetic.

They are kept from the shop's changes alone, and know nothing of messages or of Jirafe's mapping.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, Self

from tests.simulator.comparison import Entry, Item, differences_of
from tests.simulator.shop.catalog import CATEGORIES, Product, Taxon
from tests.simulator.shop.history import Account, Change
from tests.simulator.shop.purchase import CART_STATES, ZERO, Kind, Purchase
from tests.simulator.shop.traffic import Visit

Latest = Mapping[str, Iterable[Mapping[str, Any]]]
"""The latest event of each thing, by kind."""


class Day(NamedTuple):
    """The figures of a day in one currency; an order counts on the day on which it was placed."""

    revenue: Decimal
    orders: int
    cancelled: int
    units: int


@dataclass
class Books:
    """What a shop's changes add up to. `orders` and `carts` go by their number."""

    orders: dict[str, Entry] = field(default_factory=dict)
    carts: dict[str, Entry] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    visits: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, history: Iterable[Change]) -> Self:
        """Return the books of a whole history."""
        books = cls()
        for change in history:
            books.record(change)
        return books

    def record(self, change: Change) -> None:
        """Enter a change; changes come in the shop's time order."""
        match change.subject:
            case Purchase() as purchase:
                self._record_purchase(purchase)
            case Account() as account:
                self.accounts[account.person.email.lower()].add(str(account.user_id))
            case Product() as product:
                self.products |= {one.sku: product.name for one in product.sold if one.sku}
            case Taxon() as taxon:
                if taxon.taxonomy_id == CATEGORIES:
                    self.categories[str(taxon.id)] = taxon.name
            case Visit() as visit:
                self.visits[visit.id] = visit.started_at

    def differences(self, latest: Latest) -> list[str]:
        """Return a sentence for each difference between the latest events and the books."""
        return differences_of(self, latest)

    def days(self, currency: str, zone: tzinfo = UTC) -> dict[date, Day]:
        """Return the figures of each day with an order in the currency, by the zone's days."""
        found: dict[date, list[Entry]] = defaultdict(list)
        for order in self.orders.values():
            if order.currency == currency and order.placed_at:
                found[order.placed_at.astimezone(zone).date()].append(order)
        return {day: _figures(orders) for day, orders in sorted(found.items())}

    def visits_by_day(self, zone: tzinfo = UTC) -> dict[date, int]:
        """Return how many visits began on each day."""
        return dict(Counter(at.astimezone(zone).date() for at in self.visits.values()))

    def abandoned_carts(self) -> dict[str, Entry]:
        """Return the carts that did not become orders."""
        return {number: cart for number, cart in self.carts.items() if number not in self.orders}

    def _record_purchase(self, purchase: Purchase) -> None:
        number = purchase.number
        if purchase.email and purchase.user_id is not None:
            self.accounts[purchase.email.lower()].add(str(purchase.user_id))
        if purchase.state in CART_STATES:
            self.carts[number] = _entry(purchase)
            return
        if number not in self.orders:
            self.carts[number] = _entry(replace(purchase, state="cart"))
        before = self.orders.get(number)
        self.orders[number] = _entry(purchase, before.cancel_dates if before else ())


def _figures(orders: list[Entry]) -> Day:
    counted = [order for order in orders if order.status == "accepted"]
    return Day(
        revenue=sum((order.sums["total"] for order in counted), ZERO),
        orders=len(counted),
        cancelled=len(orders) - len(counted),
        units=sum(
            item.quantity * count
            for order in counted
            for item, count in order.items.items()
            if item.status == "accepted"
        ),
    )


def _entry(purchase: Purchase, cancel_dates: tuple[datetime, ...] = ()) -> Entry:
    is_canceled = purchase.state == "canceled"
    gone = is_canceled or purchase.state == "returned"
    is_cart = purchase.state in CART_STATES
    return Entry(
        status="cart" if is_cart else "cancelled" if is_canceled else "accepted",
        currency=purchase.currency,
        sums={
            "subtotal": purchase.subtotal,
            "total": purchase.total,
            "total_tax": max(purchase.tax, ZERO) if is_cart else purchase.tax,
            "total_shipping": purchase.shipping,
            "total_payment_cost": purchase.sum_of(Kind.PAYMENT_FEE),
            "total_discounts": purchase.discounts,
        },
        items=Counter(
            Item(
                line.variant.identity,
                line.quantity,
                line.price,
                "cancelled" if gone else "accepted",
            )
            for line in purchase.lines
        ),
        email=purchase.email.lower() if purchase.email else None,
        number=purchase.number,
        changed_at=purchase.updated_at,
        placed_at=purchase.completed_at,
        cancel_dates=(*cancel_dates, purchase.updated_at) if is_canceled else (),
        visit_id=purchase.visit.visit if purchase.visit else None,
    )

"""A shop in memory, and how its customers and its staff change it."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from tests.spree.fake_spree.records import (
    OPENED,
    Address,
    Change,
    Customer,
    Line,
    OptionValue,
    Order,
    Product,
    Shipment,
    Taxon,
    Variant,
)

CENT = Decimal("0.01")


class FakeShop:
    """A shop with a small catalog; each method is something that happens in it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.orders: list[Order] = []
        self.changes: list[Change] = []
        self._ids = 4000
        self.taxons = _taxons(OPENED)
        self.products = _products(self.taxons, OPENED)
        self.customers = [
            Customer(77, "ida.holm@example.com", ADDRESS_IDA, OPENED, OPENED + timedelta(days=3))
        ]

    def variant(self, sku: str) -> Variant:
        return next(
            variant
            for product in self.products
            for variant in (product.master, *product.variants)
            if variant.sku == sku
        )

    def stock(self) -> None:
        """The staff touch the whole catalog."""
        for taxon in self.taxons:
            self._happens("taxon.updated", taxon)
        for product in self.products:
            self._happens("product.updated", product)
            for variant in (product.master, *product.variants):
                self._happens("variant.updated", variant)

    def register(self, customer: Customer) -> None:
        self._happens("user.created", customer)

    def start_cart(self, currency: str, customer: Customer | None = None) -> Order:
        identifier = self._next_id()
        order = Order(
            identifier,
            f"R1{identifier:08}",
            currency,
            self.now,
            self.now,
            customer.email if customer else None,
            customer,
        )
        self.orders.append(order)
        self._changed(order, "order.created")
        return order

    def add(self, order: Order, sku: str, quantity: int) -> Line:
        variant = self.variant(sku)
        line = Line(
            id=self._next_id(),
            variant=variant,
            quantity=quantity,
            price=variant.price,
            created_at=self.now,
            updated_at=self.now,
        )
        order.lines.append(line)
        self._changed(order, "line_item.created", line=line)
        return line

    def give_address(self, order: Order, address: Address, email: str) -> None:
        order.email = email
        order.bill_address = order.ship_address = address
        order.state = "address"
        self._changed(order, "order.updated")

    def ship_by(self, order: Order, *costs: str) -> None:
        order.shipments = [
            Shipment(id=self._next_id(), number=f"H{self._ids}", cost=Decimal(cost))
            for cost in costs
        ]

    def add_tax(self, order: Order, rate: str) -> None:
        for line in order.lines:
            line.added_tax = _cents(line.amount * Decimal(rate))

    def include_tax(self, order: Order, rate: str) -> None:
        share = Decimal(rate) / (1 + Decimal(rate))
        for line in order.lines:
            line.included_tax = _cents((line.amount + line.promotion) * share)
        for shipment in order.shipments:
            shipment.included_tax = _cents(shipment.cost * share)

    def place(self, order: Order) -> None:
        order.state, order.completed_at = "complete", self.now
        order.payment_state, order.shipment_state = "balance_due", "pending"
        self._changed(order, "order.placed", "order.updated")

    def edit(self, order: Order, line: Line, quantity: int) -> None:
        line.quantity, line.updated_at = quantity, self.now
        self._changed(order, "order.updated")

    def pay(self, order: Order) -> None:
        order.payment_state, order.payment_total = "paid", order.total
        order.shipment_state = "ready"
        self._changed(order, "order.paid")

    def cancel(self, order: Order) -> None:
        order.state, order.shipment_state = "canceled", "canceled"
        order.payment_state = "credit_owed" if order.payment_total else "void"
        order.canceled_at = self.now
        self._changed(order, "order.canceled")

    def resume(self, order: Order) -> None:
        order.state, order.shipment_state = "resumed", "ready"
        order.payment_state = "paid" if order.payment_total else "balance_due"
        self._changed(order, "order.resumed")

    def _changed(self, order: Order, *whats: str, line: Line | None = None) -> None:
        order.updated_at = self.now
        for what in whats:
            self._happens(what, line or order, order)
        self.now += timedelta(minutes=7, seconds=3, milliseconds=120)

    def _happens(
        self,
        what: str,
        subject: Order | Line | Product | Variant | Taxon | Customer,
        order: Order | None = None,
    ) -> None:
        snapshot = deepcopy((subject, order))
        self.changes.append(Change(what, self.now, *snapshot))

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids


ADDRESS_IDA = Address(
    301,
    "Ida",
    "Holm",
    "4 Pine Lane",
    "Duluth",
    "55802",
    ("Minnesota", "MN"),
    ("US", "United States of America"),
    company="Holm & Sons",
)
ADDRESS_LEO = Address(
    302, "Leo", "Maas", "Kanaalweg 8", "Utrecht", "3526KM", None, ("NL", "Netherlands")
)


def play_small_history(shop: FakeShop) -> tuple[Order, Order, Order]:
    """Play the history of an account's order, of a guest's, and of a cart that is left.

    Place, edit, pay, cancel and resume; an order's promotion and a line's, gift wrap, taxes added
    and included, one shipment and two.
    """
    shop.stock()
    ida = shop.customers[0]
    shop.register(ida)
    bought = shop.start_cart("USD", ida)
    shop.add(bought, "STOOL-OAK", 1)
    scarf = shop.add(bought, "SCARF-BLU", 1)
    shop.give_address(bought, ida.address, ida.email)
    shop.ship_by(bought, "6.5")
    bought.promotion, bought.by_hand = Decimal("-10"), Decimal("2.5")
    shop.add_tax(bought, "0.08")
    shop.place(bought)
    shop.edit(bought, scarf, 2)
    shop.pay(bought)
    shop.cancel(bought)
    shop.resume(bought)

    guest = shop.start_cart("EUR")
    wax = shop.add(guest, "WAX", 3)
    shop.add(guest, "STOOL-OAK", 1)
    shop.give_address(guest, ADDRESS_LEO, "Leo.Maas@example.net")
    shop.ship_by(guest, "4.9", "7.9")
    wax.promotion = Decimal("-4.74")
    shop.include_tax(guest, "0.21")
    shop.place(guest)
    shop.cancel(guest)

    left = shop.start_cart("USD", ida)
    shop.add(left, "SCARF-RED", 1)
    return bought, guest, left


def _taxons(at: datetime) -> list[Taxon]:
    return [
        Taxon(5, "Categories", "categories", None, 1, at),
        Taxon(6, "Home", "categories/home", 5, 1, at),
        Taxon(7, "Wear", "categories/wear", 5, 1, at),
        Taxon(8, "Brands", "brands", None, 2, at),
        Taxon(9, "Fir & Co", "brands/fir-co", 8, 2, at),
    ]


def _products(taxons: list[Taxon], at: datetime) -> list[Product]:
    home, wear, fir = taxons[1], taxons[2], taxons[4]
    red = OptionValue(51, 15, "colour", "Colour", "red", "Red")
    blue = OptionValue(52, 15, "colour", "Colour", "blue", "Blue")
    later = at + timedelta(days=20)
    price = Decimal("24.5")
    wool, oak = ("Wool Scarf", "wool-scarf"), ("Oak Stool", "oak-stool")
    scarves = (
        Variant(33, 22, *wool, "SCARF-RED", price, is_master=False, options=(red,)),
        Variant(34, 22, *wool, "SCARF-BLU", price, is_master=False, options=(blue,)),
    )
    scarf = Variant(32, 22, *wool, "SCARF", price)
    stool = Variant(31, 21, *oak, "STOOL-OAK", Decimal(60))
    wax = Variant(35, 23, "Bees & Wax", "bees-wax", "WAX", Decimal("7.9"))
    return [
        Product(21, "Oak Stool", "oak-stool", stool, (), (home, fir), at, later),
        Product(22, "Wool Scarf", "wool-scarf", scarf, scarves, (wear,), at, later),
        Product(23, "Bees & Wax", "bees-wax", wax, (), (home,), at, later),
    ]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)

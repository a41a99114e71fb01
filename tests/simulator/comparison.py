"""Where the latest events of a Jirafe Events API differ from a shop's books, in words."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.simulator.books import Books, Latest


class Item(NamedTuple):
    """Some of one product, by the id that it is known by everywhere."""

    product: str
    quantity: int
    price: Decimal
    status: str


@dataclass(frozen=True)
class Entry:
    """A cart or an order in the books; `sums` go by Jirafe's names.

    `cancel_dates` are the moments at which messages called the order canceled since it last was.
    """

    status: str
    currency: str
    sums: dict[str, Decimal]
    items: Counter[Item]
    email: str | None
    number: str
    changed_at: datetime
    placed_at: datetime | None
    cancel_dates: tuple[datetime, ...]
    visit_id: str | None


def differences_of(books: "Books", latest: "Latest") -> list[str]:
    """Return every difference, one a line, [] where there is none."""
    pages = {kind: list(events) for kind, events in latest.items()}
    orders = {order["order_number"]: order for order in pages.get("order", [])}
    carts = {cart["id"]: cart for cart in pages.get("cart", [])}
    names = {
        kind: {one["id"]: one.get("name") for one in pages.get(kind, [])}
        for kind in ("product", "category")
    }
    visits = {one["visit"]["id"] for one in pages.get("visit", [])}
    return [
        *_of_numbers("order", books.orders, orders),
        *_of_numbers("cart", books.carts, carts),
        *_of_each("order", books, books.orders, orders),
        *_of_each("cart", books, books.carts, carts),
        *_of_names("product", books.products, names["product"]),
        *_of_names("category", books.categories, names["category"]),
        *_of_customers(books, pages.get("customer", [])),
        *(f"visit {one} is missing" for one in sorted(books.visits.keys() - visits)),
    ]


def broken_chains(accepted: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the numbers of the orders whose previous_items differ from the last accepted items.

    `accepted` are order-accepted events, in the order in which the API received them; the first
    of an order may go on from its cart. It takes a delivery without faults: after an event whose
    answer was lost it cannot be known whether it was the last.
    """
    last: dict[str, list[Any]] = {}
    broken = []
    for event in accepted:
        number = event["order_number"]
        previous = event.get("previous_items", [])
        if number in last and _sold(previous) != _sold(last[number]):
            broken.append(number)
        last[number] = event["items"]
    return broken


def _sold(items: Iterable[Mapping[str, Any]]) -> Counter[tuple[str, str, int]]:
    return Counter((item["id"], item["product"]["id"], item["quantity"]) for item in items)


def _of_numbers(
    kind: str, expected: Mapping[str, Entry], found: Mapping[str, Any]
) -> Iterator[str]:
    for number in sorted(expected.keys() - found.keys()):
        yield f"{kind} {number} is missing"
    for number in sorted(found.keys() - expected.keys()):
        yield f"{kind} {number} is not in the books"


def _of_each(
    kind: str, books: "Books", expected: Mapping[str, Entry], found: Mapping[str, Any]
) -> Iterator[str]:
    for number, entry in expected.items():
        if number in found:
            for name, value, wanted in _values(kind, entry, books, found[number]):
                if value not in wanted:
                    likely = " or ".join(map(str, wanted))
                    yield f"{kind} {number}: {name} is {value}, not {likely}"


def _values(
    kind: str, entry: Entry, books: "Books", event: Mapping[str, Any]
) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yield what to compare: its name, the value found, and the values that are right."""
    if kind == "order":
        yield "status", event.get("status"), [entry.status]
        yield "order_date", _moment(event.get("order_date")), [entry.placed_at]
        yield "visit", (event.get("visit") or {}).get("visit_id"), [entry.visit_id]
        if entry.cancel_dates:
            yield "cancel_date", _moment(event.get("cancel_date")), list(entry.cancel_dates)
    yield "change_date", _moment(event.get("change_date")), [entry.changed_at]
    yield "currency", event.get("currency"), [entry.currency]
    for name, amount in entry.sums.items():
        yield name, _exact(event.get(name)), [amount]
    yield "items", _items(kind, event), [_shown(entry.items, kind)]
    customer = event.get("customer") or {}
    yield "customer", customer.get("id"), _customer_ids(books, entry)
    yield "email", (customer.get("email") or "").lower() or None, [entry.email]


def _customer_ids(books: "Books", entry: Entry) -> list[str]:
    """Return the possible ids of the buyer, which depend on the order of delivery."""
    if entry.email is None:
        return [f"guest-{entry.number}"]
    return [*sorted(books.accounts.get(entry.email, ())), entry.email]


def _items(kind: str, event: Mapping[str, Any]) -> list[str]:
    return _shown(
        Counter(
            Item(
                item["product"]["id"],
                item["quantity"],
                Decimal(str(item["price"])),
                item.get("status", "accepted"),
            )
            for item in event.get("items", [])
        ),
        kind,
    )


def _shown(items: Counter[Item], kind: str) -> list[str]:
    """Return the items in words, for comparing: carts have no statuses, and 4.0 is 4."""
    return sorted(
        f"{item.quantity} {item.product} at {_plain(item.price)}"
        + (f" {item.status}" if kind == "order" else "")
        for item in items.elements()
    )


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _exact(amount: Any) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _of_names(kind: str, expected: Mapping[str, str], found: Mapping[str, Any]) -> Iterator[str]:
    for identifier, name in expected.items():
        if found.get(identifier) != name:
            yield f"{kind} {identifier}: name is {found.get(identifier)}, not {name}"


def _of_customers(books: "Books", events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the buyers and accounts without their e-mail address in any customer event."""
    found = {(event.get("email") or "").lower() for event in events}
    buyers = {order.email for order in books.orders.values() if order.email}
    for email in sorted((buyers | books.accounts.keys()) - found):
        yield f"customer {email} is missing"

"""A made-up shop: what really happened in it, and the events that describe it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from jirafe_api.contract.kinds import V2
from jirafe_api.storage.events import StoredEvent

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}

PRODUCTS = {
    "MUG-RED": ("MUG", ("7",)),
    "MUG-BLUE": ("MUG", ("7", "9")),
    "POT": ("POT", ("9",)),
    "BAG": ("BAG", ()),
}
"""Each SKU with its product and its categories."""


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int
    price: Decimal
    discount: Decimal = Decimal(0)
    is_cancelled: bool = False

    @property
    def worth(self):
        return self.price * self.quantity


@dataclass(frozen=True)
class Amounts:
    gross: Decimal
    discounts: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    other: Decimal = Decimal(0)

    @property
    def total(self):
        return self.gross - self.discounts + self.tax + self.shipping + self.fees + self.other


@dataclass(frozen=True)
class Step:
    """A moment in the life of an order: placed, accepted or cancelled."""

    status: str
    at: datetime
    lines: tuple[Line, ...] = ()
    amounts: Amounts | None = None


@dataclass(frozen=True)
class Order:
    number: str
    ordered_at: datetime
    currency: str
    steps: tuple[Step, ...]
    email: str = ""
    cart: str = ""
    visit: str = ""


@dataclass(frozen=True)
class Cart:
    id: str
    created_at: datetime
    currency: str
    states: tuple[tuple[datetime, tuple[Line, ...], Decimal], ...]
    email: str = ""
    visit: str = ""


@dataclass(frozen=True)
class Page:
    at: datetime
    type: str
    sku: str = ""
    term: str = ""
    results: int = 1
    category: str = ""


@dataclass(frozen=True)
class Visit:
    id: str
    visitor: str
    pages: tuple[Page, ...]
    channel: tuple[str, ...] = ("direct",)
    is_begun: bool = True
    """Whether its own event was recorded, or only its pageviews."""


@dataclass(frozen=True)
class Cost:
    """The cost of a SKU from a day on, as the shop knew it at a moment."""

    sku: str
    since: date
    amount: Decimal
    at: datetime


@dataclass(frozen=True)
class Shop:
    orders: list[Order] = field(default_factory=list)
    carts: list[Cart] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


def stamp(at):
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def events_of(shop):
    """Return every (kind, status, moment, event) of the shop, in no particular order."""
    return [
        *(one for order in shop.orders for one in _order_events(order)),
        *(one for cart in shop.carts for one in _cart_events(cart)),
        *(one for visit in shop.visits for one in _visit_events(visit)),
        *(_cost_event(cost) for cost in shop.costs),
    ]


def stored(events, site="shop", start=1):
    """Return the events as the store has them after they arrived in this order."""
    return [
        StoredEvent(
            seq=seq,
            site=site,
            version=V2,
            kind=kind,
            status=status,
            received_at=stamp(at + timedelta(seconds=5)),
            changed_at=at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            event=event,
        )
        for seq, (kind, status, at, event) in enumerate(events, start)
    ]


class ListFeed:
    """A feed of events in memory."""

    def __init__(self, events=()):
        self.events = list(events)

    def after(self, seq, limit):
        return [event for event in self.events if event.seq > seq][:limit]

    def last(self):
        return max((event.seq for event in self.events), default=0)


def product_of(sku):
    base, categories = PRODUCTS[sku]
    product = {
        "id": f"id-{sku}",
        "code": sku,
        "name": f"The {sku}",
        "is_product": base == sku,
        "is_sku": True,
        "categories": [{"id": one, "name": f"Category {one}"} for one in categories],
    }
    if base != sku:
        product["base_product"] = {"id": f"id-{base}", "code": base, "name": f"The {base}"}
    return product


def _customer(email):
    return {"id": email or "", "email": email}


def _visit_ids(visit):
    ids = {"visit_id": visit, "visitor_id": "", "pageview_id": "", "last_pageview_id": ""}
    return {"visit": ids} if visit else {}


def _items(lines):
    return [
        {
            "id": str(place),
            "status": "cancelled" if line.is_cancelled else "accepted",
            "quantity": line.quantity,
            "price": float(line.price),
            "discount_price": float(line.discount),
            "product": product_of(line.sku),
        }
        for place, line in enumerate(lines)
    ]


def _order_events(order):
    own = {"order_number": order.number}
    bought = {"order_date": stamp(order.ordered_at), "customer": _customer(order.email)}
    if order.cart:
        bought["cart_id"] = order.cart
    for step in order.steps:
        event = own | {"status": step.status}
        if step.status == "placed":
            event |= bought | _visit_ids(order.visit)
        elif step.status == "cancelled":
            event["cancel_date"] = stamp(step.at)
        else:
            event |= bought | {
                "create_date": stamp(order.ordered_at),
                "change_date": stamp(step.at),
                "currency": order.currency,
                "items": _items(step.lines),
                "subtotal": float(step.amounts.gross),
                "total_discounts": float(step.amounts.discounts),
                "total_tax": float(step.amounts.tax),
                "total_shipping": float(step.amounts.shipping),
                "total_payment_cost": float(step.amounts.fees),
                "total": float(step.amounts.total),
            }
        yield "order", step.status, step.at, event


def _cart_events(cart):
    for at, lines, total in cart.states:
        event = {
            "id": cart.id,
            "create_date": stamp(cart.created_at),
            "change_date": stamp(at),
            "currency": cart.currency,
            "customer": _customer(cart.email),
            "items": _items(lines),
            "total": float(total),
        }
        yield "cart", None, at, event | _visit_ids(cart.visit)


def _cost_event(cost):
    event = {
        "sku_code": cost.sku,
        "sku_cost": float(cost.amount),
        "effective_date": cost.since.isoformat(),
    }
    return "product.cost", None, cost.at, event


def _visit_events(visit):
    ids = {"id": visit.id, "visitor": visit.visitor}
    for place, page in enumerate(visit.pages):
        seen = {"page_type": page.type}
        if page.sku:
            base, _ = PRODUCTS[page.sku]
            seen["product"] = {"product_code": base, "sku_code": page.sku}
        if page.category:
            seen["category"] = {"id": page.category, "name": f"Category {page.category}"}
        if page.term:
            seen["search"] = {"term": page.term, "total_results": page.results}
        event = {"site": "shop", "timestamp": stamp(page.at), "visit": ids, "pageview": seen}
        event["page"] = {"page_id": f"{visit.id}-{place}"}
        if place == 0 and visit.is_begun:
            start = ids | {"tag_attribution": [], "rule_attribution": list(visit.channel)}
            yield "visit", None, page.at, event | {"visit": start}
        yield "pageview", None, page.at, event

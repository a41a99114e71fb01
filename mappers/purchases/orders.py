"""Map order messages to cart, order-placed, order-accepted and order-cancelled events."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mappers import customers
from mappers.events import Event, Fact, Key, Mapped, Memory, first, present, unique
from mappers.problems import limited, missing
from mappers.purchases import order_state
from mappers.purchases.carts import CartDraft, cart_event
from mappers.purchases.carts import key as cart_key
from mappers.purchases.completed import Body, Completed
from mappers.purchases.items import order_items
from mappers.purchases.order_state import CANCELED, Decision, Last
from mappers.purchases.purchase import Purchase
from mappers.reading.people import Address
from mappers.reading.values import text_or_none


class OrderDraft(Struct, frozen=True, gc=False):
    """A message about an order; its type decides `is_new` and `is_cancellation`."""

    purchase: Purchase
    is_new: bool
    is_cancellation: bool

    @property
    def locks(self) -> tuple[Key, ...]:
        """The order, and the cart of a new one."""
        order = Key("order", self.purchase.number)
        return (order, cart_key(self.purchase)) if self.is_new else (order,)

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The order, its cart, its buyer and its products."""
        purchase = self.purchase
        known = (*order_state.keys(purchase.number), cart_key(purchase), *purchase.recalls())
        return unique((*self.locks, *known))

    def events(self, memory: Memory) -> Mapped:
        """Return the order's events: those of a new order, or else its current state."""
        last = order_state.recalled(self.purchase.number, memory)
        cart = memory.get(cart_key(self.purchase))
        if self._is_unfinished(last, cart):
            return CartDraft(self.purchase).events(memory)
        before = (last and last.body) or (cart and cart["body"])
        decision = self._decision(last)
        if before is None and self.purchase.says_nothing():
            return self._cancellation_alone(decision, last)
        completed = Completed(self.purchase, memory, before)
        accepted = self._accepted(completed, decision, last)
        events = [accepted, *self._cancelled(decision, last)]
        if self.is_new:
            placed = _placed(completed, last)
            rest = *_products(completed), Event("customer", completed.customer)
            events = [cart_event(completed), placed, *events, *rest]
        is_old = accepted.is_outdated
        warnings = self.purchase.warnings if is_old else completed.warnings(is_cart=False)
        return Mapped(events, limited(warnings), completed.facts())

    def _is_unfinished(self, last: Last | None, cart: Any) -> bool:
        """Whether this is still a cart, even if it has a few fields of an order."""
        purchase = self.purchase
        is_part = cart is not None and purchase.says_nothing() and not purchase.state
        is_part = is_part and not (self.is_new or self.is_cancellation)
        if is_part and last is None and purchase.placed_on is None and purchase.canceled_at is None:
            return True
        return order_state.is_unfinished(purchase.state, purchase.placed_on, last)

    def _decision(self, last: Last | None) -> Decision:
        purchase, date = self.purchase, self.purchase.since
        is_canceled = self.is_cancellation or (
            not purchase.state and purchase.canceled_at is not None
        )
        state = "canceled" if is_canceled else purchase.state
        if date is None and self.is_new and purchase.dated is not None:
            date = order_state.just_before(purchase.dated)
        if purchase.canceled_at is not None and (state in CANCELED or date is not None):
            date = max(purchase.canceled_at, date or "")
        return order_state.decide(last, state, date, purchase.changed)

    def _accepted(self, completed: Completed, decision: Decision, last: Last | None) -> Event:
        purchase = self.purchase
        was = "cancelled" if purchase.previous_state in CANCELED else "accepted"
        body = {
            "order_number": purchase.number,
            "cart_id": completed.cart_id,
            "status": "accepted",
            "order_date": _order_date(completed),
            **completed.shared(decision.date, is_cart=False),
            "items": order_items(completed.items, decision.items_status),
            **_addresses(completed),
        }
        previous = (
            last.body["items"] if last and last.body else order_items(completed.previous_items, was)
        )
        facts = tuple(self._accepted_facts(body, decision, last))
        subject = Key("order", purchase.number)
        body = {**body, "previous_items": previous}
        return Event("order", body, facts, subject, decision.is_outdated)

    def _accepted_facts(self, body: Body, decision: Decision, last: Last | None) -> Iterator[Fact]:
        number, date = self.purchase.number, decision.date
        is_resumed = decision.is_revival or decision.state == order_state.RESUMED
        is_resumed = (is_resumed or bool(last and last.is_resumed)) and not decision.is_canceled
        value = {"date": date, "is_resumed": is_resumed, "body": body}
        yield Fact(Key("order", number), date, value, customers.people(body["customer"]))
        if decision.is_revival:
            yield Fact(Key("order-canceled", number), date, None)

    def _cancelled(self, decision: Decision, last: Last | None) -> Iterator[Event]:
        """Yield order-cancelled if the order is canceled, with the date of the first report."""
        if not decision.is_canceled:
            return
        number, since = self.purchase.number, self.purchase.since
        date = first(self.purchase.canceled_at, last and last.cancel_date, since, decision.date)
        body = {"order_number": number, "status": "cancelled", "cancel_date": date}
        value = {"date": decision.date, "cancel_date": date}
        fact = Fact(Key("order-canceled", number), decision.date, value)
        is_outdated = decision.is_cancellation_outdated
        yield Event("order", body, (fact,), Key("order", number), is_outdated)

    def _cancellation_alone(self, decision: Decision, last: Last | None) -> Mapped:
        """Return the cancellation of an order about which nothing else is known."""
        events = list(self._cancelled(decision, last))
        if not events:
            raise missing("order.line_items", "order.totals")
        return Mapped(events, limited(self.purchase.warnings))


def _placed(completed: Completed, last: Last | None) -> Event:
    number, date = completed.purchase.number, _order_date(completed)
    body = {
        "order_number": number,
        "cart_id": completed.cart_id,
        "status": "placed",
        "order_date": date,
        "customer": completed.customer,
        "visit": completed.visit,
    }
    fact = Fact(Key("order-placed", number), date, value=True)
    was_placed = bool(last and last.was_placed)
    return Event("order", present(body), (fact,), Key("order", number), was_placed)


def _order_date(completed: Completed) -> str:
    last = completed.last and completed.last.get("order_date")
    found: str = first(completed.purchase.placed_on, last, completed.created)
    return found


def _addresses(completed: Completed) -> Body:
    """Return the addresses in the message, or else those last sent."""
    hub, original = completed.purchase.hub, completed.purchase.original
    fields = {
        "delivery_address": (hub.shipping_address, original.ship_address, hub.ship_address),
        "payment_address": (hub.billing_address, original.bill_address, hub.bill_address),
    }
    found = {}
    for name, renderings in fields.items():
        mapped = (_address(rendering) for rendering in renderings if rendering)
        address = next(filter(None, mapped), None) or (completed.last and completed.last.get(name))
        if address:
            found[name] = address
    return found


def _address(address: Address) -> dict[str, str]:
    return present(
        {
            "id": address.id,
            "address1": text_or_none(address.address1),
            "address2": text_or_none(address.address2),
            "city": text_or_none(address.city),
            "state": address.state or text_or_none(address.state_name),
            "postalcode": text_or_none(address.zipcode),
            "country": address.country,
        }
    )


def _products(completed: Completed) -> Iterator[Event]:
    """Yield each product once, except those known from product messages.

    A line without SKU whose variant is remembered is of a known product, too.
    """
    known = {
        item["product"]["id"]
        for line, item in zip(completed.purchase.lines or (), completed.items, strict=False)
        if line.sku is None and Key("variant", line.variant_id or "") in completed.memory
    }
    for item in completed.items:
        product = item["product"]
        fact = completed.memory.get(Key("product", product["id"]))
        if product["id"] not in known and not (fact and fact["in_catalog"]):
            known.add(product["id"])
            yield Event("product", product, (_sold(product),))


def _sold(product: Body) -> Fact:
    date = product["change_date"]
    value = {"date": date, "in_catalog": False, "base_product": product.get("base_product")}
    return Fact(Key("product", product["id"]), date, value)

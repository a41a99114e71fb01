"""Find what identifies a person in an event, and remove it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jirafe_api.contract.json_schemas import named, whole
from jirafe_api.contract.kinds import V1, V1_TRACKED, Event
from jirafe_api.storage.events import StoredEvent

PURCHASES = ("cart", "order")
"""The kinds with amounts and items that are not personal."""

PERSONAL = ("customer", "employee", *V1_TRACKED)
"""The kinds that are personal as a whole."""

IMPERSONAL = (
    *("id", "cart_id", "order_number", "status", "currency", "items", "previous_items", "promo"),
    *("order_date", "create_date", "change_date", "cancel_date"),
    *("subtotal", "total", "total_tax", "total_shipping", "total_payment_cost", "total_discounts"),
)
"""The members of a purchase that are not personal; all others are removed."""

PSEUDONYM = "forgotten-"
"""The prefix of the ids of forgotten customers."""

_OF_CUSTOMER = ("create_date", "change_date")

_ADDRESS = re.compile(r"\A[^@\s]++@[^@\s]++\Z")
"""The form of an e-mail address; some shops send `-` instead of one."""


@dataclass
class Person:
    """What identifies a customer: ids, and e-mail addresses in lower case.

    The rest is learned from events: addresses that came with their ids and that others may share,
    carts and orders as (kind, id) pairs, and the ids of visits and browsers. None of the texts is
    empty.
    """

    ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    purchases: set[tuple[str, str]] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)

    def learn_names(self, stored: StoredEvent) -> None:
        """Add the ids and addresses of the event's customer.

        A guest's id is the e-mail address in lower case, so each address is an id, too. Nothing is
        learned from events of browsers, which can send anything.
        """
        if stored.kind not in (*PURCHASES, "customer"):
            return
        for customer in customers_in(stored.kind, stored.event):
            self.addresses.update(emails_of(customer))
            self.ids.update(_texts(customer, "id"), _guest_ids(customer))

    def learn_traces(self, stored: StoredEvent) -> None:
        """Add the purchases, visits and browsers in one of the customer's events."""
        visit = _object(stored.event, "visit")
        self.visits.update(_texts(visit, "visit_id", "id"))
        self.visitors.update(_texts(visit, "visitor_id", "visitor"))
        if stored.kind in PURCHASES:
            self.purchases.update(("cart", cart) for cart in _texts(stored.event, "cart_id"))
            self.purchases.update((stored.kind, own) for own in [stored.id] if own)


def without_person(stored: StoredEvent, person: Person, pseudonym: str) -> Event:
    """Return a cart or order with its customer replaced by `pseudonym`.

    A customer who was forgotten before stays unchanged. Addresses in the rest are replaced as
    well, because some shops use them in promotions and numbers.
    """
    event = stored.event
    schema = whole(f"v1/{stored.kind}" if stored.version == V1 else stored.kind)
    left = {name: value for name, value in named(event, schema).items() if name in IMPERSONAL}
    if "customer" in event:
        customer = _object(event, "customer")
        dates = {name: customer[name] for name in _OF_CUSTOMER if name in customer}
        left["customer"] = {"id": _pseudonym(customer.get("id"), pseudonym), **dates}
    if "customer_id" in event:
        left["customer_id"] = _pseudonym(event["customer_id"], pseudonym)
    addresses = sorted(filter(_ADDRESS.fullmatch, person.ids), key=lambda one: (-len(one), one))
    if not addresses:
        return left
    # Each address has its own pseudonym, so that numbers with different addresses stay distinct.
    stand_ins = {
        one: f"{pseudonym}-{place}" if place else pseudonym for place, one in enumerate(addresses)
    }
    pattern = _any_of(addresses)

    def anonymous(text: str) -> str:
        return pattern.sub(lambda found: stand_ins.get(found[0].lower(), pseudonym), text)

    changed: Event = _change_texts(left, anonymous)
    return changed


def _any_of(addresses: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that matches any of the addresses, but not as part of another one."""
    any_address = "|".join(map(re.escape, addresses))
    return re.compile(rf"(?<![\w.+-])(?:{any_address})(?!\w|\.\w)", re.IGNORECASE)


def customers_in(kind: str, event: Event) -> list[Event]:
    """Return the objects that describe the customer of an event."""
    if kind == "customer":
        return [event]
    described = _object(event, "customer")
    return [described, {"id": event["customer_id"]}] if "customer_id" in event else [described]


def ids_of(customer: Event) -> list[str]:
    """Return the customer's id, or those of a guest without an id."""
    return _texts(customer, "id") or _guest_ids(customer)


def emails_of(customer: Event) -> list[str]:
    """Return the customer's e-mail addresses in lower case."""
    return [email.lower() for email in _texts(customer, "email")]


def visit_of(event: Event) -> Iterator[tuple[str, str]]:
    """Yield ("visit", id) and ("visitor", id) of an event from a browser."""
    visit = _object(event, "visit")
    yield from (("visit", visit_id) for visit_id in _texts(visit, "id"))
    yield from (("visitor", visitor) for visitor in _texts(visit, "visitor"))


def purchases_in(kind: str, event: Event) -> set[tuple[str, str]]:
    """Return the carts and orders that a page named, in version 2 by `order.num`."""
    page = _object(event, kind)
    return {
        (purchase, number)
        for purchase in PURCHASES
        for number in _texts(_object(page, purchase), "id", "num")
    }


def _change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the same JSON with every text value changed."""
    if isinstance(value, dict):
        return {name: _change_texts(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_change_texts(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


def _pseudonym(customer_id: Any, pseudonym: str) -> str:
    if isinstance(customer_id, str) and customer_id.startswith(PSEUDONYM):
        return customer_id
    return pseudonym


def _object(event: Event, name: str) -> Event:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _texts(event: Event, *names: str) -> list[str]:
    return [value for name in names if isinstance(value := event.get(name), str) and value]


def _guest_ids(customer: Event) -> list[str]:
    return list(filter(_ADDRESS.fullmatch, emails_of(customer)))

"""What of an event tells who somebody is, and what is left of it without."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jirafe_api.contract.json_schemas import named, whole
from jirafe_api.contract.kinds import V1, Event
from jirafe_api.storage.stored_event import StoredEvent

PURCHASES = ("cart", "order")
"""The kinds of which the amounts and the items stay."""

TRAILS = (
    "customer",
    "pageview",
    "visit",
    "add_to_cart",
    "remove_from_cart",
    "edit_cart",
    "order_success",
    "funnel",
)
"""The kinds of which nothing stays."""

IMPERSONAL = (
    *("id", "cart_id", "order_number", "status", "currency", "items", "previous_items", "promo"),
    *("order_date", "create_date", "change_date", "cancel_date"),
    *("subtotal", "total", "total_tax", "total_shipping", "total_payment_cost", "total_discounts"),
)
"""What stays of a purchase; whatever else somebody sent with it goes."""

PSEUDONYM = "forgotten-"
"""How the ids begin that customers have who were forgotten."""

_OF_CUSTOMER = ("create_date", "change_date")

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
"""What may be looked for within texts; some say `-` where others have an address."""


@dataclass
class Person:
    """What a customer goes by: ids, and e-mail addresses in lower case.

    And what leads to more of theirs: addresses told with their ids, which others may share, their
    carts and orders as (kind, id) pairs, and the ids of their visits and browsers. All are texts
    as the events have them, none is empty.
    """

    ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    purchases: set[tuple[str, str]] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)

    def is_named_in(self, stored: StoredEvent) -> bool:
        """Whether the event has them as its customer."""
        return any(
            not self.ids.isdisjoint(_names(customer))
            or not self.emails.isdisjoint(_emails(customer))
            for customer in _customers(stored)
        )

    def bought_in(self, trail: StoredEvent) -> bool:
        """Whether it names a cart or an order of theirs."""
        return not self.purchases.isdisjoint(_named_purchases(trail))

    def went_through(self, trail: StoredEvent) -> bool:
        """Whether it is of a visit or a browser of theirs."""
        visit = _object(trail.event, "visit")
        is_in_visit = not self.visits.isdisjoint(_texts(visit, "id"))
        return is_in_visit or not self.visitors.isdisjoint(_texts(visit, "visitor"))

    def meet(self, stored: StoredEvent) -> None:
        """Takes up what an event that names them tells of who they are.

        A guest's id is the e-mail address in lower case, so each address is an id, too. What
        browsers send teaches nothing: it comes without a token, from anybody.
        """
        if stored.kind not in (*PURCHASES, "customer"):
            return
        for customer in _customers(stored):
            self.addresses.update(_emails(customer))
            self.ids.update(_texts(customer, "id"), _guest_ids(customer))

    def follow(self, stored: StoredEvent) -> None:
        """Takes up what an event of theirs leads to."""
        visit = _object(stored.event, "visit")
        self.visits.update(_texts(visit, "visit_id", "id"))
        self.visitors.update(_texts(visit, "visitor_id", "visitor"))
        if stored.kind in PURCHASES:
            carts = {("cart", cart) for cart in _texts(stored.event, "cart_id")}
            self.purchases |= carts | ({(stored.kind, stored.id)} if stored.id else set())


def without_person(stored: StoredEvent, person: Person, pseudonym: str) -> Event:
    """A cart or an order with what was bought and when; its customer goes by `pseudonym`.

    One who went by such before keeps it. In what stays, the pseudonym stands for their addresses:
    some shops make promotions and numbers of them.
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
    # One for each, or two numbers that are made of them would become one.
    stand_ins = {
        one: f"{pseudonym}-{place}" if place else pseudonym for place, one in enumerate(addresses)
    }
    either = "|".join(map(re.escape, addresses))
    written = re.compile(rf"(?<![\w.+-])(?:{either})(?!\w|\.\w)", re.IGNORECASE)

    def anonymous(text: str) -> str:
        return written.sub(lambda found: stand_ins.get(found[0].lower(), pseudonym), text)

    changed: Event = _each_text(left, anonymous)
    return changed


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON with every text in it changed."""
    if isinstance(value, dict):
        return {name: _each_text(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


def _pseudonym(customer_id: Any, pseudonym: str) -> str:
    if isinstance(customer_id, str) and customer_id.startswith(PSEUDONYM):
        return customer_id
    return pseudonym


def _customers(stored: StoredEvent) -> list[Event]:
    if stored.kind == "customer":
        return [stored.event]
    return [_object(stored.event, "customer"), {"id": stored.event.get("customer_id")}]


def _named_purchases(trail: StoredEvent) -> set[tuple[str, str]]:
    """The carts and orders of which pages tell, by `order.num` in version 2."""
    told = _object(trail.event, trail.kind)
    return {
        (kind, number) for kind in PURCHASES for number in _texts(_object(told, kind), "id", "num")
    }


def _object(event: Event, name: str) -> Event:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _texts(event: Event, *names: str) -> list[str]:
    values = [event.get(name) for name in names]
    return [value for value in values if isinstance(value, str) and value]


def _names(customer: Event) -> list[str]:
    """The id; where there is none, as some clients send guests, the one that a guest's would be."""
    return _texts(customer, "id") or _guest_ids(customer)


def _guest_ids(customer: Event) -> list[str]:
    return list(filter(_ADDRESS.fullmatch, _emails(customer)))


def _emails(customer: Event) -> list[str]:
    return [email.lower() for email in _texts(customer, "email")]

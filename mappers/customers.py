"""Map customer messages, and the buyers of carts and orders, to Jirafe customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mappers import identity
from mappers.dates import Clock
from mappers.events import Event, Fact, Key, Mapped, Memory, first, present
from mappers.problems import Warning, limited, missing
from mappers.reading.orders import Order
from mappers.reading.people import Address, Contact, Person
from mappers.reading.values import text_or_none

Body = dict[str, Any]

NO_ACCOUNT = "0"
"""The placeholder of some shops for "no account"; ids of accounts start at 1."""


@dataclass(frozen=True)
class CustomerDraft:
    """A customer message."""

    person: Person
    path: str
    clock: Clock
    warnings: list[Warning]

    @property
    def locks(self) -> tuple[Key, ...]:
        """The customer, by account id or else by e-mail address."""
        return (Key("customer", self.person.id or (self.person.email or "").lower()),)

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The locks, the account of the e-mail address, and when the customer was first seen."""
        (lock,) = self.locks
        email = [identity.email_key(self.person.email)] if self.person.email else []
        return (lock, Key("first-seen", lock.name), *email)

    def events(self, memory: Memory) -> Mapped:
        """Return the customer event."""
        (lock,) = self.locks
        person, last = self.person, memory.get(lock) or {}
        its_id = identity.customer_id(person.id, person.email, memory, None) or lock.name
        own = None if person.updated_at is None else self.clock.clamped(person.updated_at)
        # A message without a date counts as the newest, even if the clock was set back.
        before = last.get("date", "")
        changed = own or max(first(person.created_at, self.clock.now), before)
        created = first(person.created_at, _first_seen(its_id, person.email, memory), changed)
        body = {
            "id": its_id,
            "create_date": min(created, changed),
            "change_date": changed,
            "email": person.email,
            **_names([person, *_addresses(person)]),
        }
        fact = Fact(lock, changed, {"date": changed}, people(body))
        is_outdated = own is not None and own < before
        event = Event("customer", present(body), (fact,), lock, is_outdated)
        is_account = person.id is not None
        facts = customer_facts(event.body, person.created_at, is_account=is_account)
        return Mapped([event], limited(self.warnings), facts)


def customer_draft(
    person: Person | None, path: str, clock: Clock, warnings: list[Warning]
) -> CustomerDraft:
    """Return the draft of a customer message. Raise MappingError without id and e-mail address."""
    if person is not None and person.id == NO_ACCOUNT:
        person.id = None
    if person is None or (person.id is None and person.email is None):
        raise missing(f"{path}.id")
    return CustomerDraft(person, path, clock, warnings)


def account(hub: Order, original: Order) -> str | None:
    """Return the id of the buyer's account, or None."""
    named = first(hub.customer, original.customer)
    ids = (original.user_id, hub.user_id, named and named.id)
    return next((one for one in ids if one not in (None, NO_ACCOUNT)), None)


def email_of(hub: Order, original: Order) -> str | None:
    """Return the buyer's e-mail address, or None."""
    customers = (hub.customer, original.customer)
    found: str | None = first(hub.email, original.email, *(one and one.email for one in customers))
    return found


def buyer(
    hub: Order,
    original: Order,
    number: str,
    dates: tuple[str, str],
    memory: Memory,
    last: Body | None,
) -> Body:
    """Return the Jirafe customer of a cart or an order.

    `dates` are its create and change date. `last` is its customer as last sent, which completes
    what the message leaves out.
    """
    email = email_of(hub, original)
    its_id = identity.customer_id(account(hub, original), email, memory, last)
    if its_id is None and last:
        return {**last, "change_date": dates[1], "create_date": min(last["create_date"], dates[1])}
    its_id = its_id or f"guest-{number}"
    kept = last if last and last["id"] == its_id else {}
    seen = first(_first_seen(its_id, email, memory), kept.get("create_date"))
    created = created_of(email, memory) or min(first(seen, dates[0]), dates[0])
    places = [hub.billing_address, original.bill_address, hub.bill_address]
    places += [hub.shipping_address, original.ship_address, hub.ship_address]
    named = Address(name=hub.customer_name) if hub.customer_name else None
    return {
        **kept,
        "id": its_id,
        "create_date": min(created, dates[1]),
        "change_date": dates[1],
        **present(
            {
                "email": email,
                **_names([p for p in (*places, hub.customer, original.customer, named) if p]),
            }
        ),
    }


def customer_facts(customer: Body, created: str | None, *, is_account: bool) -> tuple[Fact, ...]:
    """Return the facts to remember about a customer.

    `created` is the customer's creation date, if the message has it.
    """
    who, its_id, email = people(customer), customer["id"], customer.get("email")
    date = customer["create_date"]
    facts = [Fact(Key("first-seen", its_id), date, date, who)]
    if email and (is_account or created):
        value = {"id": its_id, "created": created}
        facts.append(Fact(identity.email_key(email), customer["change_date"], value, who))
    return tuple(facts)


def people(customer: Body) -> tuple[str, ...]:
    """Return the id and lower-case e-mail address of a customer."""
    email = customer.get("email")
    return (customer["id"], email.lower()) if email else (customer["id"],)


def _first_seen(its_id: str, email: str | None, memory: Memory) -> str | None:
    by_email = memory.get(Key("first-seen", email.lower())) if email else None
    dates = [date for date in (memory.get(Key("first-seen", its_id)), by_email) if date]
    return min(dates, default=None)


def created_of(email: str | None, memory: Memory) -> str | None:
    """Return the creation date from a customer message with this address, or None."""
    remembered = memory.get(identity.email_key(email)) if email else None
    found: str | None = remembered and remembered["created"]
    return found


def _addresses(person: Person) -> list[Address]:
    places = person.billing_address, person.bill_address
    others = person.shipping_address, person.ship_address
    return [place for place in (*places, *others) if place]


def _names(places: Sequence[Person | Contact]) -> dict[str, str | None]:
    """Return names, phone and company, each from the first of the `places` that has it."""
    first_name = last_name = phone = company = None
    for place in places:
        if not (first_name or last_name):
            first_name, last_name = _name(place)
        phone = phone or text_or_none(place.phone)
        company = company or text_or_none(place.company)
    return {
        "first_name": first_name,
        "last_name": last_name,
        "name": " ".join(filter(None, (first_name, last_name))) or None,
        "phone": phone,
        "company": company,
    }


def _name(place: Person | Contact) -> tuple[str | None, str | None]:
    """Return first and last name; a full name is split at its last space."""
    names = (
        text_or_none(place.firstname) or text_or_none(place.first_name),
        text_or_none(place.lastname) or text_or_none(place.last_name),
    )
    if any(names):
        return names
    whole = text_or_none(place.name) or text_or_none(place.full_name)
    if not whole:
        return names
    given, _, family = whole.rpartition(" ")
    return (given.strip() or None, family) if given else (family, None)


def recalled(email: str | None, account_id: str | None) -> tuple[Key, ...]:
    """Return the keys of the facts that `buyer` needs."""
    seen = [Key("first-seen", name) for name in (account_id, email and email.lower()) if name]
    return (*seen, identity.email_key(email)) if email else tuple(seen)

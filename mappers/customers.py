"""Customers: of customer messages, and of carts and orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mappers.errors import MissingFieldError
from mappers.events import Event
from mappers.output import first, present, timestamp
from mappers.schemas import CustomerPayload, load

_PAYLOAD = CustomerPayload()


def map_customer(
    payload: Mapping[str, Any], _parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the event of a customer, found under `customer`, `user` or at the payload's root.

    A customer without an id goes by the e-mail address in lower case. `now` is the last resort
    for dates. Raises MappingError where there is neither.
    """
    places = [name for name in ("customer", "user") if name in payload]
    place = next((name for name in places if payload[name]), places[0] if places else None)
    person = load(_PAYLOAD, payload if place else {"customer": payload})[place or "customer"] or {}
    email = person.get("email")
    identifier = first(person.get("id"), email.lower() if email else None)
    if identifier is None:
        raise MissingFieldError(f"{place or 'customer'}.id")
    changed = first(person["updated_at"], person["created_at"], now)
    created = min(first(person["created_at"], changed), changed)
    body = {
        "id": identifier,
        "create_date": timestamp(created),
        "change_date": timestamp(changed),
        "email": email,
        **_called([person, *_addresses(person)], person["name"]),
    }
    since = None if person["updated_at"] is None else timestamp(changed)
    return [Event("customer", present(body), state_date=since)]


def customer(
    hub: Mapping[str, Any],
    original: Mapping[str, Any],
    number: str,
    dates: tuple[datetime, datetime],
) -> dict[str, Any]:
    """Return the Jirafe customer who bought.

    Guests go by their e-mail address in lower case, and without one by the purchase's
    `number`. `dates` are the purchase's create and change date.
    """
    email = first(hub["email"], original["email"])
    return present(
        {
            "id": first(
                original["user_id"],
                hub["user_id"],
                (hub["customer"] or {}).get("id"),
                email.lower() if email else None,
                f"guest-{number}",
            ),
            "create_date": timestamp(dates[0]),
            "change_date": timestamp(dates[1]),
            "email": email,
            **_called(
                [
                    hub["billing_address"] or {},
                    original["bill_address"] or {},
                    hub["shipping_address"] or {},
                    original["ship_address"] or {},
                ]
            ),
        }
    )


def _addresses(person: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    names = ("billing_address", "bill_address", "shipping_address", "ship_address")
    return [person[name] or {} for name in names]


def _called(
    places: Sequence[Mapping[str, Any]], full_name: str | None = None
) -> dict[str, str | None]:
    """Return names, phone and company, each of the first place (the best first) that tells it."""
    first_name, last_name = next(
        (names for names in map(_names, places) if any(names)), (None, None)
    )
    return {
        "first_name": first_name,
        "last_name": last_name,
        "name": " ".join(filter(None, (first_name, last_name))) or full_name,
        "phone": first(*(place.get("phone") for place in places)),
        "company": first(*(place.get("company") for place in places)),
    }


def _names(place: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return (
        first(place.get("firstname"), place.get("first_name")),
        first(place.get("lastname"), place.get("last_name")),
    )

"""The customer of a cart or an order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mappers.output import first, present, timestamp


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
    addresses = [
        address or {}
        for address in (
            hub["billing_address"],
            original["bill_address"],
            hub["shipping_address"],
            original["ship_address"],
        )
    ]
    first_name, last_name = next(
        (names for names in map(_names, addresses) if any(names)), (None, None)
    )
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
            "first_name": first_name,
            "last_name": last_name,
            "name": " ".join(filter(None, (first_name, last_name))) or None,
            "phone": first(*(address.get("phone") for address in addresses)),
            "company": first(*(address.get("company") for address in addresses)),
        }
    )


def _names(address: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return (
        first(address.get("firstname"), address.get("first_name")),
        first(address.get("lastname"), address.get("last_name")),
    )

"""Cart messages to cart events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mappers.events import Event
from mappers.items import cart_items
from mappers.output import present
from mappers.purchase import Purchase, read, shared


def map_new(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the cart event of a new cart."""
    return [cart_event(read("cart", payload, parameters, now, is_new=True))]


def map_updated(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return the cart event of a changed cart."""
    return [cart_event(read("cart", payload, parameters, now))]


def cart_event(purchase: Purchase) -> Event:
    """Return the cart event of a cart, or of the order that a cart became."""
    return Event(
        "cart",
        present(
            {
                "id": purchase.number,
                **shared(purchase, hub_first=False),
                "items": cart_items(purchase.items),
                "previous_items": cart_items(purchase.previous_items),
                "visit": purchase.visit(),
            }
        ),
        lacks_previous=not purchase.previous_items,
        **purchase.state(),
        mixes_sums=purchase.mixes_sums,
    )

"""Order messages to cart, order-placed, order-accepted and order-cancelled events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mappers.carts import cart_event
from mappers.events import Event
from mappers.items import order_items
from mappers.output import first, present, timestamp
from mappers.purchase import CANCELED, Purchase, read, shared


def map_new(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return all that a new order tells: its cart, the order, its products and its customer."""
    order = read("order", payload, parameters, now, is_new=True)
    return [
        cart_event(order),
        _placed(order),
        *_accepted_and_cancelled(order, canceled=order.status in CANCELED),
        *(Event("product", product) for product in _distinct_products(order)),
        Event("customer", order.customer),
    ]


def map_updated(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return order-accepted, and order-cancelled after it where the order is canceled."""
    order = read("order", payload, parameters, now)
    return _accepted_and_cancelled(order, canceled=order.status in CANCELED)


def map_canceled(
    payload: Mapping[str, Any], parameters: Mapping[str, str], now: datetime
) -> list[Event]:
    """Return order-accepted and order-cancelled: the message's name says that it is canceled."""
    return _accepted_and_cancelled(read("order", payload, parameters, now), canceled=True)


def _accepted_and_cancelled(order: Purchase, *, canceled: bool) -> list[Event]:
    accepted = _accepted(order, canceled=canceled)
    return [accepted, _cancelled(order)] if canceled else [accepted]


def _placed(order: Purchase) -> Event:
    return Event(
        "order",
        present(
            {
                "order_number": order.number,
                "cart_id": order.number,
                "status": "placed",
                "order_date": _order_date(order),
                "customer": order.customer,
                "visit": order.visit(),
            }
        ),
    )


def _accepted(order: Purchase, *, canceled: bool) -> Event:
    gone = canceled or order.status == "returned"
    was = order.previous["status"] if order.previous else None
    return Event(
        "order",
        present(
            {
                "order_number": order.number,
                "cart_id": order.number,
                "status": "accepted",
                "order_date": _order_date(order),
                **shared(order, hub_first=True),
                "items": order_items(order.items, "cancelled" if gone else "accepted"),
                "previous_items": order_items(
                    order.previous_items, "cancelled" if was in CANCELED else "accepted"
                ),
                "delivery_address": _address(
                    order.hub["shipping_address"], order.original["ship_address"]
                ),
                "payment_address": _address(
                    order.hub["billing_address"], order.original["bill_address"]
                ),
            }
        ),
        lacks_previous=not order.previous_items,
        **order.state(canceled=canceled),
        mixes_sums=order.mixes_sums,
    )


def _cancelled(order: Purchase) -> Event:
    date = first(
        order.hub["canceled_at"],
        order.hub["updated_at"],
        order.original["updated_at"],
        order.change_date,
    )
    return Event(
        "order",
        {
            "order_number": order.number,
            "status": "cancelled",
            "cancel_date": timestamp(date),
        },
        **order.state(canceled=True),
    )


def _order_date(order: Purchase) -> str:
    return timestamp(
        first(order.hub["placed_on"], order.original["completed_at"], order.create_date)
    )


def _address(*renderings: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the Jirafe address of the first rendering that tells one."""
    told = (_told(address) for address in renderings if address)
    return next((address for address in told if address), None)


def _told(address: Mapping[str, Any]) -> dict[str, str]:
    return present(
        {
            **{key: address[key] for key in ("id", "address1", "address2", "city")},
            "state": first(address["state"], address["state_name"]),
            "postalcode": address["zipcode"],
            "country": address["country"],
        }
    )


def _distinct_products(order: Purchase) -> list[dict[str, Any]]:
    """Return each product once, as the first of its items tells it."""
    products: dict[tuple[str, str], dict[str, Any]] = {}
    for item in order.items:
        product = item["product"]
        products.setdefault((product["id"], product["code"]), product)
    return list(products.values())

"""The carts that did not become orders."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, select

from analytics.money import digits, major
from analytics.queries.asked import Asked
from analytics.queries.totals import between, from_channel, is_quiet
from analytics.tables import CARTS


class AbandonedCart(NamedTuple):
    """A cart that did not become an order."""

    cart_id: str
    day: date
    units: int
    total: Decimal


def abandoned_carts(connection: Connection, asked: Asked, limit: int = 50) -> list[AbandonedCart]:
    """Return the abandoned carts with the highest totals."""
    cart = CARTS.c
    query = (
        select(cart.cart_id, cart.day, cart.units, cart.total)
        .where(*between(CARTS, asked, asked.days), cart.currency == asked.currency)
        .where(cart.was_filled, is_quiet(asked), ~cart.has_order)
        .order_by(cart.total.desc(), cart.cart_id)
        .limit(limit)
    )
    query = from_channel(query, CARTS, asked)
    places = digits(asked.currency)
    return [
        AbandonedCart(row.cart_id, row.day, row.units, major(row.total, places))
        for row in connection.execute(query)
    ]

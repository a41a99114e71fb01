"""Know of each visit whether a cart or an order came of it, and of each cart whether an order did.

These flags are kept with the visits and carts, so that no figure has to look for orders.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select, update

from analytics.facts.rows import among
from analytics.tables import CARTS, ORDERS, VISITS


def link(
    connection: Connection, site: str, visits: Collection[str], carts: Collection[str]
) -> None:
    """Bring the flags of these visits and carts up to date."""
    own = VISITS.c.visit_id
    has_cart = _exists(VISITS, CARTS, CARTS.c.visit_id == own, CARTS.c.was_filled)
    has_order = _exists(VISITS, ORDERS, ORDERS.c.visit_id == own, ORDERS.c.status == "accepted")
    became_order = _exists(CARTS, ORDERS, ORDERS.c.cart_id == CARTS.c.cart_id)
    _set(connection, site, own, visits, {"has_cart": has_cart, "has_order": has_order})
    _set(connection, site, CARTS.c.cart_id, carts, {"has_order": became_order})


def _exists(table: Table, other: Table, *same: ColumnElement[bool]) -> ColumnElement[bool]:
    rows = select(other.c.site).where(other.c.site == table.c.site, *same)
    return rows.correlate(table).exists()


def _set(
    connection: Connection,
    site: str,
    key: Any,
    keys: Collection[str],
    flags: dict[str, ColumnElement[bool]],
) -> None:
    """Set the flags of those rows in which they are different."""
    if not keys:
        return
    table: Table = key.table
    is_outdated = or_(*(table.c[name] != flag for name, flag in flags.items()))
    theirs = table.c.site == site, among(connection, key, keys)
    connection.execute(update(table).where(*theirs, is_outdated).values(flags))

"""Know of each visit whether a cart or an order came of it, and of each cart whether an order did.

These flags are kept with the visits and carts, so that no figure has to look for orders.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from database.statements import Keyed


def _setting(table: str, key: str, flags: Mapping[str, str]) -> Keyed:
    """Return the statement that sets flags, by the rows that they tell of, where they differ.

    It finds these rows by the keys, too: looked for row by row, Postgres would read all of them.
    """
    own = f"site = :site AND {key} = ANY(:keys)"
    states = {
        flag: f"({key} IN (SELECT {key} FROM {others} AND {own}))"  # noqa: S608 - our own names
        for flag, others in flags.items()
    }
    changes = ", ".join(f"{flag} = {state}" for flag, state in states.items())
    differs = " OR ".join(f"{flag} <> {state}" for flag, state in states.items())
    return Keyed(f"UPDATE {table} SET {changes} WHERE {own} AND ({differs})")  # noqa: S608


_VISITS = _setting(
    "analytics_visits",
    "visit_id",
    {
        "has_cart": "analytics_carts WHERE was_filled",
        "has_order": "analytics_orders WHERE status = 'accepted'",
    },
)
_CARTS = _setting("analytics_carts", "cart_id", {"has_order": "analytics_orders WHERE TRUE"})


def link(
    connection: Connection, site: str, visits: Collection[str], carts: Collection[str]
) -> None:
    """Bring the flags of these visits and carts up to date."""
    for statement, keys in ((_VISITS, visits), (_CARTS, carts)):
        if keys:
            statement(connection, site, keys)

"""The currencies that a site sells in, and its first and last day."""

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from analytics.queries.asked import Asked
from analytics.queries.totals import between, in_catalog, in_channel
from analytics.rollup_tables import CART_DAYS, ORDER_DAYS, PRODUCT_SALE_DAYS, VISIT_DAYS

_DAYS = (ORDER_DAYS, VISIT_DAYS, CART_DAYS)


def other_currencies(connection: Connection, asked: Asked) -> dict[str, int]:
    """Return the number of counted orders in other currencies, which the figures leave out.

    In a segment, only its own orders count.
    """
    is_of_catalog = asked.segment is not None and asked.segment.kind != "channel"
    table, within = (PRODUCT_SALE_DAYS, in_catalog) if is_of_catalog else (ORDER_DAYS, in_channel)
    day = table.c
    is_other = day.currency != asked.currency
    if is_of_catalog:  # whose rows are found by currency and code
        known = currencies(connection, asked.site.site)
        is_other = day.currency.in_([one for one in known if one != asked.currency])
    query = (
        select(day.currency, func.sum(day.orders))
        .where(*between(table, asked, asked.days), *within(table, asked), is_other)
        .group_by(day.currency)
        .having(func.sum(day.orders) > 0)
        .order_by(day.currency)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def default_currency(connection: Connection, asked_site: str, own: str, today: date) -> str:
    """Return the site's own currency, or else that of most orders in the last 90 days."""
    if own:
        return own
    day = ORDER_DAYS.c
    for since in (today - timedelta(days=90), date.min):
        query = (
            select(day.currency)
            .where(day.site == asked_site, day.day >= since, day.orders > 0)
            .group_by(day.currency)
            .order_by(func.sum(day.orders).desc(), day.currency)
            .limit(1)
        )
        if currency := connection.scalar(query):
            return str(currency)
    return "USD"


def first_day(connection: Connection, site: str) -> date | None:
    """Return the day of the first order, from which on customers are known, or None."""
    query = select(func.min(ORDER_DAYS.c.day)).where(ORDER_DAYS.c.site == site)
    found: date | None = connection.scalar(query)
    return found


def last_day(connection: Connection, site: str) -> date | None:
    """Return the newest day with an order, a visit or a cart, or None."""
    newest = (select(func.max(table.c.day)).where(table.c.site == site) for table in _DAYS)
    return max(filter(None, map(connection.scalar, newest)), default=None)


def currencies(connection: Connection, site: str) -> list[str]:
    """Return the currencies of the site's counted orders."""
    day = ORDER_DAYS.c
    query = select(day.currency).where(day.site == site, day.orders > 0).distinct()
    return sorted(connection.scalars(query))

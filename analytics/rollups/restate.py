"""Recompute the rollups of days with changed facts."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, Subquery, Table, delete, insert

from analytics.rollup_tables import (
    CART_DAYS,
    CHANGE_DAYS,
    ORDER_DAYS,
    PRODUCT_SALE_DAYS,
    PRODUCT_VISIT_DAYS,
    SEARCH_DAYS,
    VISIT_DAYS,
)
from analytics.rollups.changes import change_sums
from analytics.rollups.months import restate_months
from analytics.rollups.products import product_sale_sums, product_visit_sums
from analytics.rollups.sums import cart_sums, order_sums, search_sums, visit_sums

Sums = Callable[..., Select[Any]]
"""Returns a query for sums of the facts of a site's days, up to a moment if one is given."""

ROLLUPS: dict[Table, Sums] = {
    VISIT_DAYS: visit_sums,
    ORDER_DAYS: order_sums,
    CART_DAYS: cart_sums,
    PRODUCT_VISIT_DAYS: product_visit_sums,
    PRODUCT_SALE_DAYS: product_sale_sums,
    SEARCH_DAYS: search_sums,
}
"""The queries of the rollups that can be read up to a moment, in the order of their columns."""


def restate(connection: Connection, site: str, days: Sequence[date]) -> None:
    """Replace the sums of the days and of their months, so that rows without facts disappear."""
    queries = {table: sums(site, days, None) for table, sums in ROLLUPS.items()}
    for table, query in {**queries, CHANGE_DAYS: change_sums(site, days)}.items():
        connection.execute(delete(table).where(table.c.site == site, table.c.day.in_(days)))
        names = [column.name for column in table.c]
        connection.execute(insert(table).from_select(names, query))
    restate_months(connection, site, days)


def live(
    table: Table, site: str, day: date, until: datetime, names: Collection[str], kind: str = ""
) -> Subquery:
    """Return the named sums of a rollup for one day as they were at a moment, with its keys.

    Of rollups with a kind, only the rows of the given one are returned.
    """
    query = ROLLUPS[table](site, [day], until, *([kind] if kind else []))
    named = zip(query.selected_columns, table.c, strict=True)
    return query.with_only_columns(
        *(sums.label(its.name) for sums, its in named if its.primary_key or its.name in names)
    ).subquery()

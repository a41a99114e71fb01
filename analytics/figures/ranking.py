"""The figure that ranks a list, for the rows of a compared period."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, FromClause

from analytics.figures.figure import Value, value_of
from analytics.figures.figures import FIGURES
from analytics.queries.asked import Asked
from analytics.queries.grouped import sums_by
from analytics.queries.searches import top_searches
from analytics.queries.totals import Sums, in_channel, in_currency
from analytics.rollup_tables import ORDER_DAYS, PRODUCT_SALE_DAYS
from analytics.tables import CHANNEL

RANKS = {
    **dict.fromkeys(("products", "skus", "categories"), "net_sales"),
    "channels": "revenue",
    "searches": "search_visits",
}
"""The figure that ranks each list, by the list's name."""

_KINDS = {"products": "product", "skus": "sku", "categories": "category"}


def ranking(
    connection: Connection, asked: Asked, name: str, keys: Collection[str]
) -> dict[str, Value]:
    """Return the figure that ranks a list, by the keys of its rows.

    This reads less than the whole rows. Of the channels, all rows are returned.
    """
    figure = FIGURES[RANKS[name]]
    if name == "channels":
        found = _of_channels(connection, asked)
    elif name == "searches":
        found = {key: sums for key, _, sums in top_searches(connection, asked, len(keys), keys)}
    else:
        found = _of_products(connection, asked, _KINDS[name], keys)
    return {key: value_of(figure, sums, asked) for key, sums in found.items()}


def _of_channels(connection: Connection, asked: Asked) -> dict[str, Sums]:
    depth = len(asked.segment.value) if asked.segment else 0
    if depth == len(CHANNEL):
        return {}

    def within(source: FromClause) -> list[ColumnElement[bool]]:
        return [*in_currency(source, asked), *in_channel(source, asked)]

    return sums_by(connection, asked, ORDER_DAYS, CHANNEL[depth], ("revenue",), within)


def _of_products(
    connection: Connection, asked: Asked, kind: str, codes: Collection[str]
) -> dict[str, Sums]:
    def within(source: FromClause) -> list[ColumnElement[bool]]:
        return [
            source.c.code.in_(codes),
            *in_currency(source, asked),
        ]

    return sums_by(connection, asked, PRODUCT_SALE_DAYS, "code", ("net",), within, kind=kind)

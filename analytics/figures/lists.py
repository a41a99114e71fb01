"""The tables of the pages, whose rows use the same sums as the figures."""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    literal,
    select,
    union_all,
)

from analytics.figures.figure import Value, value_of
from analytics.figures.figures import FIGURES
from analytics.queries.asked import Asked, AskedError
from analytics.queries.grouped import Top, sums_by
from analytics.queries.searches import top_searches
from analytics.queries.totals import (
    ORDER_SUMS,
    PRODUCT_VISIT_SUMS,
    VISIT_SUMS,
    Sums,
    in_channel,
    in_currency,
)
from analytics.rollup_tables import ORDER_DAYS, PRODUCT_SALE_DAYS, PRODUCT_VISIT_DAYS, VISIT_DAYS
from analytics.tables import CHANNEL, PRODUCTS


class Entry(NamedTuple):
    """A row of a list: its key in URLs, its name, and its figures."""

    key: str
    name: str
    figures: dict[str, Value]


_Rows = Callable[[Connection, Asked, int, Collection[str]], list[tuple[str, str, Sums]]]
"""Returns up to a number of rows, only those with the given keys unless there are none."""


@dataclass(frozen=True)
class Listing:
    """A list: its name, a sentence about it, its columns, and the segments it supports."""

    title: str
    sentence: str
    columns: tuple[str, ...]
    """Names of FIGURES."""
    rows: _Rows
    segments: tuple[str, ...] = ()


def entries(
    connection: Connection, asked: Asked, name: str, limit: int = 10, keys: Collection[str] = ()
) -> list[Entry]:
    """Return the first rows of a list, of those with the keys if any are given.

    Raise AskedError if the list does not support the segment.
    """
    listing = LISTS[name]
    if asked.segment and asked.segment.kind not in listing.segments:
        kind = asked.segment.kind
        raise AskedError(kind, f"{listing.title} cannot be narrowed down by {kind}.")
    return [
        Entry(key, label, {one: value_of(FIGURES[one], sums, asked) for one in listing.columns})
        for key, label, sums in listing.rows(connection, asked, limit, keys)
    ]


def total_of_channels(connection: Connection, asked: Asked) -> dict[str, Value]:
    """Return the columns of the list of channels for all of them, without unknown visits."""
    sums: Sums = Counter()
    for key, _, its in _channels(connection, asked, sys.maxsize, ()):
        if key or asked.segment:
            sums.update(its)
    return {one: value_of(FIGURES[one], sums, asked) for one in LISTS["channels"].columns}


def _sold(kind: str) -> _Rows:
    def rows(
        connection: Connection, asked: Asked, limit: int, keys: Collection[str]
    ) -> list[tuple[str, str, Sums]]:
        of_product = _of_product(asked, kind)

        def sold_ones(source: FromClause) -> list[ColumnElement[bool]]:
            conditions = in_currency(source, asked)
            if keys:
                conditions.append(source.c.code.in_(keys))
            if of_product is not None:
                conditions.append(source.c.code.in_(of_product))
            return conditions

        def seen_ones(source: FromClause) -> list[ColumnElement[bool]]:
            return [source.c.code.in_(list(sold))]

        top = Top("net", limit)
        sold = sums_by(
            connection, asked, PRODUCT_SALE_DAYS, "code", _SALE_SUMS, sold_ones, top, kind
        )
        seen = "category" if kind == "category" else "product"
        visits = sums_by(
            connection, asked, PRODUCT_VISIT_DAYS, "code", PRODUCT_VISIT_SUMS, seen_ones, kind=seen
        )
        for code, sums in visits.items():
            sold[code].update(sums)
        names = _names(connection, asked, kind, list(sold))
        return [(code, names.get(code, code), sums) for code, sums in sold.items()]

    return rows


def _of_product(asked: Asked, kind: str) -> Select[Any] | None:
    """Return the codes of the requested product's SKUs, or None without a product."""
    if not asked.segment:
        return None
    known = PRODUCTS.c
    product = known.product.in_(_keys_of(asked, asked.segment.value[0]))
    return select(known.code).where(known.site == asked.site.site, known.kind == kind, product)


def _keys_of(asked: Asked, product: str) -> CompoundSelect[Any]:
    """Return the code of a product and its ids in orders."""
    known = PRODUCTS.c
    ids = select(known.code).where(
        known.site == asked.site.site, known.kind == "id", known.product == product
    )
    return union_all(select(literal(product)), ids)


def _channels(
    connection: Connection, asked: Asked, limit: int, keys: Collection[str]
) -> list[tuple[str, str, Sums]]:
    """Return the next level below the requested channel."""
    depth = len(asked.segment.value) if asked.segment else 0
    if depth == len(CHANNEL):
        return []
    level = CHANNEL[depth]
    found: dict[str, Sums] = {}
    for table, names in ((VISIT_DAYS, VISIT_SUMS), (ORDER_DAYS, ORDER_SUMS)):
        sums_of = sums_by(
            connection,
            asked,
            table,
            level,
            names,
            lambda source: [*in_currency(source, asked), *in_channel(source, asked)],
        )
        for key, sums in sums_of.items():
            found.setdefault(key, Counter()).update(sums)
    missing = "No further level" if depth else "No known visit"
    wanted = found.keys() & set(keys) if keys else found.keys()
    ranked = sorted(
        ((key, found[key]) for key in wanted),
        key=lambda one: (-one[1]["revenue"], -one[1]["visits"], one[0]),
    )
    return [(key, key or missing, sums) for key, sums in ranked[:limit]]


def names_of(connection: Connection, asked: Asked) -> Sequence[str]:
    """Return the names of the requested segment: a product's or category's, or channel levels."""
    if asked.segment is None:
        return ()
    kind, keys = asked.segment
    if kind == "channel":
        return keys
    names = _names(connection, asked, kind, keys)
    return [names.get(key, key) for key in keys]


def _names(connection: Connection, asked: Asked, kind: str, codes: Sequence[str]) -> dict[str, str]:
    product = PRODUCTS.c
    query = select(product.code, product.name).where(
        product.site == asked.site.site, product.kind == kind, product.code.in_(codes)
    )
    return {row.code: row.name for row in connection.execute(query)}


_SALE_SUMS = ("orders", "units", "net")
_OF_PRODUCTS = ("net_sales", "units", "orders", "visits", "cart_visits", "converted_visits")

LISTS: dict[str, Listing] = {
    "products": Listing(
        "Top products",
        "Products by net sales, with all their variants, and the visits that saw their page, put "
        "them in the cart and bought them. Shipping, tax and discounts on whole orders are not "
        "split onto products.",
        (*_OF_PRODUCTS, "conversion"),
        _sold("product"),
    ),
    "skus": Listing(
        "Variants",
        "The sales of each SKU, by net sales. Visits are known of the product's page only.",
        ("net_sales", "units", "orders"),
        _sold("sku"),
        ("product",),
    ),
    "categories": Listing(
        "Top categories",
        "Categories by net sales. An item in two categories counts in both, so the rows do not add "
        "up.",
        (*_OF_PRODUCTS, "conversion"),
        _sold("category"),
    ),
    "channels": Listing(
        "Channels",
        "Where visits came from, and the orders placed in them. Up to five levels, one at a time.",
        ("visits", "orders", "revenue", "average_order", "conversion"),
        _channels,
        ("channel",),
    ),
    "searches": Listing(
        "Search terms",
        "What visitors searched for in the shop, and how many of these visits led to an order.",
        ("search_visits", "no_result_visits", "converted_visits", "conversion"),
        top_searches,
    ),
}
"""Each list by its name in URLs and JSON."""

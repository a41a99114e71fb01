"""Sums of orders, visits, carts and products from the rollups."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    select,
)

from analytics.queries.asked import Asked, Days
from analytics.rollup_tables import (
    CART_DAYS,
    ORDER_DAYS,
    PRODUCT_SALE_DAYS,
    PRODUCT_VISIT_DAYS,
    VISIT_DAYS,
)
from analytics.rollups.months import MONTHS
from analytics.rollups.restate import live
from analytics.tables import CARTS, CHANNEL, VISITS

Sums = Counter[str]
"""Sums by name; amounts are in the minor unit of the requested currency."""

Source = Callable[[Connection, Asked, Sequence[Days], datetime | None], list[Sums]]
"""Returns the sums of each range of days, up to a moment in the last day if one is given."""

Conditions = list[ColumnElement[bool]]

VISIT_SUMS = ("visits", "interested", "engaged", "carted", "converted")
ORDER_SUMS = (
    *("orders", "gross", "discounts", "tax", "shipping", "fees", "revenue", "returned", "units"),
    *("waiting", "cancelled", "cancelled_revenue"),
)
CART_SUMS = ("carts", "left", "left_total")
PRODUCT_VISIT_SUMS = ("visits", "carted", "converted")
PRODUCT_SALE_SUMS = ("orders", "units", "net", "costed_net", "cost")


def totals(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return the sums of orders, visits and carts."""
    by_day: dict[date, Sums] = {}
    for table, columns in (
        (VISIT_DAYS, VISIT_SUMS),
        (ORDER_DAYS, ORDER_SUMS),
        (CART_DAYS, CART_SUMS),
    ):
        for rollup, conditions in sources(table, asked, _span(ranges), until, columns):
            sums = {name: func.sum(rollup.c[name]) for name in columns}
            if table is ORDER_DAYS:
                sums |= _of_known_visits(rollup)
            conditions = [*conditions, *in_currency(rollup, asked), *in_channel(rollup, asked)]
            _add(by_day, connection, rollup, sums, conditions)
    _add_open_carts(by_day, connection, asked, until)
    for sums_of_day in by_day.values():
        sums_of_day["net"] = (
            sums_of_day["gross"] - sums_of_day["discounts"] - sums_of_day["returned"]
        )
    return _in_ranges(by_day, ranges)


def product_totals(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return the sales of a product or category, and the visits that saw it.

    Without a segment, return the sales of all products.
    """
    by_day: dict[date, Sums] = {}
    kind = asked.segment.kind if asked.segment else "all"
    for table, columns in (
        (PRODUCT_VISIT_DAYS, PRODUCT_VISIT_SUMS),
        (PRODUCT_SALE_DAYS, PRODUCT_SALE_SUMS),
    ):
        for rollup, conditions in sources(table, asked, _span(ranges), until, columns, kind):
            sums = {name: func.sum(rollup.c[name]) for name in columns}
            conditions += in_catalog(rollup, asked) or [rollup.c.kind == kind, rollup.c.code == ""]
            conditions += in_currency(rollup, asked)
            _add(by_day, connection, rollup, sums, conditions)
    return _in_ranges(by_day, ranges)


def sources(
    table: Table,
    asked: Asked,
    days: Days,
    until: datetime | None,
    names: Collection[str],
    kind: str = "",
) -> list[tuple[FromClause, Conditions]]:
    """Return the rollup for whole days, and the facts for the last day up to a moment, if given.

    Each comes with its conditions. `names` are the wanted sums, and `kind` is that of a product.
    """
    if until is None:
        return [(table, between(table, asked, days))]
    found: list[tuple[FromClause, Conditions]] = [
        (live(table, asked.site.site, days.last, until, names, kind), [])
    ]
    if days.count > 1:
        whole = Days(days.first, days.last - timedelta(days=1))
        found.append((table, between(table, asked, whole)))
    return found


def between(table: Table, asked: Asked, days: Days) -> Conditions:
    """Return the conditions on the site and on the day.

    Rollups with many rows a day get each day, so that a few of its rows are found by their keys.
    """
    day = table.c.day
    is_one = day.in_(days.each()) if table in MONTHS else day.between(days.first, days.last)
    return [table.c.site == asked.site.site, is_one]


def in_currency(rollup: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the condition on the currency, which orders without amounts do not have."""
    if "currency" not in rollup.c:
        return []
    is_of_products = "kind" in rollup.c  # which were sold, so they have one
    own = rollup.c.currency
    return [own == asked.currency if is_of_products else own.in_(("", asked.currency))]


def in_channel(source: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on the levels of the requested channel."""
    if asked.segment is None or asked.segment.kind != "channel":
        return []
    levels = zip(CHANNEL, asked.segment.value, strict=False)
    return [source.c[name] == level for name, level in levels]


def from_channel(query: Select[Any], table: Table, asked: Asked) -> Select[Any]:
    """Return a query of orders or carts limited to those from visits of the requested channel."""
    levels = in_channel(VISITS, asked)
    if not levels:
        return query
    own = table.c
    same_visit = and_(VISITS.c.site == own.site, VISITS.c.visit_id == own.visit_id)
    return query.join(VISITS, same_visit).where(*levels)


def in_catalog(source: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on the requested product or category."""
    if asked.segment is None or asked.segment.kind == "channel":
        return []
    return [source.c.kind == asked.segment.kind, source.c.code == asked.segment.value[0]]


def _of_known_visits(rollup: FromClause) -> dict[str, Any]:
    is_known = rollup.c.channel_1 != ""
    return {
        "visit_orders": func.sum(case((is_known, rollup.c.orders), else_=0)),
        "visit_revenue": func.sum(case((is_known, rollup.c.revenue), else_=0)),
    }


def _add(
    by_day: dict[date, Sums],
    connection: Connection,
    source: FromClause,
    sums: dict[str, Any],
    conditions: Sequence[ColumnElement[bool]],
) -> None:
    columns = [column.label(name) for name, column in sums.items()]
    query = select(source.c.day, *columns).where(*conditions).group_by(source.c.day)
    for day, *values in connection.execute(query):
        # Postgres returns the sum of bigint as numeric.
        by_day.setdefault(day, Counter()).update(dict(zip(sums, map(int, values), strict=True)))


def _add_open_carts(
    by_day: dict[date, Sums], connection: Connection, asked: Asked, until: datetime | None
) -> None:
    """Add the carts without an order that have not been left long enough to be abandoned.

    There are few of these, so they are found by the time of their change; `_in_ranges` excludes
    other days.
    """
    cart = CARTS.c
    query = (
        select(cart.day, func.count(), func.sum(cart.total))
        .where(cart.site == asked.site.site, ~is_quiet(asked), cart.was_filled, ~cart.has_order)
        .where(*in_currency(CARTS, asked))
        .group_by(cart.day)
    )
    if until is not None:
        query = query.where(cart.created_at < until)
    for day, count, total in connection.execute(from_channel(query, CARTS, asked)):
        by_day.setdefault(day, Counter()).update(open=count, open_total=int(total))


def is_quiet(asked: Asked) -> ColumnElement[bool]:
    """Return the condition that a cart has not changed for the number of hours set by the site."""
    return CARTS.c.changed_at < asked.now - timedelta(hours=asked.site.abandoned_after)


def _span(ranges: Sequence[Days]) -> Days:
    return Days(min(days.first for days in ranges), max(days.last for days in ranges))


def _in_ranges(by_day: dict[date, Sums], ranges: Sequence[Days]) -> list[Sums]:
    found = []
    for days in ranges:
        sums: Sums = Counter()
        for day, its in by_day.items():
            if days.first <= day <= days.last:
                sums.update(its)
        found.append(sums)
    return found

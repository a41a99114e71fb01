"""The sums that figures are made of, one query each; none of them reads events."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, case, func, select

from analytics.figures.asked import Asked, Days
from analytics.rollups import IS_COUNTED, has_order, live
from analytics.tables import (
    CART_DAYS,
    CARTS,
    CHANNEL,
    CUSTOMERS,
    ORDER_DAYS,
    ORDERS,
    PRODUCT_SALE_DAYS,
    PRODUCT_VISIT_DAYS,
    SEARCHES,
    VISIT_DAYS,
    VISITS,
)

Sums = Counter[str]
"""Sums by name; amounts are in the minor unit of the currency that was asked for."""

Source = Callable[[Connection, Asked, Sequence[Days], datetime | None], list[Sums]]
"""Returns the sums of each range of days, up to a moment within the last day if one is given."""

MOST_VISITOR_DAYS = 92
"""Visitors are counted from single visits, which takes too long beyond."""

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
    """Return what orders, visits and carts add up to."""
    by_day: dict[date, Sums] = {}
    for table, columns in (
        (VISIT_DAYS, VISIT_SUMS),
        (ORDER_DAYS, ORDER_SUMS),
        (CART_DAYS, CART_SUMS),
    ):
        for rollup, conditions in _sources(table, asked, ranges, until):
            sums = {name: func.sum(rollup.c[name]) for name in columns}
            if table is ORDER_DAYS:
                sums |= _of_known_visits(rollup)
            conditions = [*conditions, *in_currency(rollup, asked), *in_channel(rollup, asked)]
            _add(by_day, connection, rollup, sums, conditions)
    _add_open_carts(by_day, connection, asked, ranges)
    for sums_of_day in by_day.values():
        sums_of_day["net"] = (
            sums_of_day["gross"] - sums_of_day["discounts"] - sums_of_day["returned"]
        )
    return _in_ranges(by_day, ranges)


def product_totals(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return what was sold of a product or a category, and the visits that saw it.

    Without a segment, what was sold of all SKUs; the orders of these do not add up.
    """
    by_day: dict[date, Sums] = {}
    segment = asked.segment
    for table, columns in (
        (PRODUCT_VISIT_DAYS, PRODUCT_VISIT_SUMS),
        (PRODUCT_SALE_DAYS, PRODUCT_SALE_SUMS),
    ):
        for rollup, conditions in _sources(table, asked, ranges, until):
            sums = {name: func.sum(rollup.c[name]) for name in columns}
            conditions.append(rollup.c.kind == (segment.kind if segment else "sku"))
            if segment:
                conditions.append(rollup.c.code == segment.value[0])
            conditions += in_currency(rollup, asked)
            _add(by_day, connection, rollup, sums, conditions)
    return _in_ranges(by_day, ranges)


def visitors(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return the visitors of each range; those of single days do not add up."""
    visit = VISITS.c

    def count(days: Days) -> Sums:
        if days.count > MOST_VISITOR_DAYS:
            return Counter()
        conditions = [*between(VISITS, asked, days), *in_channel(VISITS, asked)]
        if until is not None:
            conditions.append(visit.started_at < until)
        query = select(func.count(visit.visitor.distinct())).where(*conditions, visit.visitor != "")
        return Counter(visitors=connection.execute(query).scalar_one())

    return [count(days) for days in ranges]


def customers(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return the customers of each range, with all that they ever bought in the currency."""
    return [_customers(connection, asked, days, until) for days in ranges]


def other_currencies(connection: Connection, asked: Asked) -> dict[str, int]:
    """Return the number of counted orders in other currencies, which the figures leave out."""
    day = ORDER_DAYS.c
    query = (
        select(day.currency, func.sum(day.orders))
        .where(*between(ORDER_DAYS, asked, asked.days), day.currency != asked.currency)
        .group_by(day.currency)
        .having(func.sum(day.orders) > 0)
        .order_by(day.currency)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def searches(
    connection: Connection,
    asked: Asked,
    ranges: Sequence[Days],
    until: datetime | None = None,
) -> list[Sums]:
    """Return the visits of each range that searched, and those that found nothing once."""
    search = SEARCHES.c
    found = []
    for days in ranges:
        conditions = between(SEARCHES, asked, days)
        if until is not None:
            conditions.append(search.searched_at < until)
        visit = search.visit_id
        query = select(
            func.count(visit.distinct()),
            func.count(case((search.found_nothing, visit)).distinct()),
        ).where(*conditions)
        visits, nothing = connection.execute(query).one()
        found.append(Counter(search_visits=visits, no_result_visits=nothing))
    return found


def default_currency(connection: Connection, asked_site: str, own: str, today: date) -> str:
    """Return the site's own currency, else that of most orders in the last 90 days."""
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
    """Return the day of the first order, from which on customers are known."""
    query = select(func.min(ORDER_DAYS.c.day)).where(ORDER_DAYS.c.site == site)
    found: date | None = connection.scalar(query)
    return found


def _sources(
    table: Table, asked: Asked, ranges: Sequence[Days], until: datetime | None
) -> list[tuple[FromClause, list[ColumnElement[bool]]]]:
    """Return the rollup with its days, and the day that counts up to a moment from the facts."""
    span = Days(min(days.first for days in ranges), max(days.last for days in ranges))
    conditions = list(between(table, asked, span))
    if until is None:
        return [(table, conditions)]
    day = live(table, asked.site.site, span.last, until)
    return [(table, [*conditions, table.c.day < span.last]), (day, [])]


def between(table: Table, asked: Asked, days: Days) -> list[ColumnElement[bool]]:
    """Return the conditions on the site and on the day."""
    return [table.c.site == asked.site.site, table.c.day.between(days.first, days.last)]


def in_currency(rollup: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the condition on the currency; orders without amounts have none."""
    return [rollup.c.currency.in_(("", asked.currency))] if "currency" in rollup.c else []


def in_channel(source: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on the levels of the channel that is asked for."""
    if asked.segment is None or asked.segment.kind != "channel":
        return []
    levels = zip(CHANNEL, asked.segment.value, strict=False)
    return [source.c[name] == level for name, level in levels]


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
        # Postgres adds bigint up as numeric.
        by_day.setdefault(day, Counter()).update(dict(zip(sums, map(int, values), strict=True)))


def _add_open_carts(
    by_day: dict[date, Sums], connection: Connection, asked: Asked, ranges: Sequence[Days]
) -> None:
    """Add the carts that are left, but not for long enough to be abandoned."""
    cart = CARTS.c
    span = Days(min(days.first for days in ranges), max(days.last for days in ranges))
    query = (
        select(cart.day, func.count(), func.sum(cart.total))
        .select_from(
            CARTS.outerjoin(
                VISITS, and_(VISITS.c.site == cart.site, VISITS.c.visit_id == cart.visit_id)
            )
        )
        .where(*between(CARTS, asked, span), ~is_quiet(asked), cart.was_filled, ~has_order())
        .where(*in_currency(CARTS, asked), *in_channel(VISITS, asked))
        .group_by(cart.day)
    )
    for day, count, total in connection.execute(query):
        by_day.setdefault(day, Counter()).update(open=count, open_total=int(total))


def is_quiet(asked: Asked) -> ColumnElement[bool]:
    """Return the condition that a cart has not changed for the site's number of hours."""
    return CARTS.c.changed_at < asked.now - timedelta(hours=asked.site.abandoned_after)


def _customers(connection: Connection, asked: Asked, days: Days, until: datetime | None) -> Sums:
    order, customer = ORDERS.c, CUSTOMERS.c
    conditions = [*between(ORDERS, asked, days), IS_COUNTED, order.currency == asked.currency]
    if until is not None:
        conditions.append(order.ordered_at < until)
    buyers = select(order.customer).where(*conditions, order.customer != "").distinct().subquery()
    is_new = customer.first_day.between(days.first, days.last)
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(case((is_new, 1), else_=0)), 0),
            func.coalesce(func.sum(case((customer.orders > 1, 1), else_=0)), 0),
            func.coalesce(func.sum(customer.net), 0),
        )
        .select_from(buyers.join(CUSTOMERS, customer.customer == buyers.c.customer))
        .where(customer.site == asked.site.site, customer.currency == asked.currency)
    )
    values = map(int, connection.execute(query).one())
    names = ("customers", "new_customers", "repeat_customers", "lifetime_net")
    return Counter(dict(zip(names, values, strict=True)))


def _in_ranges(by_day: dict[date, Sums], ranges: Sequence[Days]) -> list[Sums]:
    found = []
    for days in ranges:
        sums: Sums = Counter()
        for day, its in by_day.items():
            if days.first <= day <= days.last:
                sums.update(its)
        found.append(sums)
    return found

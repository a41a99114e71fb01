"""Visitors, customers and searches, whose counts do not add up over days."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from analytics.queries.asked import Asked, Days
from analytics.queries.totals import Sums, between, in_channel
from analytics.rollup_tables import CUSTOMER_DAYS
from analytics.rollups.sums import IS_COUNTED, count_if, sum_if
from analytics.tables import CUSTOMERS, ORDERS, SEARCHES, VISITS

MOST_VISITOR_DAYS = 92
"""The most days for counting visitors, since counting them from single visits is slow."""


def visitors(
    connection: Connection, asked: Asked, ranges: Sequence[Days], until: datetime | None = None
) -> list[Sums]:
    """Return the visitors of each range; the counts of single days do not add up."""
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
    """Return the customers of each range, with everything they ever bought in the currency."""
    last = max(days.last for days in ranges)
    return [
        _customers(connection, asked, days, until if days.last == last else None) for days in ranges
    ]


def searches(
    connection: Connection,
    asked: Asked,
    ranges: Sequence[Days],
    until: datetime | None = None,
) -> list[Sums]:
    """Return the visits with a search in each range, and those with a search without result."""
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


def _customers(connection: Connection, asked: Asked, days: Days, until: datetime | None) -> Sums:
    """Return the customers of whole days, and those of a last day up to a moment."""
    day = CUSTOMER_DAYS.c
    whole = days if until is None else Days(days.first, days.last - timedelta(days=1))
    is_new = and_(day.is_first, day.since >= days.first)
    sums = (
        func.sum(day.buyers),
        sum_if(is_new, day.buyers),
        func.sum(day.buyers - day.once),
        func.sum(day.net),
    )
    query = (
        select(*(func.coalesce(each, 0) for each in sums))
        .where(*between(CUSTOMER_DAYS, asked, whole), day.currency == asked.currency)
        .where(or_(day.is_first, day.since < days.first))
    )
    found = _named(connection, query)
    if until is not None:
        found.update(_named(connection, _late_customers(asked, days, until)))
    return found


def _late_customers(asked: Asked, days: Days, until: datetime) -> Select[Any]:
    """Return the customers who bought for the first time in these days on the last, before then."""
    order, customer = ORDERS.c, CUSTOMERS.c
    earlier, in_other = ORDERS.alias().c, CUSTOMERS.alias().c
    buyers = (
        select(order.customer)
        .where(*between(ORDERS, asked, Days(days.last, days.last)), order.ordered_at < until)
        .where(IS_COUNTED, order.currency == asked.currency, order.customer != "")
        .distinct()
        .subquery()
    )
    has_earlier = (
        select(earlier.site)
        .where(earlier.site == customer.site, earlier.customer == customer.customer)
        .where(earlier.status == "accepted", earlier.currency == asked.currency)
        .where(earlier.day >= days.first, earlier.day < days.last)
        .correlate(CUSTOMERS)
        .exists()
    )
    has_other = (
        select(in_other.site)
        .where(in_other.site == customer.site, in_other.customer == customer.customer)
        .where(in_other.currency != customer.currency)
        .correlate(CUSTOMERS)
        .exists()
    )
    return (
        select(
            func.count(),
            count_if(customer.first_day >= days.first),
            count_if(or_(customer.orders > 1, has_other)),
            func.coalesce(func.sum(customer.net), 0),
        )
        .select_from(buyers.join(CUSTOMERS, customer.customer == buyers.c.customer))
        .where(customer.site == asked.site.site, customer.currency == asked.currency, ~has_earlier)
    )


def _named(connection: Connection, query: Select[Any]) -> Sums:
    names = ("customers", "new_customers", "repeat_customers", "lifetime_net")
    return Counter(dict(zip(names, map(int, connection.execute(query).one()), strict=True)))

"""Visitors, customers and searches, whose counts do not add up over days."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select

from analytics.queries.asked import Asked, Days
from analytics.queries.totals import Sums, between, in_channel
from analytics.rollups.sums import IS_COUNTED
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
    return [_customers(connection, asked, days, until) for days in ranges]


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
    order, customer = ORDERS.c, CUSTOMERS.c
    conditions = [*between(ORDERS, asked, days), IS_COUNTED, order.currency == asked.currency]
    if until is not None:
        conditions.append(order.ordered_at < until)
    buyers = select(order.customer).where(*conditions, order.customer != "").distinct().subquery()
    is_new = customer.first_day.between(days.first, days.last)
    in_other = CUSTOMERS.alias().c
    has_other = (
        select(in_other.site)
        .where(in_other.site == customer.site, in_other.customer == customer.customer)
        .where(in_other.currency != customer.currency)
        .correlate(CUSTOMERS)
        .exists()
    )
    is_repeated = or_(customer.orders > 1, has_other)
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(case((is_new, 1), else_=0)), 0),
            func.coalesce(func.sum(case((is_repeated, 1), else_=0)), 0),
            func.coalesce(func.sum(customer.net), 0),
        )
        .select_from(buyers.join(CUSTOMERS, customer.customer == buyers.c.customer))
        .where(customer.site == asked.site.site, customer.currency == asked.currency)
    )
    values = map(int, connection.execute(query).one())
    names = ("customers", "new_customers", "repeat_customers", "lifetime_net")
    return Counter(dict(zip(names, values, strict=True)))

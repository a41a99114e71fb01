"""Search terms, and the visits that searched for them."""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, case, func, select

from analytics.queries.asked import Asked
from analytics.queries.totals import Sums, between
from analytics.rollups.sums import IS_COUNTED
from analytics.tables import ORDERS, SEARCHES


def top_searches(
    connection: Connection, asked: Asked, limit: int, terms: Collection[str]
) -> list[tuple[str, str, Sums]]:
    """Return the most frequent search terms, each as its own key and name.

    If terms are given, only these are returned.
    """
    search = SEARCHES.c
    conditions = between(SEARCHES, asked, asked.days)
    if terms:
        conditions.append(search.term.in_(terms))
    query = (
        select(search.term, func.count(), func.sum(case((search.found_nothing, 1), else_=0)))
        .where(*conditions)
        .group_by(search.term)
        .order_by(func.count().desc(), search.term)
        .limit(limit)
    )
    top = connection.execute(query).all()
    converted = _converted_searches(connection, asked, [term for term, *_ in top])
    return [
        (
            term,
            term,
            Counter(
                search_visits=visits,
                visits=visits,
                no_result_visits=int(nothing),
                converted=converted.get(term, 0),
            ),
        )
        for term, visits, nothing in top
    ]


def _converted_searches(
    connection: Connection, asked: Asked, terms: Sequence[str]
) -> dict[str, int]:
    """Return the number of visits that searched for a term and led to a counted order, by term."""
    search, order = SEARCHES.c, ORDERS.c
    is_converted = (
        select(order.site)
        .where(order.site == search.site, order.visit_id == search.visit_id, IS_COUNTED)
        .exists()
    )
    query = (
        select(search.term, func.count().label("visits"))
        .where(*between(SEARCHES, asked, asked.days), search.term.in_(terms), is_converted)
        .group_by(search.term)
    )
    return {row.term: row.visits for row in connection.execute(query)}

"""Search terms, and the visits that searched for them."""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import Connection, func, select

from analytics.queries.asked import Asked
from analytics.queries.totals import Sums, between
from analytics.tables import SEARCH_DAYS


def top_searches(
    connection: Connection, asked: Asked, limit: int, terms: Collection[str]
) -> list[tuple[str, str, Sums]]:
    """Return the most frequent search terms, each as its own key and name.

    If terms are given, only these are returned.
    """
    search = SEARCH_DAYS.c
    conditions = between(SEARCH_DAYS, asked, asked.days)
    if terms:
        conditions.append(search.term.in_(terms))
    visits, in_vain, converted = (
        func.sum(column) for column in (search.visits, search.in_vain, search.converted)
    )
    query = (
        select(search.term, visits, in_vain, converted)
        .where(*conditions)
        .group_by(search.term)
        .order_by(visits.desc(), search.term)
        .limit(limit)
    )
    names = ("search_visits", "no_result_visits", "converted")
    return [
        (
            term,
            term,
            Counter(dict(zip(names, map(int, sums), strict=True)) | {"visits": int(sums[0])}),
        )
        for term, *sums in connection.execute(query)
    ]

"""Search terms, and the visits that searched for them."""

from collections.abc import Collection

from sqlalchemy import Connection

from analytics.queries.asked import Asked
from analytics.queries.grouped import Top, sums_by
from analytics.queries.totals import Sums
from analytics.rollup_tables import SEARCH_DAYS


def top_searches(
    connection: Connection, asked: Asked, limit: int, terms: Collection[str]
) -> list[tuple[str, str, Sums]]:
    """Return the most frequent search terms, each as its own key and name.

    If terms are given, only these are returned.
    """
    found = sums_by(
        connection,
        asked,
        SEARCH_DAYS,
        "term",
        ("visits", "in_vain", "converted"),
        lambda source: [source.c.term.in_(terms)] if terms else [],
        Top("visits", limit),
    )
    for sums in found.values():
        sums["search_visits"], sums["no_result_visits"] = sums["visits"], sums.pop("in_vain")
    return [(term, term, sums) for term, sums in found.items()]

"""Figures of visits: how many there were, and which steps they reached."""

from analytics.figures.figure import (
    EACH,
    SEARCHES,
    VISITORS,
    WHOLE,
    Figure,
    Unit,
    divided,
    ratio,
    sum_of,
)
from analytics.queries.asked import Asked
from analytics.queries.people import MOST_VISITOR_DAYS
from analytics.queries.totals import Sums


def _of_visitors(sums: Sums, _: Asked) -> int | None:
    return sums.get("visitors")  # none in a range that is too long


VISITS: dict[str, Figure] = {
    "visits": Figure(
        "Visits",
        "Visits to the shop's pages: 30 minutes without a page end one. Of a product or category, "
        "visits that saw its page. Visitors who ask not to be tracked are not included.",
        Unit.COUNT,
        sum_of("visits"),
        EACH,
        "up",
    ),
    "visitors": Figure(
        "Visitors",
        "Different browsers in the whole period, so days do not add up; known for up to "
        f"{MOST_VISITOR_DAYS} days.",
        Unit.COUNT,
        _of_visitors,
        VISITORS,
        "up",
    ),
    "conversion": Figure(
        "Conversion rate",
        "Visits that led to a counted order, in any currency, as a share of all visits. Of a "
        "product or category, as a share of the visits that saw its page.",
        Unit.RATE,
        ratio("converted", "visits"),
        EACH,
        "up",
    ),
    "revenue_per_visit": Figure(
        "Revenue per visit",
        "Revenue of orders placed in a known visit, divided by visits.",
        Unit.MONEY,
        ratio("visit_revenue", "visits"),
        WHOLE,
        "up",
    ),
    "orders_without_visit": Figure(
        "Orders without a visit",
        "Counted orders whose visit is not known, such as orders by telephone; they do not "
        "count for conversion and revenue per visit.",
        Unit.COUNT,
        lambda sums, _: sums["orders"] - sums["visit_orders"],
        WHOLE,
    ),
    "bounce_rate": Figure(
        "Bounce rate",
        "Visits that saw a single page and did nothing else, as a share of all visits.",
        Unit.RATE,
        lambda sums, _: divided(sums["visits"] - sums["interested"], sums["visits"]),
        WHOLE,
        "down",
    ),
    "interested_visits": Figure(
        "Interested",
        "Visits that saw a second page, or got further.",
        Unit.COUNT,
        sum_of("interested"),
        WHOLE,
        "up",
    ),
    "engaged_visits": Figure(
        "Engaged",
        "Visits that looked at a product, or got further.",
        Unit.COUNT,
        sum_of("engaged"),
        WHOLE,
        "up",
    ),
    "cart_visits": Figure(
        "Ready to buy",
        "Visits that put an item in the cart or saw the cart or the checkout, or got further. Of "
        "a product or category, visits that saw its page and put it in the cart.",
        Unit.COUNT,
        sum_of("carted"),
        EACH,
        "up",
    ),
    "converted_visits": Figure(
        "Customers",
        "Visits that led to a counted order. Of a product or category, visits that saw its page "
        "and bought it.",
        Unit.COUNT,
        sum_of("converted"),
        EACH,
        "up",
    ),
    "search_visits": Figure(
        "Visits with a search",
        "Visits that searched the shop.",
        Unit.COUNT,
        sum_of("search_visits"),
        SEARCHES,
    ),
    "no_result_visits": Figure(
        "Searches without result",
        "Visits with a search that found nothing.",
        Unit.COUNT,
        sum_of("no_result_visits"),
        SEARCHES,
        "down",
    ),
}
"""Figures of visits."""

"""Figures of carts, and of abandoned ones."""

from analytics.figures.figure import WHOLE, Figure, Unit, divided, sum_of
from analytics.queries.asked import Asked
from analytics.queries.totals import Sums


def _abandoned(sums: Sums, _: Asked) -> int:
    return sums["left"] - sums["open"]


def _abandoned_revenue(sums: Sums, _: Asked) -> int:
    return sums["left_total"] - sums["open_total"]


CARTS: dict[str, Figure] = {
    "carts": Figure(
        "Carts",
        "Carts that ever had an item, on the day they were started.",
        Unit.COUNT,
        sum_of("carts"),
        WHOLE,
        "up",
    ),
    "open_carts": Figure(
        "Open carts",
        "Carts without an order that are not abandoned yet.",
        Unit.COUNT,
        sum_of("open"),
        WHOLE,
    ),
    "abandoned_carts": Figure(
        "Abandoned carts",
        "Carts without an order that have not changed for 24 hours, or as long as the shop says. "
        "A cart whose order was cancelled is not abandoned.",
        Unit.COUNT,
        _abandoned,
        WHOLE,
        "down",
    ),
    "abandon_rate": Figure(
        "Abandon rate",
        "Abandoned carts as a share of all carts started in the period.",
        Unit.RATE,
        lambda sums, asked: divided(_abandoned(sums, asked), sums["carts"]),
        WHOLE,
        "down",
    ),
    "abandoned_revenue": Figure(
        "Abandoned revenue",
        "Sum of the totals of abandoned carts.",
        Unit.MONEY,
        _abandoned_revenue,
        WHOLE,
        "down",
    ),
    "average_abandoned_cart": Figure(
        "Average abandoned cart",
        "Abandoned revenue divided by abandoned carts.",
        Unit.MONEY,
        lambda sums, asked: divided(_abandoned_revenue(sums, asked), _abandoned(sums, asked)),
        WHOLE,
    ),
}
"""Figures of carts."""

"""Every figure of pages, summaries and documentation, and how to measure them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from analytics.figures.carts import CARTS
from analytics.figures.customers import CUSTOMERS
from analytics.figures.figure import Figure, Value, value_of
from analytics.figures.sales import SALES
from analytics.figures.visits import VISITS
from analytics.queries.asked import Asked, AskedError, Days
from analytics.queries.totals import Source, Sums

SECTIONS: Mapping[str, Mapping[str, Figure]] = {
    "Sales": SALES,
    "Visits": VISITS,
    "Carts": CARTS,
    "Customers": CUSTOMERS,
}
"""The figures by what they count."""

FIGURES: dict[str, Figure] = {**SALES, **VISITS, **CARTS, **CUSTOMERS}
"""Each number by its name in URLs and JSON."""

CARDS = (
    *("revenue", "orders", "visits", "conversion"),
    *("average_order", "revenue_per_visit", "abandon_rate"),
)
"""The figures of the overview."""

CATALOG_CARDS = (
    *("net_sales", "units", "orders", "visits"),
    *("cart_visits", "converted_visits", "conversion"),
)
"""The figures of the overview of a product or category."""

FUNNEL = ("visits", "interested_visits", "engaged_visits", "cart_visits", "converted_visits")
"""The steps of the purchase funnel: each includes all later ones."""

CATALOG_FUNNEL = ("visits", "cart_visits", "converted_visits")
"""The steps from the page of a product or category to its order."""

STATEMENT = (
    *("gross_sales", "discounts", "tax", "shipping", "fees", "other", "revenue"),
    *("orders", "cancelled_orders", "cancelled_revenue", "waiting_orders"),
)
"""The columns of the sales table: gross − discounts + tax + shipping + fees + other = revenue."""


@dataclass(frozen=True)
class Measured:
    """The values of a figure for the requested and the compared days."""

    value: Value
    before: Value = None
    series: tuple[tuple[Days, Value], ...] = ()
    series_before: tuple[tuple[Days, Value], ...] = ()


def measure(
    connection: Connection, asked: Asked, names: Collection[str], *, series: bool = False
) -> dict[str, Measured]:
    """Return the figures with these names; raise AskedError if one cannot have the segment.

    With `series`, include the values of each interval. Sums shared by figures are read once.
    """
    now = _values(connection, asked, names, series=series)
    compared = asked.compared()
    if compared is None:
        return {name: Measured(value, None, rest) for name, (value, rest) in now.items()}
    before = _values(connection, compared, names, series=series)
    return {
        name: Measured(value, before[name][0], rest, before[name][1])
        for name, (value, rest) in now.items()
    }


_Valued = tuple[Value, tuple[tuple[Days, Value], ...]]


def _values(
    connection: Connection,
    asked: Asked,
    names: Collection[str],
    *,
    series: bool,
) -> dict[str, _Valued]:
    ranges = [asked.days, *(asked.intervals() if series else ())]
    kind = asked.segment.kind if asked.segment else ""
    sums_of: dict[Source, list[Sums]] = {}
    found: dict[str, _Valued] = {}
    for name in names:
        figure = FIGURES[name]
        source = figure.sources.get(kind)
        if source is None:
            raise AskedError(kind, f"{figure.title} cannot be split by {kind}.")
        if source not in sums_of:
            sums_of[source] = source(connection, asked, ranges, asked.until)
        total, *rest = (value_of(figure, sums, asked) for sums in sums_of[source])
        found[name] = total, tuple(zip(ranges[1:], rest, strict=True))
    return found

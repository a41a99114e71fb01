"""Every number that pages, summaries and documentation show, with its meaning."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from sqlalchemy import Connection

from analytics.figures.asked import Asked, AskedError, Days
from analytics.figures.queries import (
    MOST_VISITOR_DAYS,
    Source,
    Sums,
    customers,
    product_totals,
    searches,
    totals,
    visitors,
)
from analytics.money import COST_DIGITS, digits, major

Value = int | Decimal | None
"""A count, an amount or a rate; None if it cannot be known, as a rate of nothing."""

_RATE_DIGITS = 6


class Unit(Enum):
    """What a figure counts."""

    COUNT = "count"
    MONEY = "money"
    RATE = "rate"


@dataclass(frozen=True)
class Figure:
    """A number: its name, its definition in one sentence, and how it is made of sums."""

    title: str
    sentence: str
    unit: Unit
    value: Callable[[Sums, Asked], int | Fraction | None]
    """Of a range; amounts in the minor unit of the currency."""
    sources: Mapping[str, Source]
    """Where the sums come from, by the kind of segment; "" without one."""
    better: str = ""
    """Whether "up" or "down" is good, "" for neither."""


@dataclass(frozen=True)
class Measured:
    """A figure of the days asked for and of those they are compared with."""

    value: Value
    before: Value = None
    series: tuple[tuple[Days, Value], ...] = ()
    series_before: tuple[tuple[Days, Value], ...] = ()


def _sum(name: str) -> Callable[[Sums, Asked], int]:
    return lambda sums, _: sums[name]


def _ratio(part: str, whole: str) -> Callable[[Sums, Asked], Fraction | None]:
    return lambda sums, _: _divided(sums[part], sums[whole])


def _divided(part: int | Fraction, whole: int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


def _other(sums: Sums, _: Asked) -> int:
    named = sums["gross"] - sums["discounts"] + sums["tax"] + sums["shipping"] + sums["fees"]
    return sums["revenue"] - named


def _abandoned(sums: Sums, _: Asked) -> int:
    return sums["left"] - sums["open"]


def _abandoned_revenue(sums: Sums, _: Asked) -> int:
    return sums["left_total"] - sums["open_total"]


def _margin(sums: Sums, asked: Asked) -> Fraction | None:
    """Return net sales less cost where costs are known; they are in the site's own currency."""
    if not sums["costed_net"] or asked.currency != asked.site.currency:
        return None
    scale = Fraction(10) ** (digits(asked.currency) - COST_DIGITS)
    return sums["costed_net"] - sums["cost"] * scale


def _margin_rate(sums: Sums, asked: Asked) -> Fraction | None:
    margin = _margin(sums, asked)
    return None if margin is None else _divided(margin, sums["costed_net"])


def _of_visitors(sums: Sums, _: Asked) -> int | None:
    return sums.get("visitors")  # none in a range that is too long


_WHOLE: Mapping[str, Source] = {"": totals, "channel": totals}
_EACH: Mapping[str, Source] = {**_WHOLE, "product": product_totals, "category": product_totals}
_COSTED: Mapping[str, Source] = dict.fromkeys(("", "product", "category"), product_totals)
_VISITORS: Mapping[str, Source] = {"": visitors, "channel": visitors}
_CUSTOMERS: Mapping[str, Source] = {"": customers}
_SEARCHES: Mapping[str, Source] = {"": searches}

FIGURES: dict[str, Figure] = {
    "revenue": Figure(
        "Revenue",
        "Sum of the totals of counted orders: with tax, shipping and fees, after discounts. "
        "Cancelled orders are not in it.",
        Unit.MONEY,
        _sum("revenue"),
        _WHOLE,
        "up",
    ),
    "net_sales": Figure(
        "Net sales",
        "Counted orders before tax, shipping and fees: gross sales less discounts and less items "
        "cancelled within an order. Of a product or category, discounts on whole orders are not "
        "taken off.",
        Unit.MONEY,
        _sum("net"),
        _EACH,
        "up",
    ),
    "gross_sales": Figure(
        "Gross sales",
        "Subtotals of counted orders, before discounts, tax, shipping and fees.",
        Unit.MONEY,
        _sum("gross"),
        _WHOLE,
        "up",
    ),
    "discounts": Figure(
        "Discounts",
        "Promotions, coupons and other reductions of counted orders.",
        Unit.MONEY,
        _sum("discounts"),
        _WHOLE,
    ),
    "returned": Figure(
        "Cancelled items",
        "Items cancelled within counted orders, at price times quantity.",
        Unit.MONEY,
        _sum("returned"),
        _WHOLE,
    ),
    "tax": Figure("Tax", "Tax of counted orders.", Unit.MONEY, _sum("tax"), _WHOLE),
    "shipping": Figure(
        "Shipping", "Shipping charged in counted orders.", Unit.MONEY, _sum("shipping"), _WHOLE
    ),
    "fees": Figure(
        "Fees",
        "What the way of payment cost the customers of counted orders.",
        Unit.MONEY,
        _sum("fees"),
        _WHOLE,
    ),
    "other": Figure(
        "Other",
        "What the totals of counted orders hold beside these, as gift wrapping; below zero where "
        "the tax is already in the prices.",
        Unit.MONEY,
        _other,
        _WHOLE,
    ),
    "orders": Figure(
        "Orders",
        "Counted orders: accepted, and not cancelled since. They count on the day they were "
        "placed.",
        Unit.COUNT,
        _sum("orders"),
        _EACH,
        "up",
    ),
    "units": Figure(
        "Units",
        "Pieces sold in counted orders, without cancelled items.",
        Unit.COUNT,
        _sum("units"),
        _EACH,
        "up",
    ),
    "waiting_orders": Figure(
        "Waiting orders",
        "Orders placed but not yet accepted, whose amounts are unknown; in any currency.",
        Unit.COUNT,
        _sum("waiting"),
        _WHOLE,
    ),
    "cancelled_orders": Figure(
        "Cancelled orders",
        "Orders placed in the period and cancelled since; those never accepted count in any "
        "currency.",
        Unit.COUNT,
        _sum("cancelled"),
        _WHOLE,
    ),
    "cancelled_revenue": Figure(
        "Cancelled revenue",
        "Sum of the totals of cancelled orders, on the day they were placed.",
        Unit.MONEY,
        _sum("cancelled_revenue"),
        _WHOLE,
    ),
    "average_order": Figure(
        "Average order",
        "Revenue divided by orders, so with tax and shipping.",
        Unit.MONEY,
        _ratio("revenue", "orders"),
        _WHOLE,
        "up",
    ),
    "visits": Figure(
        "Visits",
        "Visits to the shop's pages: 30 minutes without a page end one. Of a product or category, "
        "visits that saw its page. Visitors who ask not to be tracked are not in it.",
        Unit.COUNT,
        _sum("visits"),
        _EACH,
        "up",
    ),
    "visitors": Figure(
        "Visitors",
        "Different browsers in the whole period, so days do not add up; known for up to "
        f"{MOST_VISITOR_DAYS} days.",
        Unit.COUNT,
        _of_visitors,
        _VISITORS,
        "up",
    ),
    "conversion": Figure(
        "Conversion rate",
        "Visits that led to a counted order, in any currency, of all visits. Of a product or "
        "category, of the visits that saw its page.",
        Unit.RATE,
        _ratio("converted", "visits"),
        _EACH,
        "up",
    ),
    "revenue_per_visit": Figure(
        "Revenue per visit",
        "Revenue of orders placed in a known visit, divided by visits.",
        Unit.MONEY,
        _ratio("visit_revenue", "visits"),
        _WHOLE,
        "up",
    ),
    "orders_without_visit": Figure(
        "Orders without a visit",
        "Counted orders whose visit is not known, as those by telephone; they are not in "
        "conversion and revenue per visit.",
        Unit.COUNT,
        lambda sums, _: sums["orders"] - sums["visit_orders"],
        _WHOLE,
    ),
    "bounce_rate": Figure(
        "Bounce rate",
        "Visits that saw a single page and did nothing else, of all visits.",
        Unit.RATE,
        lambda sums, _: _divided(sums["visits"] - sums["interested"], sums["visits"]),
        _WHOLE,
        "down",
    ),
    "interested_visits": Figure(
        "Interested",
        "Visits that saw a second page, or came further.",
        Unit.COUNT,
        _sum("interested"),
        _WHOLE,
        "up",
    ),
    "engaged_visits": Figure(
        "Engaged",
        "Visits that looked at a product, or came further.",
        Unit.COUNT,
        _sum("engaged"),
        _WHOLE,
        "up",
    ),
    "cart_visits": Figure(
        "Ready to buy",
        "Visits that put an item in the cart or saw the cart or the checkout, or came further. Of "
        "a product or category, visits that saw its page and put it in the cart.",
        Unit.COUNT,
        _sum("carted"),
        _EACH,
        "up",
    ),
    "converted_visits": Figure(
        "Customers",
        "Visits that led to a counted order. Of a product or category, visits that saw its page "
        "and bought it.",
        Unit.COUNT,
        _sum("converted"),
        _EACH,
        "up",
    ),
    "carts": Figure(
        "Carts",
        "Carts that ever held an item, on the day they were started.",
        Unit.COUNT,
        _sum("carts"),
        _WHOLE,
        "up",
    ),
    "open_carts": Figure(
        "Open carts",
        "Carts without an order that changed within the shop's hours of abandonment.",
        Unit.COUNT,
        _sum("open"),
        _WHOLE,
    ),
    "abandoned_carts": Figure(
        "Abandoned carts",
        "Carts without an order that have not changed for 24 hours, or as long as the shop says. "
        "A cart whose order was cancelled is not abandoned.",
        Unit.COUNT,
        _abandoned,
        _WHOLE,
        "down",
    ),
    "abandon_rate": Figure(
        "Abandon rate",
        "Abandoned carts of all carts started in the period.",
        Unit.RATE,
        lambda sums, asked: _divided(_abandoned(sums, asked), sums["carts"]),
        _WHOLE,
        "down",
    ),
    "abandoned_revenue": Figure(
        "Abandoned revenue",
        "Sum of the totals of abandoned carts.",
        Unit.MONEY,
        _abandoned_revenue,
        _WHOLE,
        "down",
    ),
    "average_abandoned_cart": Figure(
        "Average abandoned cart",
        "Abandoned revenue divided by abandoned carts.",
        Unit.MONEY,
        lambda sums, asked: _divided(_abandoned_revenue(sums, asked), _abandoned(sums, asked)),
        _WHOLE,
    ),
    "customers": Figure(
        "Customers with an order",
        "Different buyers of counted orders in the whole period, by e-mail address, so days do "
        "not add up.",
        Unit.COUNT,
        _sum("customers"),
        _CUSTOMERS,
        "up",
    ),
    "new_customers": Figure(
        "New customers",
        "Customers whose first counted order ever lies in the period.",
        Unit.COUNT,
        _sum("new_customers"),
        _CUSTOMERS,
        "up",
    ),
    "returning_customers": Figure(
        "Returning customers",
        "Customers with an order in the period who had bought before it.",
        Unit.COUNT,
        lambda sums, _: sums["customers"] - sums["new_customers"],
        _CUSTOMERS,
        "up",
    ),
    "repeat_rate": Figure(
        "Repeat rate",
        "Customers with two or more counted orders ever, of the customers with an order in the "
        "period.",
        Unit.RATE,
        _ratio("repeat_customers", "customers"),
        _CUSTOMERS,
        "up",
    ),
    "lifetime_value": Figure(
        "Customer lifetime value",
        "Net sales ever of the customers with an order in the period, divided by these customers.",
        Unit.MONEY,
        _ratio("lifetime_net", "customers"),
        _CUSTOMERS,
        "up",
    ),
    "search_visits": Figure(
        "Visits with a search",
        "Visits that searched the shop.",
        Unit.COUNT,
        _sum("search_visits"),
        _SEARCHES,
    ),
    "no_result_visits": Figure(
        "Searches without result",
        "Visits with a search that found nothing.",
        Unit.COUNT,
        _sum("no_result_visits"),
        _SEARCHES,
        "down",
    ),
    "margin": Figure(
        "Margin",
        "Net sales of items whose cost is known, less that cost on the day of the order; in the "
        "shop's own currency. Discounts on whole orders are not taken off.",
        Unit.MONEY,
        _margin,
        _COSTED,
        "up",
    ),
    "margin_rate": Figure(
        "Margin rate",
        "Margin of the net sales of items whose cost is known.",
        Unit.RATE,
        _margin_rate,
        _COSTED,
        "up",
    ),
}
"""Each number by its name in URLs and JSON."""

CARDS = (
    *("revenue", "orders", "visits", "conversion"),
    *("average_order", "revenue_per_visit", "abandon_rate"),
)
"""The figures of the overview."""

FUNNEL = ("visits", "interested_visits", "engaged_visits", "cart_visits", "converted_visits")
"""The steps of the purchase funnel: each includes all later ones."""

SALES = (
    *("gross_sales", "discounts", "tax", "shipping", "fees", "other", "revenue"),
    *("orders", "cancelled_orders", "cancelled_revenue", "waiting_orders"),
)
"""The columns of the sales table: gross − discounts + tax + shipping + fees + other = revenue."""


def measure(
    connection: Connection, asked: Asked, names: Collection[str], *, series: bool = False
) -> dict[str, Measured]:
    """Return the figures with the given names; raise AskedError if one has no such segment.

    With `series`, also of each interval. Figures made of the same sums are read once.
    """
    now = _values(connection, asked, names, None, series=series)
    compared = asked.compared()
    if compared is None:
        return {name: Measured(value, None, rest) for name, (value, rest) in now.items()}
    before = _values(connection, compared, names, asked.cut, series=series)
    return {
        name: Measured(value, before[name][0], rest, before[name][1])
        for name, (value, rest) in now.items()
    }


def value_of(figure: Figure, sums: Sums, asked: Asked) -> Value:
    """Return a figure of some sums: counts as they are, amounts in units of the currency."""
    value = figure.value(sums, asked)
    if value is None or figure.unit is Unit.COUNT:
        return None if value is None else int(value)
    if figure.unit is Unit.MONEY:
        return major(value, digits(asked.currency))
    return major(value * 10**_RATE_DIGITS, _RATE_DIGITS)


def change(figure: Figure, value: Value, before: Value) -> Decimal | None:
    """Return the change: in points for a rate, else as a share of before; None without one."""
    if value is None or before is None:
        return None
    if figure.unit is Unit.RATE:
        return Decimal(value) - Decimal(before)
    return (Decimal(value) - before) / abs(Decimal(before)) if before else None


_Valued = tuple[Value, tuple[tuple[Days, Value], ...]]


def _values(
    connection: Connection,
    asked: Asked,
    names: Collection[str],
    cut: datetime | None,
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
            sums_of[source] = source(connection, asked, ranges, cut)
        total, *rest = (value_of(figure, sums, asked) for sums in sums_of[source])
        found[name] = total, tuple(zip(ranges[1:], rest, strict=True))
    return found

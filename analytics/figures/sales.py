"""Figures of orders: revenue and its parts."""

from fractions import Fraction

from analytics.figures.figure import COSTED, EACH, WHOLE, Figure, Unit, divided, ratio, sum_of
from analytics.money import COST_DIGITS, digits
from analytics.queries.asked import Asked
from analytics.queries.totals import Sums


def _other(sums: Sums, _: Asked) -> int:
    named = sums["gross"] - sums["discounts"] + sums["tax"] + sums["shipping"] + sums["fees"]
    return sums["revenue"] - named


def _margin(sums: Sums, asked: Asked) -> Fraction | None:
    """Return net sales less cost if costs are known, which are in the site's own currency."""
    if not sums["costed_net"] or asked.currency != asked.site.currency:
        return None
    scale = Fraction(10) ** (digits(asked.currency) - COST_DIGITS)
    return sums["costed_net"] - sums["cost"] * scale


def _margin_rate(sums: Sums, asked: Asked) -> Fraction | None:
    margin = _margin(sums, asked)
    return None if margin is None else divided(margin, sums["costed_net"])


SALES: dict[str, Figure] = {
    "revenue": Figure(
        "Revenue",
        "Sum of the totals of counted orders: with tax, shipping and fees, after discounts. "
        "Cancelled orders are not included.",
        Unit.MONEY,
        sum_of("revenue"),
        WHOLE,
        "up",
    ),
    "net_sales": Figure(
        "Net sales",
        "Counted orders before tax, shipping and fees: gross sales less discounts and less items "
        "cancelled within an order. Of a product or category, discounts on whole orders are not "
        "taken off.",
        Unit.MONEY,
        sum_of("net"),
        EACH,
        "up",
    ),
    "gross_sales": Figure(
        "Gross sales",
        "Subtotals of counted orders, before discounts, tax, shipping and fees.",
        Unit.MONEY,
        sum_of("gross"),
        WHOLE,
        "up",
    ),
    "discounts": Figure(
        "Discounts",
        "Promotions, coupons and other reductions of counted orders.",
        Unit.MONEY,
        sum_of("discounts"),
        WHOLE,
    ),
    "returned": Figure(
        "Cancelled items",
        "Items cancelled within counted orders, at price times quantity.",
        Unit.MONEY,
        sum_of("returned"),
        WHOLE,
    ),
    "tax": Figure("Tax", "Tax of counted orders.", Unit.MONEY, sum_of("tax"), WHOLE),
    "shipping": Figure(
        "Shipping", "Shipping charged in counted orders.", Unit.MONEY, sum_of("shipping"), WHOLE
    ),
    "fees": Figure(
        "Fees",
        "Fees that customers paid for the payment method, in counted orders.",
        Unit.MONEY,
        sum_of("fees"),
        WHOLE,
    ),
    "other": Figure(
        "Other",
        "The rest of the totals of counted orders, such as gift wrapping; below zero if prices "
        "include the tax.",
        Unit.MONEY,
        _other,
        WHOLE,
    ),
    "orders": Figure(
        "Orders",
        "Counted orders: accepted, and not cancelled since. They count on the day they were "
        "placed.",
        Unit.COUNT,
        sum_of("orders"),
        EACH,
        "up",
    ),
    "units": Figure(
        "Units",
        "Pieces sold in counted orders, without cancelled items.",
        Unit.COUNT,
        sum_of("units"),
        EACH,
        "up",
    ),
    "waiting_orders": Figure(
        "Waiting orders",
        "Orders placed but not yet accepted, whose amounts are unknown; in any currency.",
        Unit.COUNT,
        sum_of("waiting"),
        WHOLE,
    ),
    "cancelled_orders": Figure(
        "Cancelled orders",
        "Orders placed in the period and cancelled since; those never accepted count in any "
        "currency.",
        Unit.COUNT,
        sum_of("cancelled"),
        WHOLE,
    ),
    "cancelled_revenue": Figure(
        "Cancelled revenue",
        "Sum of the totals of cancelled orders, on the day they were placed.",
        Unit.MONEY,
        sum_of("cancelled_revenue"),
        WHOLE,
    ),
    "average_order": Figure(
        "Average order",
        "Revenue divided by orders, including tax and shipping.",
        Unit.MONEY,
        ratio("revenue", "orders"),
        WHOLE,
        "up",
    ),
    "margin": Figure(
        "Margin",
        "Net sales of items whose cost is known, less that cost on the day of the order; in the "
        "shop's own currency. Discounts on whole orders are not taken off.",
        Unit.MONEY,
        _margin,
        COSTED,
        "up",
    ),
    "margin_rate": Figure(
        "Margin rate",
        "Margin as a share of the net sales of items whose cost is known.",
        Unit.RATE,
        _margin_rate,
        COSTED,
        "up",
    ),
}
"""Figures of orders."""

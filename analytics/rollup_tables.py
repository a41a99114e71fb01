"""The tables with the sums of the facts, per day and per month."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Date, String, Table

from analytics.tables import CHANNEL, LABEL, amounts, clustered, key


def _day_key(*names: str) -> list[Column[Any]]:
    return [Column("day", Date, primary_key=True), *key(*names)]


VISIT_DAYS = clustered(
    "visit_days",
    ["site"],
    *_day_key(*CHANNEL),
    *amounts("visits", "interested", "engaged", "carted", "converted"),
)
ORDER_DAYS = clustered(
    "order_days",
    ["site"],
    *_day_key("currency", *CHANNEL),
    *amounts("orders", "gross", "discounts", "tax", "shipping", "fees", "revenue", "returned"),
    *amounts("units", "waiting", "cancelled", "cancelled_revenue"),
)
CART_DAYS = clustered(
    "cart_days",
    ["site"],
    *_day_key("currency", *CHANNEL),
    *amounts("carts", "left", "left_total"),  # left: no order came of them
)
CHANGE_DAYS = clustered(
    "change_days",
    ["site"],
    *_day_key("currency", *CHANNEL),
    *amounts("sales", "edits", "cancellations"),  # of revenue, on the day they happened
)


def _day_and_month(
    name: str, its_key: Callable[[], Sequence[Column[Any]]], *sums: str
) -> tuple[Table, Table]:
    """Return a rollup per day, and the same per month, whose `month` is its first day."""
    days, months = (
        clustered(
            f"{name}_{period}s",
            ["site"],
            Column(period, Date, primary_key=True),
            *its_key(),
            *amounts(*sums),
        )
        for period in ("day", "month")
    )
    return days, months


PRODUCT_VISIT_DAYS, PRODUCT_VISIT_MONTHS = _day_and_month(
    "product_visit", lambda: key("kind", "code"), "visits", "carted", "converted"
)
SEARCH_DAYS, SEARCH_MONTHS = _day_and_month(
    "search",
    lambda: [Column("term", String(LABEL), primary_key=True)],
    *("visits", "in_vain", "converted"),
)
PRODUCT_SALE_DAYS, PRODUCT_SALE_MONTHS = _day_and_month(
    "product_sale",
    lambda: key("currency", "kind", "code"),  # kind: product, sku, category, or all, without code
    *("orders", "units", "net", "costed_net", "cost"),
)
CUSTOMER_DAYS = clustered(
    "customer_days",
    ["site", "currency"],
    Column("day", Date, primary_key=True),
    Column("is_first", Boolean, primary_key=True),  # their first day in the currency
    Column("since", Date, primary_key=True),  # their day before it; of a first: in any currency
    *amounts("buyers", "once", "net"),  # once: with one order ever; net: of all time
)

"""Fold names and costs of products, SKUs and categories."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from analytics.facts.products import Named, cost_of
from analytics.facts.rows import as_date, load, write
from analytics.facts.values import Reader, Row
from analytics.feed import FeedEvent
from analytics.money import AmountError
from analytics.tables import COSTS, PRODUCTS
from database.statements import Keyed

# With CROSS JOIN, SQLite begins with the items.
_SOLD = Keyed("""
    SELECT DISTINCT i.sku, o.day FROM analytics_order_items i
    CROSS JOIN analytics_orders o
    WHERE o.site = i.site AND o.order_number = i.order_number
    AND i.site = :site AND i.sku = ANY(:keys)
""")
_ORDERED = Keyed("""
    SELECT DISTINCT o.day FROM analytics_order_items i
    CROSS JOIN analytics_orders o
    WHERE o.site = i.site AND o.order_number = i.order_number
    AND i.site = :site AND i.product = ANY(:keys) AND substr(i.product, 1, 3) = 'id:'
""")
_VISITED = Keyed("""
    SELECT DISTINCT v.day FROM analytics_visit_products p
    CROSS JOIN analytics_visits v
    WHERE v.site = p.site AND v.visit_id = p.visit_id
    AND p.site = :site AND p.code = ANY(:keys) AND substr(p.code, 1, 3) = 'id:'
""")

Skip = Callable[[FeedEvent, AmountError], None]
"""Called for an event that cannot be counted."""


def fold_names(connection: Connection, site: str, names: Iterable[tuple[Named, str]]) -> set[date]:
    """Store the names that are newer than the known ones; each comes with its version.

    Return the days with facts of products that were known only by their ids until now.
    """
    newest = _newest(names)
    codes = {code for _, code in newest}
    known = {
        (row["kind"], row["code"]): row for row in load(connection, PRODUCTS, site, "code", codes)
    }
    newer: list[Row] = []
    learned: set[str] = set()
    for key, (own, name, product) in newest.items():
        before, (kind, code) = known.get(key), key
        if before and (own, name) <= (before["version"], before["name"]):
            continue
        new = {"kind": kind, "code": code, "product": product, "name": name, "version": own}
        newer.append({"site": site, **new})
        is_product = ("product", code) in newest or ("product", code) in known
        if kind == "id" and is_product and not (before and before["product"] == product):
            learned.add(code)
    write(connection, PRODUCTS, newer)
    return _days_of_products(connection, site, learned)


def _newest(names: Iterable[tuple[Named, str]]) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return the newest version and name of each kind and code, and what it belongs to."""
    newest: dict[tuple[str, str], tuple[str, str, str]] = {}
    for (kind, code, name, product), own in names:
        if code and name:
            other = newest.get((kind, code))
            if other is None or (own, name) > other[:2]:
                newest[kind, code] = own, name, product
    return newest


def fold_costs(
    connection: Connection, events: Sequence[FeedEvent], read: Reader, skip: Skip
) -> set[date]:
    """Store the costs that are newer than the known ones; return the days whose margin changes."""
    costs: list[Row] = []
    for event in events:
        try:
            if cost := cost_of(event, read):
                costs.append(cost)
        except AmountError as error:
            skip(event, error)
    skus = {cost["sku"] for cost in costs}
    rows = load(connection, COSTS, read.site.site, "sku", skus)
    newest = {(row["sku"], row["day"]): row for row in rows}
    newer: dict[tuple[str, date], Row] = {}
    for cost in costs:
        key = cost["sku"], cost["day"]
        if key not in newest or cost["version"] > newest[key]["version"]:
            newest[key] = newer[key] = cost
    write(connection, COSTS, newer.values())
    since: dict[str, date] = {}
    for sku, day in sorted(newer):
        since.setdefault(sku, day)
    return _days_that_sold(connection, read.site.site, since)


def _days_of_products(connection: Connection, site: str, codes: set[str]) -> set[date]:
    """Return the days on which orders or carts have products with these ids."""
    found: Iterable[tuple[Any, ...]] = ()
    if codes:
        orders, visits = (one(connection, site, codes) for one in (_ORDERED, _VISITED))
        found = [*orders, *visits]
    return {as_date(day) for (day,) in found}


def _days_that_sold(connection: Connection, site: str, since: Mapping[str, date]) -> set[date]:
    """Return the days with orders of the SKUs, of each from a day on."""
    sold = _SOLD(connection, site, since) if since else ()
    days = ((sku, as_date(day)) for sku, day in sold)
    return {day for sku, day in days if day >= since[sku]}

"""A day's sales and views of products, summed up from the facts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import Exists

from analytics.rollups.sums import IS_COUNTED, count_if, of_days, sum_if
from analytics.tables import (
    COSTS,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    VISIT_PRODUCTS,
    VISITS,
)


def product_visit_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return the visits that saw a product or category, and what else they did with it."""
    seen, visit = VISIT_PRODUCTS.c, VISITS.c
    converted = _bought_in_visit()
    keys = [visit.site, visit.day, seen.kind, seen.code]
    query = (
        select(*keys, func.count(), count_if(or_(seen.was_carted, converted)), count_if(converted))
        .select_from(
            VISITS.join(
                VISIT_PRODUCTS,
                and_(seen.site == visit.site, seen.visit_id == visit.visit_id),
            )
        )
        .where(seen.was_seen)
        .group_by(*keys)
    )
    return of_days(query, VISITS, visit.started_at, site, days, until)


def product_sale_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return what was sold of each product, SKU and category: items that are not cancelled."""
    order, sold = ORDERS.c, _sold_items(site, days)
    keys = [order.site, order.day, order.currency, sold.c.kind, sold.c.code]
    unit_cost = _unit_cost(sold.c.sku)
    query = (
        select(
            *keys,
            func.count(order.order_number.distinct()),
            func.sum(sold.c.quantity),
            func.sum(sold.c.net),
            sum_if(unit_cost.is_not(None), sold.c.net),
            func.coalesce(func.sum(sold.c.quantity * unit_cost), 0),
        )
        .select_from(ORDERS.join(sold, sold.c.order_number == order.order_number))
        .where(IS_COUNTED)
        .group_by(*keys)
    )
    return of_days(query, ORDERS, order.ordered_at, site, days, until)


def _bought_in_visit() -> Exists:
    """Return the condition that a counted order of the visit holds what was seen."""
    order, item, seen = ORDERS.c, ORDER_ITEMS.c, VISIT_PRODUCTS.c
    category = ORDER_ITEM_CATEGORIES.c
    is_in_category = (
        select(category.site)
        .where(category.site == item.site, category.order_number == item.order_number)
        .where(category.line == item.line, category.category == seen.code)
        .exists()
    )
    is_it = case(
        (seen.kind == "category", is_in_category),
        else_=or_(item.product == seen.code, item.sku == seen.code),
    )
    return (
        select(item.site)
        .select_from(
            ORDERS.join(
                ORDER_ITEMS,
                and_(item.site == order.site, item.order_number == order.order_number),
            )
        )
        .where(order.site == seen.site, order.visit_id == seen.visit_id, IS_COUNTED)
        .where(~item.is_cancelled, is_it)
        .correlate(VISITS, VISIT_PRODUCTS)
        .exists()
    )


def _sold_items(site: str, days: Sequence[date]) -> Any:
    """Return the items of some days, once for each product, SKU and category they count under."""
    order, item, category = ORDERS.c, ORDER_ITEMS.c, ORDER_ITEM_CATEGORIES.c
    of_order = ORDERS.join(
        ORDER_ITEMS, and_(item.site == order.site, item.order_number == order.order_number)
    )
    of_category = of_order.join(
        ORDER_ITEM_CATEGORIES,
        and_(
            category.site == item.site,
            category.order_number == item.order_number,
            category.line == item.line,
        ),
    )
    sources = (
        ("product", item.product, of_order),
        ("sku", item.sku, of_order),
        ("category", category.category, of_category),
    )
    return union_all(
        *(
            select(
                item.order_number,
                item.sku,
                item.quantity,
                item.net,
                literal(kind).label("kind"),
                code.label("code"),
            )
            .select_from(source)
            .where(order.site == site, order.day.in_(days), ~item.is_cancelled)
            for kind, code, source in sources
        )
    ).subquery()


def _unit_cost(sku: ColumnElement[str]) -> Any:
    """Return the cost of a SKU on the day of the order."""
    return (
        select(COSTS.c.cost)
        .where(COSTS.c.site == ORDERS.c.site, COSTS.c.sku == sku, COSTS.c.day <= ORDERS.c.day)
        .order_by(COSTS.c.day.desc())
        .limit(1)
        .correlate_except(COSTS)
        .scalar_subquery()
    )

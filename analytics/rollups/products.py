"""Sum a day's sales and views of products from the facts.

SQLite has no statistics, so each join repeats its keys in an IN, which makes SQLite start from the
requested days.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import Exists

from analytics.rollups.sums import IS_COUNTED, count_if, of_days, sum_if
from analytics.tables import (
    COSTS,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    PRODUCTS,
    VISIT_PRODUCTS,
    VISITS,
)


def product_visit_sums(
    site: str, days: Sequence[date], until: datetime | None, kind: str = ""
) -> Select[Any]:
    """Return the visits that saw a product or category, put it in the cart, or bought it.

    With a kind, return those of products or of categories.
    """
    seen, visit = VISIT_PRODUCTS.c, VISITS.c
    converted = and_(visit.has_order, _bought_in_visit())
    keys = [visit.site, visit.day, seen.kind, seen.code]
    same_visit = and_(seen.site == visit.site, seen.visit_id == visit.visit_id)
    query = (
        select(*keys, func.count(), count_if(or_(_was_carted(), converted)), count_if(converted))
        .select_from(VISITS.join(VISIT_PRODUCTS, same_visit))
        .where(seen.was_seen, _is_of_days(VISIT_PRODUCTS, VISITS, site, days, until))
        .group_by(*keys)
    )
    if kind:
        query = query.where(seen.kind == kind)
    return of_days(query, VISITS, visit.started_at, site, days, until)


def product_sale_sums(
    site: str, days: Sequence[date], until: datetime | None, kind: str = ""
) -> Select[Any]:
    """Return the sales of each product, SKU and category, and of all, without cancelled items.

    With a kind, return its rows only.
    """
    item, category = ORDER_ITEMS.c, ORDER_ITEM_CATEGORIES.c
    of_order = ORDERS.join(ORDER_ITEMS, _same_order(ORDERS, ORDER_ITEMS))
    same_line = and_(_same_order(ORDER_ITEMS, ORDER_ITEM_CATEGORIES), category.line == item.line)
    sources: dict[str, tuple[ColumnElement[str], FromClause]] = {
        "product": (_product_of_item(), of_order),
        "sku": (item.sku, of_order),
        "category": (category.category, of_order.join(ORDER_ITEM_CATEGORIES, same_line)),
        "all": (literal(""), of_order),
    }
    sold = {
        name: _sold(name, code, source, site, days, until).where(
            _is_of_days(ORDER_ITEMS, ORDERS, site, days, until)
        )
        for name, (code, source) in sources.items()
    }
    return sold[kind] if kind else select(*union_all(*sold.values()).subquery().c)


def _sold(
    kind: str,
    code: ColumnElement[str],
    source: FromClause,
    site: str,
    days: Sequence[date],
    until: datetime | None,
) -> Select[Any]:
    order, item = ORDERS.c, ORDER_ITEMS.c
    unit_cost = _unit_cost()
    keys = [order.site, order.day, order.currency]
    query = (
        select(
            *keys,
            literal(kind).label("kind"),
            code.label("code"),
            func.count(order.order_number.distinct()).label("orders"),
            func.sum(item.quantity).label("units"),
            func.sum(item.net).label("net"),
            sum_if(unit_cost.is_not(None), item.net).label("costed_net"),
            func.coalesce(func.sum(item.quantity * unit_cost), 0).label("cost"),
        )
        .select_from(source)
        .where(IS_COUNTED, ~item.is_cancelled)
        .group_by(*keys, code)
    )
    return of_days(query, ORDERS, order.ordered_at, site, days, until)


_DATED = {VISITS: ("visit_id", "started_at"), ORDERS: ("order_number", "ordered_at")}
"""The key and the moment of the facts that have a day."""


def _is_of_days(
    table: Table, dated: Table, site: str, days: Sequence[date], until: datetime | None
) -> ColumnElement[bool]:
    key, moment = _DATED[dated]
    other = dated.alias()
    keys = of_days(select(other.c[key]), other, other.c[moment], site, days, until)
    return table.c[key].in_(keys)


def _same_order(first: Table, second: Table) -> ColumnElement[bool]:
    same_site = first.c.site == second.c.site
    return and_(same_site, first.c.order_number == second.c.order_number)


def _bought_in_visit() -> Exists:
    """Return the condition that a counted order of the visit contains what was seen."""
    order, item, seen = ORDERS.c, ORDER_ITEMS.c, VISIT_PRODUCTS.c
    category = ORDER_ITEM_CATEGORIES.c
    is_in_category = (
        select(category.site)
        .where(_same_order(ORDER_ITEMS, ORDER_ITEM_CATEGORIES))
        .where(category.line == item.line, category.category == seen.code)
        .correlate(ORDER_ITEMS, VISIT_PRODUCTS)
        .exists()
    )
    is_it = case(
        (seen.kind == "category", is_in_category),
        else_=or_(_product_of_item() == seen.code, item.sku == seen.code),
    )
    of_visit = (
        select(order.order_number)
        .where(order.site == seen.site, order.visit_id == seen.visit_id, IS_COUNTED)
        .correlate(VISIT_PRODUCTS)
    )
    return (
        select(item.site)
        .where(item.site == seen.site, item.order_number.in_(of_visit))
        .where(~item.is_cancelled, is_it)
        .correlate(VISIT_PRODUCTS)
        .exists()
    )


def _product_of_item() -> ColumnElement[str]:
    """Return the code of the item's product, even if the order only has its id."""
    known, item = PRODUCTS.c, ORDER_ITEMS.c
    code = (
        select(known.product)
        .where(known.site == item.site, known.kind == "id", known.code == item.product)
        .correlate(ORDER_ITEMS)
        .scalar_subquery()
    )
    return func.coalesce(code, item.product)


def _was_carted() -> ColumnElement[bool]:
    """Return the condition that the visit put it in a cart, even if the cart only has its id."""
    known, seen = PRODUCTS.c, VISIT_PRODUCTS.c
    carted = VISIT_PRODUCTS.alias().c
    by_id = (
        select(carted.site)
        .join(PRODUCTS, and_(known.site == carted.site, known.code == carted.code))
        .where(carted.site == seen.site, carted.visit_id == seen.visit_id, carted.was_carted)
        .where(carted.kind == "product", known.kind == "id", known.product == seen.code)
        .correlate(VISIT_PRODUCTS)
        .exists()
    )
    return or_(seen.was_carted, and_(seen.kind == "product", by_id))


def _unit_cost() -> Any:
    """Return the cost of the item's SKU on the day of the order."""
    cost = COSTS.c
    return (
        select(cost.cost)
        .where(cost.site == ORDERS.c.site, cost.sku == ORDER_ITEMS.c.sku, cost.day <= ORDERS.c.day)
        .order_by(cost.day.desc())
        .limit(1)
        .correlate(ORDERS, ORDER_ITEMS)
        .scalar_subquery()
    )

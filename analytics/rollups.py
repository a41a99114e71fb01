"""Daily rollups: each day's sums, made anew from the facts whenever one of them changed."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import Exists

from analytics.tables import (
    CART_DAYS,
    CARTS,
    CHANNEL,
    COSTS,
    ORDER_DAYS,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    PRODUCT_SALE_DAYS,
    PRODUCT_VISIT_DAYS,
    VISIT_DAYS,
    VISIT_PRODUCTS,
    VISITS,
)

IS_COUNTED = ORDERS.c.status == "accepted"
"""The one condition on orders that count: accepted, and not cancelled since."""

Sums = Callable[[str, Sequence[date], datetime | None], Select[Any]]
"""Sums of the facts of some days, up to a moment if one is given."""


def restate(connection: Connection, site: str, days: Sequence[date]) -> None:
    """Replace the sums of the days: what is gone from the facts is gone from the sums, too."""
    for table, sums in ROLLUPS.items():
        connection.execute(delete(table).where(table.c.site == site, table.c.day.in_(days)))
        names = [column.name for column in table.c]
        connection.execute(insert(table).from_select(names, sums(site, days, None)))


def live(table: Table, site: str, day: date, until: datetime) -> Subquery:
    """Return a rollup's rows of one day as they were at a moment, with the rollup's columns."""
    query = ROLLUPS[table](site, [day], until)
    named = zip(query.selected_columns, table.c, strict=True)
    return query.with_only_columns(*(sums.label(its.name) for sums, its in named)).subquery()


def visit_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return visits by channel, and how far they came: each step includes all later ones."""
    visit = VISITS.c
    converted = _exists_for_visit(ORDERS, IS_COUNTED)
    carted = or_(visit.saw_cart, _exists_for_visit(CARTS, CARTS.c.was_filled), converted)
    engaged = or_(visit.saw_product, carted)
    interested = or_(visit.has_pages, engaged)
    keys = [visit.site, visit.day, *(visit[name] for name in CHANNEL)]
    steps = [_count(step) for step in (interested, engaged, carted, converted)]
    query = select(*keys, func.count(), *steps).group_by(*keys)
    return _of_days(query, VISITS, VISITS.c.started_at, site, days, until)


def order_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return the sums of orders by currency and by the channel of the visit they were placed in."""
    order = ORDERS.c
    is_cancelled = order.status == "cancelled"
    keys = [order.site, order.day, order.currency, *_channel_of_visit()]
    counted = (order.gross, order.discounts, order.tax, order.shipping, order.fees, order.total)
    query = (
        select(
            *keys,
            _count(IS_COUNTED),
            *(_sum(IS_COUNTED, amount) for amount in (*counted, order.returned, order.units)),
            _count(order.status == "placed"),
            _count(is_cancelled),
            _sum(is_cancelled, order.total),
        )
        .select_from(ORDERS.outerjoin(VISITS, _same_visit(ORDERS)))
        .group_by(*keys)
    )
    moment = func.coalesce(order.ordered_at, order.cancelled_at)
    return _of_days(query, ORDERS, moment, site, days, until)


def cart_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return carts that ever held an item, and those of which no order came."""
    cart = CARTS.c
    is_left = ~has_order()
    keys = [cart.site, cart.day, cart.currency, *_channel_of_visit()]
    query = (
        select(*keys, func.count(), _count(is_left), _sum(is_left, cart.total))
        .select_from(CARTS.outerjoin(VISITS, _same_visit(CARTS)))
        .where(cart.was_filled)
        .group_by(*keys)
    )
    return _of_days(query, CARTS, cart.created_at, site, days, until)


def product_visit_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return the visits that saw a product or category, and what else they did with it."""
    seen, visit = VISIT_PRODUCTS.c, VISITS.c
    converted = _bought_in_visit()
    keys = [visit.site, visit.day, seen.kind, seen.code]
    query = (
        select(*keys, func.count(), _count(or_(seen.was_carted, converted)), _count(converted))
        .select_from(
            VISITS.join(
                VISIT_PRODUCTS,
                and_(seen.site == visit.site, seen.visit_id == visit.visit_id),
            )
        )
        .where(seen.was_seen)
        .group_by(*keys)
    )
    return _of_days(query, VISITS, visit.started_at, site, days, until)


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
            _sum(unit_cost.is_not(None), sold.c.net),
            func.coalesce(func.sum(sold.c.quantity * unit_cost), 0),
        )
        .select_from(ORDERS.join(sold, sold.c.order_number == order.order_number))
        .where(IS_COUNTED)
        .group_by(*keys)
    )
    return _of_days(query, ORDERS, order.ordered_at, site, days, until)


def has_order() -> Exists:
    """Return the condition that an order came of a cart, whatever became of that order."""
    order = ORDERS.c
    return (
        select(order.site)
        .where(order.site == CARTS.c.site, order.cart_id == CARTS.c.cart_id)
        .correlate(CARTS)
        .exists()
    )


ROLLUPS: dict[Table, Sums] = {
    VISIT_DAYS: visit_sums,
    ORDER_DAYS: order_sums,
    CART_DAYS: cart_sums,
    PRODUCT_VISIT_DAYS: product_visit_sums,
    PRODUCT_SALE_DAYS: product_sale_sums,
}
"""Each rollup with what it is made of: columns in the order of the table's."""


def _of_days(
    query: Select[Any],
    table: Table,
    moment: ColumnElement[Any],
    site: str,
    days: Sequence[date],
    until: datetime | None,
) -> Select[Any]:
    query = query.where(table.c.site == site, table.c.day.in_(days))
    return query if until is None else query.where(moment < until)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _sum(condition: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)


def _channel_of_visit() -> list[ColumnElement[str]]:
    """Return the channel of the joined visit, all of it "" if there is none."""
    return [func.coalesce(VISITS.c[name], "") for name in CHANNEL]


def _same_visit(table: Table) -> ColumnElement[bool]:
    return and_(VISITS.c.site == table.c.site, VISITS.c.visit_id == table.c.visit_id)


def _exists_for_visit(table: Table, condition: ColumnElement[bool]) -> Exists:
    return select(table.c.site).where(_same_visit(table), condition).correlate(VISITS).exists()


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

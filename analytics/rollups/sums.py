"""Sum a day's visits, orders and carts from the facts."""

from collections.abc import Callable, Sequence
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
    or_,
    select,
)

from analytics.tables import CARTS, CHANNEL, ORDERS, SEARCHES, VISITS

IS_COUNTED = ORDERS.c.status == "accepted"
"""The condition for counted orders: accepted, and not cancelled since."""

Sums = Callable[[str, Sequence[date], datetime | None], Select[Any]]
"""Returns a query for sums of the facts of some days, up to a moment if one is given."""


def visit_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return visits by channel and by the steps they reached; each step includes later ones."""
    visit = VISITS.c
    carted = or_(visit.saw_cart, visit.has_cart, visit.has_order)
    engaged = or_(visit.saw_product, carted)
    interested = or_(visit.has_pages, engaged)
    keys = [visit.site, visit.day, *(visit[name] for name in CHANNEL)]
    steps = [count_if(step) for step in (interested, engaged, carted, visit.has_order)]
    query = select(*keys, func.count(), *steps).group_by(*keys)
    return of_days(query, VISITS, VISITS.c.started_at, site, days, until)


def order_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return the sums of orders by currency and by the channel of the visit they were placed in."""
    order = ORDERS.c
    is_cancelled = order.status == "cancelled"
    keys = [order.site, order.day, order.currency, *channel_of_visit()]
    counted = (order.gross, order.discounts, order.tax, order.shipping, order.fees, order.total)
    query = (
        select(
            *keys,
            count_if(IS_COUNTED),
            *(sum_if(IS_COUNTED, amount) for amount in (*counted, order.returned, order.units)),
            count_if(order.status == "placed"),
            count_if(is_cancelled),
            sum_if(is_cancelled, order.total),
        )
        .select_from(ORDERS.outerjoin(VISITS, same_visit(ORDERS)))
        .group_by(*keys)
    )
    moment = func.coalesce(order.ordered_at, order.cancelled_at)
    return of_days(query, ORDERS, moment, site, days, until)


def cart_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return carts that ever had an item, and those that did not become orders."""
    cart = CARTS.c
    is_left = ~cart.has_order
    keys = [cart.site, cart.day, cart.currency, *channel_of_visit()]
    query = (
        select(*keys, func.count(), count_if(is_left), sum_if(is_left, cart.total))
        .select_from(CARTS.outerjoin(VISITS, same_visit(CARTS)))
        .where(cart.was_filled)
        .group_by(*keys)
    )
    return of_days(query, CARTS, cart.created_at, site, days, until)


def search_sums(site: str, days: Sequence[date], until: datetime | None) -> Select[Any]:
    """Return the visits that searched for each term, found nothing, and led to an order."""
    search = SEARCHES.c
    keys = [search.site, search.day, search.term]
    sums = func.count(), count_if(search.found_nothing), count_if(VISITS.c.has_order)
    searched = SEARCHES.outerjoin(VISITS, same_visit(SEARCHES))
    query = select(*keys, *sums).select_from(searched).group_by(*keys)
    return of_days(query, SEARCHES, search.searched_at, site, days, until)


def of_days(
    query: Select[Any],
    table: FromClause,
    moment: ColumnElement[Any],
    site: str,
    days: Sequence[date],
    until: datetime | None,
) -> Select[Any]:
    """Return the query for some days of a site, up to a moment if one is given."""
    query = query.where(table.c.site == site, table.c.day.in_(days))
    return query if until is None else query.where(moment < until)


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the number of rows that meet a condition."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def sum_if(condition: ColumnElement[bool], amount: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of an amount over the rows that meet a condition."""
    return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)


def channel_of_visit() -> list[ColumnElement[str]]:
    """Return the columns of the joined visit's channel, "" if there is no visit."""
    return [func.coalesce(VISITS.c[name], "") for name in CHANNEL]


def same_visit(table: Table) -> ColumnElement[bool]:
    """Return the condition that joins facts to their visit."""
    return and_(VISITS.c.site == table.c.site, VISITS.c.visit_id == table.c.visit_id)

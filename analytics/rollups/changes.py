"""Sum the changes of orders: sales, edits and cancellations on the days on which they happened."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, Subquery, and_, case, func, select

from analytics.rollups.sums import channel_of_visit, same_visit
from analytics.tables import CHANNEL, ORDER_CHANGES, ORDERS, VISITS


def change_sums(site: str, days: Sequence[date]) -> Select[Any]:
    """Return the changes of revenue by currency and by the channel of the order's visit.

    The first worth of an order is a sale, also after a cancellation; later changes are edits.
    """
    row = _changes(site, days).c
    change = row.worth - func.coalesce(row.worth_before, 0)
    is_sale = func.coalesce(row.worth_before, 0) == 0
    kinds = (
        and_(row.status != "cancelled", is_sale),
        and_(row.status != "cancelled", ~is_sale),
        row.status == "cancelled",
    )
    keys = [row.site, row.day, row.currency, *(row[name] for name in CHANNEL)]
    sums = (func.sum(case((kind, change), else_=0)) for kind in kinds)
    return select(*keys, *sums).where(row.day.in_(days)).group_by(*keys)


_KEYS = ("site", "day", "currency", *CHANNEL, "status")


def _changes(site: str, days: Sequence[date]) -> Subquery:
    """Return each state of the changed orders, with its worth and the worth before."""
    state = _states(site, days).c
    is_cancelled = state.cancelled_in > func.coalesce(state.active_in, 0)
    worth = case((is_cancelled, 0), else_=state.total).label("worth")
    keys = [state[name] for name in _KEYS]
    row = select(*keys, state.number, state.place, worth).subquery().c
    before = func.lag(row.worth).over(partition_by=row.number, order_by=row.place)
    return select(
        *(row[name] for name in _KEYS), row.worth, before.label("worth_before")
    ).subquery()


def _states(site: str, days: Sequence[date]) -> Subquery:
    """Return the states in their order, each with the places of the last cancellation and sale."""
    row = _placed(site, days).c

    def last(condition: Any) -> Any:
        place = case((condition, row.place))
        return func.max(place).over(partition_by=row.number, order_by=row.place, rows=(None, 0))

    is_active = and_(row.status == "accepted", row.is_active)
    return select(
        *(row[name] for name in _KEYS),
        row.number,
        row.place,
        row.total,
        last(row.status == "cancelled").label("cancelled_in"),
        last(is_active).label("active_in"),
    ).subquery()


def _placed(site: str, days: Sequence[date]) -> Subquery:
    """Return all accepted and cancelled states of the orders that changed on these days."""
    change, order = ORDER_CHANGES.c, ORDERS.c
    changed = select(change.order_number).where(change.site == site, change.day.in_(days))
    place = func.row_number().over(
        partition_by=change.order_number, order_by=(change.changed_at, change.seq)
    )
    same_order = and_(order.site == change.site, order.order_number == change.order_number)
    return (
        select(
            change.site,
            change.day,
            order.currency,
            *(own.label(name) for name, own in zip(CHANNEL, channel_of_visit(), strict=True)),
            change.status,
            change.order_number.label("number"),
            place.label("place"),
            change.total,
            change.is_active,
        )
        .select_from(ORDER_CHANGES.join(ORDERS, same_order).outerjoin(VISITS, same_visit(ORDERS)))
        .where(change.site == site, change.order_number.in_(changed), change.status != "placed")
        .subquery()
    )

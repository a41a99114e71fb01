"""The ledger: sales, edits and cancellations on the days on which they happened."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, and_, case, func, select

from analytics.money import digits, major
from analytics.queries.asked import Asked
from analytics.queries.totals import between, from_channel
from analytics.tables import ORDER_CHANGES, ORDERS


class LedgerDay(NamedTuple):
    """A day's changes of revenue; cancellations are negative, edits may be."""

    day: date
    sales: Decimal
    edits: Decimal
    cancellations: Decimal


def ledger(connection: Connection, asked: Asked) -> list[LedgerDay]:
    """Return the changes of revenue by the day on which they happened.

    Figures restate the day of the order, but days of the ledger never change. Over all time, both
    add up to the same revenue.
    """
    row = _changes(asked).c
    change = row.worth - func.coalesce(row.worth_before, 0)
    is_sale = func.coalesce(row.worth_before, 0) == 0
    kinds = (
        and_(row.status != "cancelled", is_sale),
        and_(row.status != "cancelled", ~is_sale),
        row.status == "cancelled",
    )
    query = (
        select(row.day, *(func.sum(case((kind, change), else_=0)) for kind in kinds))
        .where(row.day.between(asked.days.first, asked.days.last))
        .group_by(row.day)
        .order_by(row.day)
    )
    places = digits(asked.currency)
    return [
        LedgerDay(day, *(major(int(amount), places) for amount in amounts))
        for day, *amounts in connection.execute(query)
    ]


def _changes(asked: Asked) -> Subquery:
    """Return each state of the changed orders, with its value and the value before."""
    state = _states(asked).c
    is_cancelled = state.cancelled_in > func.coalesce(state.active_in, 0)
    worth = case((is_cancelled, 0), else_=state.total)
    valued = select(state.number, state.place, state.day, state.status, worth.label("worth"))
    row = valued.subquery().c
    before = func.lag(row.worth).over(partition_by=row.number, order_by=row.place)
    return select(row.day, row.status, row.worth, before.label("worth_before")).subquery()


def _states(asked: Asked) -> Subquery:
    """Return the states in their order, each with the places of the last cancellation and sale."""
    row = _placed(asked).c

    def last(condition: Any) -> Any:
        place = case((condition, row.place))
        return func.max(place).over(partition_by=row.number, order_by=row.place, rows=(None, 0))

    is_active = and_(row.status == "accepted", row.is_active)
    return select(
        row.number,
        row.place,
        row.day,
        row.status,
        row.total,
        last(row.status == "cancelled").label("cancelled_in"),
        last(is_active).label("active_in"),
    ).subquery()


def _placed(asked: Asked) -> Subquery:
    change, order = ORDER_CHANGES.c, ORDERS.c
    changed = select(change.order_number).where(*between(ORDER_CHANGES, asked, asked.days))
    place = func.row_number().over(
        partition_by=change.order_number, order_by=(change.changed_at, change.seq)
    )
    query = (
        select(
            change.order_number.label("number"),
            place.label("place"),
            change.day,
            change.status,
            change.total,
            change.is_active,
        )
        .join(ORDERS, and_(order.site == change.site, order.order_number == change.order_number))
        .where(change.site == asked.site.site, order.currency == asked.currency)
        .where(change.order_number.in_(changed), change.status != "placed")
    )
    return from_channel(query, ORDERS, asked).subquery()

"""Count customers, and the days on which they bought, while their orders change.

A day's customers are counted by the day on which they bought before. So the customers of any days
are those of each day who had not bought before it within these days, and each
counts once.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from analytics.facts.rows import among, remove
from analytics.tables import CUSTOMER_DAYS, CUSTOMERS, ORDERS

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_SUMS = ("buyers", "once", "net")


@contextmanager
def recounting(connection: Connection, site: str, customers: Collection[str]) -> Iterator[None]:
    """Count customers again after the block, in which only their orders may change.

    Their days are taken out of the sums before the block and added to them after it. Rows that end
    up without buyers stay, since they change no sum.
    """
    theirs = ORDERS.c.site == site, among(connection, ORDERS.c.customer, customers)
    if customers:
        _add_days(connection, theirs, -1)
    yield
    if customers:
        remove(connection, CUSTOMERS, site, "customer", customers)
        _add_customers(connection, theirs)
        _add_days(connection, theirs, 1)


def recount_all(connection: Connection, site: str) -> None:
    """Count all customers of a site from their orders."""
    for table in (CUSTOMERS, CUSTOMER_DAYS):
        connection.execute(delete(table).where(table.c.site == site))
    every = ORDERS.c.site == site, ORDERS.c.customer != ""
    _add_customers(connection, every)
    _add_days(connection, every, 1)


def _add_customers(connection: Connection, theirs: Collection[ColumnElement[bool]]) -> None:
    order = ORDERS.c
    buyer = [order.site, order.customer]
    first_day = func.min(func.min(order.day)).over(partition_by=buyer)
    query = (
        select(*buyer, order.currency, first_day, func.count(), func.sum(order.net))
        .where(*theirs, order.status == "accepted")
        .group_by(*buyer, order.currency)
    )
    connection.execute(insert(CUSTOMERS).from_select([c.name for c in CUSTOMERS.c], query))


def _add_days(connection: Connection, theirs: Collection[ColumnElement[bool]], sign: int) -> None:
    rows = _INSERTS[connection.dialect.name](CUSTOMER_DAYS).from_select(
        [column.name for column in CUSTOMER_DAYS.c], _days(theirs, sign)
    )
    added = {name: CUSTOMER_DAYS.c[name] + rows.excluded[name] for name in _SUMS}
    key = list(CUSTOMER_DAYS.primary_key)
    connection.execute(rows.on_conflict_do_update(index_elements=key, set_=added))


def _days(theirs: Collection[ColumnElement[bool]], sign: int) -> Select[Any]:
    """Return the rows of the days on which these customers bought, with sums times the sign."""
    order = ORDERS.c
    bought = [order.site, order.customer, order.currency, order.day]
    orders, net = func.count().label("orders"), func.sum(order.net).label("net")
    counted = select(*bought, orders, net).where(*theirs, order.status == "accepted")
    day = counted.group_by(*bought).subquery().c
    buyer = [day.site, day.customer]
    before = func.lag(day.day).over(partition_by=[*buyer, day.currency], order_by=day.day)
    first_day = func.min(day.day).over(partition_by=buyer)
    is_once = func.sum(day.orders).over(partition_by=buyer) == 1
    one = select(
        *(day.site, day.currency, day.day),
        before.is_(None).label("is_first"),
        func.coalesce(before, first_day).label("since"),
        case((is_once, 1), else_=0).label("once"),
        func.sum(day.net).over(partition_by=[*buyer, day.currency]).label("net"),
    ).subquery()
    key = [one.c[column.name] for column in CUSTOMER_DAYS.primary_key]
    sums = (func.count(), func.sum(one.c.once), func.sum(one.c.net))
    return select(*key, *(each * sign for each in sums)).group_by(*key)

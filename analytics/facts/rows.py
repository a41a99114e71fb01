"""Reads and writes fact rows by their keys."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Insert, Table, case, delete, func, insert, or_, select

from analytics.facts.values import Row
from analytics.tables import (
    CARTS,
    COSTS,
    CUSTOMERS,
    DIRTY_DAYS,
    ORDER_CHANGES,
    ORDERS,
    PRODUCTS,
    SEARCHES,
    VISIT_PRODUCTS,
    VISITS,
)
from database.upsert import Upsert

_AT_ONCE = 500
"""Keys in one statement."""


def _replace(table: Table) -> Upsert:
    """Write whole rows over those with the same key."""

    def build(insert: Any) -> Insert:
        statement = insert(table)
        others = [column.name for column in table.c if not column.primary_key]
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: statement.excluded[name] for name in others},
        )
        built: Insert = statement
        return built

    return Upsert(build)


def _merge_visit_products(insert: Any) -> Insert:
    statement = insert(VISIT_PRODUCTS)
    flags = ("was_seen", "was_carted")
    statement = statement.on_conflict_do_update(
        index_elements=list(VISIT_PRODUCTS.primary_key),
        set_={name: or_(VISIT_PRODUCTS.c[name], statement.excluded[name]) for name in flags},
    )
    built: Insert = statement
    return built


def _merge_searches(insert: Any) -> Insert:
    statement = insert(SEARCHES)
    new, stored = statement.excluded, SEARCHES.c
    is_earlier = new.searched_at < stored.searched_at
    statement = statement.on_conflict_do_update(
        index_elements=list(SEARCHES.primary_key),
        set_={
            "searched_at": case((is_earlier, new.searched_at), else_=stored.searched_at),
            "day": case((is_earlier, new.day), else_=stored.day),
            "found_nothing": or_(stored.found_nothing, new.found_nothing),
        },
    )
    built: Insert = statement
    return built


_WRITES = {
    **{
        table.name: _replace(table)
        for table in (ORDERS, CARTS, VISITS, PRODUCTS, COSTS, ORDER_CHANGES)
    },
    VISIT_PRODUCTS.name: Upsert(_merge_visit_products),
    SEARCHES.name: Upsert(_merge_searches),
    DIRTY_DAYS.name: Upsert(lambda insert: insert(DIRTY_DAYS).on_conflict_do_nothing()),
}


def write(connection: Connection, table: Table, rows: Collection[Row]) -> None:
    """Insert the rows, or merge them into those with the same key."""
    if rows:
        _WRITES[table.name](connection, list(rows))


def load(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> Iterator[Row]:
    """Yield the rows of a site with one of the keys in a column."""
    for some in parts(keys):
        query = select(table).where(table.c.site == site, table.c[column].in_(some))
        for row in connection.execute(query).mappings():
            yield dict(row)


def days(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> set[date]:
    """Return the days of the rows of a site with one of the keys in a column."""
    found: set[date] = set()
    for some in parts(keys):
        query = select(table.c.day).where(table.c.site == site, table.c[column].in_(some))
        found.update(connection.scalars(query.distinct()))
    return found


def remove(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> None:
    """Delete the rows of a site with one of the keys in a column."""
    for some in parts(keys):
        connection.execute(delete(table).where(table.c.site == site, table.c[column].in_(some)))


def recount_customers(connection: Connection, site: str, customers: Collection[str]) -> None:
    """Recompute the rows of customers from their counted orders."""
    remove(connection, CUSTOMERS, site, "customer", customers)
    order = ORDERS.c
    buyer: list[Column[Any]] = [order.site, order.customer]
    first_day = func.min(func.min(order.day)).over(partition_by=buyer)
    sums = [first_day, func.count(), func.sum(order.net)]
    for some in parts(customers):
        query = (
            select(*buyer, order.currency, *sums)
            .where(order.site == site, order.customer.in_(some), order.status == "accepted")
            .group_by(*buyer, order.currency)
        )
        connection.execute(insert(CUSTOMERS).from_select([c.name for c in CUSTOMERS.c], query))


def parts(keys: Collection[str]) -> Iterator[list[str]]:
    """Yield the keys in parts that fit into a statement."""
    all_keys = sorted(keys)
    for start in range(0, len(all_keys), _AT_ONCE):
        yield all_keys[start : start + _AT_ONCE]

"""Read and write fact rows by their keys."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Date,
    String,
    Table,
    any_,
    delete,
    func,
    literal,
    select,
)

from analytics.facts.values import Row
from analytics.instants import Instant, sqlite_text
from analytics.tables import (
    CARTS,
    COSTS,
    DIRTY_DAYS,
    ORDER_CHANGES,
    ORDER_ITEM_CATEGORIES,
    ORDER_ITEMS,
    ORDERS,
    PRODUCTS,
    SEARCHES,
    VISIT_PRODUCTS,
    VISITS,
)
from database.statements import BulkInsert


def _replacing(table: Table) -> BulkInsert:
    """Return an INSERT that writes whole rows over those with the same key."""
    others = [column.name for column in table.c if not column.primary_key]
    return _merging(table, {name: f"excluded.{name}" for name in others})


def _merging(table: Table, values: Mapping[str, str]) -> BulkInsert:
    """Return an INSERT that sets columns of rows with the same key to SQL expressions."""
    keys = ", ".join(column.name for column in table.primary_key)
    changes = ", ".join(f"{name} = {value}" for name, value in values.items())
    return BulkInsert(table, f"ON CONFLICT ({keys}) DO UPDATE SET {changes}")


def _either(table: Table, *flags: str) -> dict[str, str]:
    return {flag: f"{table.name}.{flag} OR excluded.{flag}" for flag in flags}


_IS_EARLIER = f"excluded.searched_at < {SEARCHES.name}.searched_at"

_WRITES = {
    **{table: _replacing(table) for table in (ORDERS, CARTS, VISITS, PRODUCTS, COSTS)},
    **{table: BulkInsert(table) for table in (ORDER_ITEMS, ORDER_ITEM_CATEGORIES)},
    ORDER_CHANGES: _replacing(ORDER_CHANGES),
    VISIT_PRODUCTS: _merging(VISIT_PRODUCTS, _either(VISIT_PRODUCTS, "was_seen", "was_carted")),
    SEARCHES: _merging(
        SEARCHES,
        {
            name: f"CASE WHEN {_IS_EARLIER} THEN excluded.{name} ELSE {SEARCHES.name}.{name} END"
            for name in ("searched_at", "day")
        }
        | _either(SEARCHES, "found_nothing"),
    ),
    DIRTY_DAYS: BulkInsert(DIRTY_DAYS, "ON CONFLICT DO NOTHING"),
}


def write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert the rows, or merge them into those with the same key; none may occur twice."""
    if connection.dialect.name == "sqlite":
        rows = _with_texts(table, rows)
    _WRITES[table](connection, list(rows))


def _with_texts(table: Table, rows: Iterable[Row]) -> Iterable[Row]:
    """Return rows with the texts that stand for dates and times in SQLite."""
    texts = _texts(table)
    if not texts:
        return rows
    return [row | {name: text(row[name]) for name, text in texts.items()} for row in rows]


@cache
def _texts(table: Table) -> Mapping[str, Callable[[Any], str | None]]:
    """Return the functions for the columns that SQLite stores as texts."""
    found: dict[str, Callable[[Any], str | None]] = {}
    for column in table.c:
        if isinstance(column.type, Instant):
            found[column.name] = sqlite_text
        elif isinstance(column.type, Date):
            found[column.name] = date.isoformat
    return found


def among(connection: Connection, column: Column[Any], keys: Collection[str]) -> Any:
    """Return the condition that a column has one of any number of keys, sent as one value."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(keys), ARRAY(String)))
    each = func.json_each(orjson.dumps(list(keys)).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def load(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> Iterator[Row]:
    """Yield the rows of a site with one of the keys in a column."""
    for row in connection.execute(select(table).where(*_of(connection, table, site, column, keys))):
        yield dict(row._mapping)


def days(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> set[date]:
    """Return the days of the rows of a site with one of the keys in a column.

    Without DISTINCT, for which SQLite would read all rows of the site in the order of their days.
    """
    query = select(table.c.day).where(*_of(connection, table, site, column, keys))
    return set(connection.scalars(query)) if keys else set()


def remove(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> None:
    """Delete the rows of a site with one of the keys in a column."""
    if keys:
        connection.execute(delete(table).where(*_of(connection, table, site, column, keys)))


def _of(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> tuple[Any, ...]:
    return table.c.site == site, among(connection, table.c[column], keys)

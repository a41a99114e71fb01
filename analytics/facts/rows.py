"""Read and write fact rows by their keys."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, Column, Connection, Date, String, Table, any_, func, literal, select

from analytics.facts.products import KINDS
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
from database.statements import BulkInsert, Keyed


def _texts(table: Table) -> Mapping[str, Callable[[Any], str | None]]:
    """Return the functions for the columns that SQLite stores as texts."""
    return {
        **{column.name: sqlite_text for column in table.c if isinstance(column.type, Instant)},
        **{column.name: date.isoformat for column in table.c if isinstance(column.type, Date)},
    }


def _inserting(table: Table, on_conflict: str = "") -> BulkInsert:
    return BulkInsert(table, on_conflict, texts=_texts(table))


def _replacing(table: Table) -> BulkInsert:
    """Return an INSERT that writes whole rows over those with the same key."""
    others = [column.name for column in table.c if not column.primary_key]
    return _merging(table, {name: f"excluded.{name}" for name in others})


def _merging(table: Table, values: Mapping[str, str]) -> BulkInsert:
    """Return an INSERT that sets columns of rows with the same key to SQL expressions."""
    keys = ", ".join(column.name for column in table.primary_key)
    changes = ", ".join(f"{name} = {value}" for name, value in values.items())
    return _inserting(table, f"ON CONFLICT ({keys}) DO UPDATE SET {changes}")


def _either(table: Table, *flags: str) -> dict[str, str]:
    return {flag: f"{table.name}.{flag} OR excluded.{flag}" for flag in flags}


_IS_EARLIER = f"excluded.searched_at < {SEARCHES.name}.searched_at"

_WRITES = {
    **{table: _replacing(table) for table in (ORDERS, CARTS, VISITS, PRODUCTS, COSTS)},
    **{table: _inserting(table) for table in (ORDER_ITEMS, ORDER_ITEM_CATEGORIES)},
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
    DIRTY_DAYS: _inserting(DIRTY_DAYS, "ON CONFLICT DO NOTHING"),
}


def write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert the rows, or merge them into those with the same key; none may occur twice."""
    _WRITES[table](connection, list(rows))


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
    if not keys:
        return
    names = table.c.keys()
    values = _values(table) if connection.dialect.name == "sqlite" else {}
    for found in _keyed(f"SELECT {', '.join(names)} FROM", table, column)(connection, site, keys):
        row = dict(zip(names, found, strict=True))
        for name, value in values.items():
            row[name] = value(row[name])
        yield row


def days(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> set[date]:
    """Return the days of the rows of a site with one of the keys in a column."""
    return set(map(as_date, values(connection, table, "day", site, column, keys)))


def values(
    connection: Connection, table: Table, wanted: str, site: str, column: str, keys: Collection[str]
) -> set[Any]:
    """Return what is stored in one column of the rows with one of the keys in another.

    Without DISTINCT, for which SQLite would read all rows of the site in the order of their days.
    """
    if not keys:
        return set()
    found = _keyed(f"SELECT {wanted} FROM", table, column)(connection, site, keys)
    return {value for (value,) in found}


def as_date(day: date | str) -> date:
    """Return a date as Postgres finds it, or as the text that SQLite finds."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def remove(
    connection: Connection, table: Table, site: str, column: str, keys: Collection[str]
) -> None:
    """Delete the rows of a site with one of the keys in a column."""
    if keys:
        _keyed("DELETE FROM", table, column)(connection, site, keys)


@cache
def _keyed(start: str, table: Table, column: str) -> Keyed:
    # The kind comes before the code in the key, which would not be used without it.
    kind = f"kind IN {KINDS} AND " if column == "code" else ""
    return Keyed(f"{start} {table.name} WHERE site = :site AND {kind}{column} = ANY(:keys)")


@cache
def _values(table: Table) -> Mapping[str, Callable[[Any], Any]]:
    """Return the functions that read the columns that SQLite stores as texts."""
    return {
        name: _moment if isinstance(table.c[name].type, Instant) else date.fromisoformat
        for name in _texts(table)
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)

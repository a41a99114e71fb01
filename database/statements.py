"""SQL for the hot path, run by the database's own driver.

SQLAlchemy's overhead per statement is larger than the cost of most statements here. Values must be
of types that the driver accepts, since nothing converts them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
)

from database.tables import JsonText

Row = Mapping[str, Any]

_PARAMETER = re.compile(r":(\w+)")

_KEYS_AT_ONCE = 5000  # SQLite takes 32,766 parameters in a query

_ROWS_AT_ONCE = (100, 10, 1)
"""The rows of SQLite's INSERT statements, few sizes because each is compiled once."""


class Write:
    """A statement that is run for each row, with named parameters such as `:site`."""

    def __init__(self, sql: str) -> None:
        self._sql = {"sqlite": sql, "postgresql": _psycopg(sql)}

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows; return how many were changed."""
        if not rows:
            return 0
        cursor = _driver(connection).cursor()
        cursor.executemany(self._sql[connection.dialect.name], rows)
        changed: int = cursor.rowcount
        return changed


class Keyed:
    """A statement about the rows of a site with any of some keys, written `= ANY(:keys)`."""

    def __init__(self, sql: str) -> None:
        """Take SQL with the parameters `:site` and `:keys`, and any others by their names."""
        self._sqlite = sql.replace("= ANY(:keys)", "IN (SELECT value FROM json_each(:keys))")
        self._postgres = _psycopg(sql).replace("%(keys)s", "%(keys)b::text[]")

    def __call__(
        self, connection: Connection, site: str, keys: Collection[str] = (), **others: Any
    ) -> Iterable[tuple[Any, ...]]:
        """Run the statement; the result of a query can be read once."""
        values = {"site": site, "keys": list(keys), **others}
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            values["keys"] = orjson.dumps(values["keys"]).decode()
        cursor: Iterable[tuple[Any, ...]] = _driver(connection).execute(
            self._sqlite if is_sqlite else self._postgres, values
        )
        return cursor


class BulkInsert:
    """An INSERT of rows with all columns of a table.

    Postgres gets an array for each column in one statement, in binary: written as text, long
    values take several times as long. SQLite gets up to a hundred rows in a statement.
    """

    def __init__(
        self,
        table: Table,
        on_conflict: str = "",
        *,
        tells_rows: bool = False,
        texts: Mapping[str, Callable[[Any], str | None]] = {},
    ) -> None:
        """Take the table, an ON CONFLICT clause, and whether `__call__` returns the rows it wrote.

        The clause may have parameters such as `:now`, whose values are the same in all rows.
        `texts` has the functions for columns that SQLite stores as texts.
        """
        self._names = table.columns.keys()
        self._texts = [(itemgetter(name), texts.get(name)) for name in self._names]
        self._keys = table.primary_key.columns.keys()
        self._tells_rows = tells_rows
        self._shared = _PARAMETER.findall(on_conflict)
        columns = ", ".join(self._names)
        start = f"INSERT INTO {table.name} ({columns})"
        keys = ", ".join(f"{table.name}.{key}" for key in self._keys)
        end = f" RETURNING {keys}" if tells_rows else ""
        places = f"({', '.join('?' * len(self._names))})"
        self._sqlite = {
            size: f"{start} VALUES {', '.join([places] * size)} "
            f"{_PARAMETER.sub('?', on_conflict)}{end}"
            for size in _ROWS_AT_ONCE
        }
        values = ", ".join(
            f"{one.name}::jsonb" if isinstance(one.type, JsonText) else one.name
            for one in table.columns
        )
        source = f"{_unnest(table.columns)} AS a({columns})"
        self._postgres = f"{start} SELECT {values} FROM {source} {_psycopg(on_conflict)}{end}"  # noqa: S608

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
        """Write the rows; with `tells_rows`, return those that were inserted or changed.

        No two rows may have the same key if the clause updates.
        """
        if not rows:
            return rows
        cursor = _driver(connection).cursor()
        if connection.dialect.name == "sqlite":
            found = self._write_parts(cursor, rows)
        else:
            cursor.execute(self._postgres, {**rows[0], **_arrays(rows, self._names)})
            found = cursor.fetchall() if self._tells_rows else []
        return _among(rows, self._keys, found) if self._tells_rows else rows

    def _write_parts(self, cursor: Any, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """Write the rows to SQLite; return the keys of those written, with `tells_rows`."""
        shared = [rows[0][name] for name in self._shared]
        columns = [
            map(text, map(get, rows)) if text else map(get, rows) for get, text in self._texts
        ]
        values = list(chain.from_iterable(zip(*columns, strict=True)))
        keys: list[tuple[Any, ...]] = []
        start = 0
        while left := len(rows) - start:
            size = next(one for one in _ROWS_AT_ONCE if one <= left)
            first, end = (place * len(self._names) for place in (start, start + size))
            keys += cursor.execute(self._sqlite[size], values[first:end] + shared)
            start += size
        return keys


class BulkDelete:
    """A DELETE of rows of a table with the given values in some columns, its key among them.

    On Postgres, the rows are locked in the order in which they are given.
    """

    def __init__(self, table: Table, *names: str) -> None:
        self._names = names
        key = table.primary_key.columns.keys()
        start = f"DELETE FROM {table.name}"  # noqa: S608 - our own names
        self._sqlite = f"{start} WHERE {' AND '.join(f'{name} = :{name}' for name in names)}"
        keys = ", ".join(f"t.{name}" for name in key)
        deleted = ", ".join(f"t.{name}" for name in names)
        given = ", ".join(f"{name}_" for name in names)
        same = " AND ".join(f"t.{name} = k.{name}_" for name in names)
        source = _unnest([table.columns[name] for name in names])
        self._postgres = f"""
            WITH locked AS (
                SELECT {keys} FROM {source} WITH ORDINALITY AS k({given}, place)
                JOIN {table.name} t ON {same} ORDER BY k.place FOR UPDATE OF t
            )
            {start} t USING locked
            WHERE {" AND ".join(f"t.{name} = locked.{name}" for name in key)} RETURNING {deleted}
        """  # noqa: S608 - our own names

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> Sequence[Row]:
        """Delete the rows; return those that existed."""
        if not rows:
            return rows
        cursor = _driver(connection).cursor()
        if connection.dialect.name == "sqlite":
            return [row for row in rows if cursor.execute(self._sqlite, row).rowcount]
        cursor.execute(self._postgres, _arrays(rows, self._names))
        return _among(rows, self._names, cursor.fetchall())


class Lookup:
    """A query of some columns of a table's rows by key, which are texts.

    The keys come first in the join: otherwise SQLite reads the whole table.
    """

    def __init__(self, columns: str, table: str, key: str) -> None:
        self._key = key.split(", ")
        own = ", ".join(f"{name}_" for name in self._key)
        same = " AND ".join(f"t.{name} = k.{name}_" for name in self._key)
        self._before = f"WITH k ({own}) AS (VALUES "
        self._after = f") SELECT {columns} FROM k CROSS JOIN {table} t WHERE {same}"  # noqa: S608
        arrays = ", ".join(["%b::text[]"] * len(self._key))
        source = f"unnest({arrays}) AS k({own})"
        self._postgres = f"SELECT {columns} FROM {source} CROSS JOIN {table} t WHERE {same}"  # noqa: S608

    def __call__(
        self, connection: Connection, keys: Sequence[Sequence[str]]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the keys, each of which is a tuple of texts."""
        driver = _driver(connection)
        if connection.dialect.name != "sqlite":
            if keys:
                yield from driver.execute(self._postgres, [list(one) for one in zip(*keys)])  # noqa: B905
            return
        marks = f"({', '.join('?' * len(self._key))})"
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            chunk = keys[start : start + _KEYS_AT_ONCE]
            values = [text for key in chunk for text in key]
            query = f"{self._before}{', '.join([marks] * len(chunk))}{self._after}"
            yield from driver.execute(query, values)


def _among(
    rows: Sequence[Row], names: Sequence[str], found: Sequence[tuple[Any, ...]]
) -> Sequence[Row]:
    """Return the rows whose values in some columns are among those found."""
    if len(found) == len(rows):
        return rows
    known = set(found)
    return [row for row in rows if tuple(row[name] for name in names) in known]


def _arrays(rows: Sequence[Row], names: Iterable[str]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _unnest(columns: Iterable[Column[Any]]) -> str:
    arrays = ", ".join(f"%({one.name})b::{_array(one.type)}" for one in columns)
    return f"unnest({arrays})"


def _psycopg(sql: str) -> str:
    """Return SQL with its named parameters in the form that psycopg takes."""
    return _PARAMETER.sub(r"%(\1)s", sql)


_ARRAYS = {
    LargeBinary: "bytea[]",
    Integer: "bigint[]",
    Boolean: "boolean[]",
    DateTime: "timestamptz[]",
    Date: "date[]",
}


def _array(kind: Any) -> str:
    """Return the type of an array that Postgres converts to a column's type."""
    own = getattr(kind, "impl", kind)
    return next((array for one, array in _ARRAYS.items() if isinstance(own, one)), "text[]")


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection

"""SQL for the hot path, run by the database's own driver.

SQLAlchemy's overhead per statement is larger than the cost of most statements here. Values must be
of types that the driver takes, since nothing converts them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table

from database.tables import JsonText

_KEYS_AT_ONCE = 5000  # SQLite takes 32,766 parameters in a query, Postgres 65,535


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


class BulkInsert:
    """An INSERT of rows with all columns of a table.

    Postgres gets an array for each column in one statement, in binary: written as text, long
    values take several times as long.
    """

    def __init__(self, table: Table, on_conflict: str = "") -> None:
        """Take the table and an ON CONFLICT clause.

        The clause may have parameters such as `:now`, whose values are the same in all rows.
        """
        self._names = table.columns.keys()
        columns = ", ".join(self._names)
        start = f"INSERT INTO {table.name} ({columns})"
        places = ", ".join(f":{name}" for name in self._names)
        self._sqlite = f"{start} VALUES ({places}) {on_conflict}"
        arrays = ", ".join(f"%({one.name})b::{_array(one.type)}" for one in table.columns)
        values = ", ".join(
            f"{one.name}::jsonb" if isinstance(one.type, JsonText) else one.name
            for one in table.columns
        )
        source = f"unnest({arrays}) AS a({columns})"
        self._postgres = f"{start} SELECT {values} FROM {source} {_psycopg(on_conflict)}"  # noqa: S608

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows; return how many were inserted or changed.

        No two rows may have the same key if the clause updates.
        """
        if not rows:
            return 0
        cursor = _driver(connection).cursor()
        if connection.dialect.name == "sqlite":
            cursor.executemany(self._sqlite, rows)
        else:
            arrays = {name: [row[name] for row in rows] for name in self._names}
            cursor.execute(self._postgres, {**rows[0], **arrays})
        changed: int = cursor.rowcount
        return changed


class Lookup:
    """A query of some columns of a table's rows by key.

    The keys come first in the join: otherwise SQLite reads the whole table.
    """

    def __init__(self, columns: str, table: str, key: str, *, for_update: bool = False) -> None:
        names = key.split(", ")
        same = " AND ".join(f"t.{name} = k.{name}_" for name in names)
        self._before = f"WITH k ({'_, '.join(names)}_) AS (VALUES "
        self._after = f") SELECT {columns} FROM k CROSS JOIN {table} t WHERE {same}"  # noqa: S608
        self._lock = " FOR UPDATE OF t" if for_update else ""

    def __call__(
        self, connection: Connection, keys: Sequence[Sequence[str]]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the keys, each of which is a tuple of texts."""
        is_sqlite = connection.dialect.name == "sqlite"  # which has no locks on rows
        mark, lock = ("?", "") if is_sqlite else ("%s", self._lock)
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[start : start + _KEYS_AT_ONCE]
            marks = ", ".join([f"({', '.join([mark] * len(some[0]))})"] * len(some))
            values = [text for key in some for text in key]
            yield from _driver(connection).execute(
                f"{self._before}{marks}{self._after}{lock}", values
            )


def _psycopg(sql: str) -> str:
    """Return SQL with its named parameters in the form that psycopg takes."""
    return re.sub(r":(\w+)", r"%(\1)s", sql)


def _array(kind: Any) -> str:
    """Return the type of an array that Postgres converts to a column's type."""
    if isinstance(kind, LargeBinary):
        return "bytea[]"
    return "bigint[]" if isinstance(kind, Integer) else "text[]"


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection

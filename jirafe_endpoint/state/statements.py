"""SQL for the hot path, run by the database's own driver.

SQLAlchemy's overhead per statement is larger than the cost of most statements here.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

_KEYS_AT_ONCE = 5000  # SQLite takes 32,766 parameters in a query, Postgres 65,535


class Write:
    """A statement that is run for each row, with named parameters such as `:site`."""

    def __init__(self, sql: str) -> None:
        self._sql = {"sqlite": sql, "postgresql": re.sub(r":(\w+)", r"%(\1)s", sql)}

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows; return how many were changed."""
        if not rows:
            return 0
        cursor = _driver(connection).cursor()
        cursor.executemany(self._sql[connection.dialect.name], rows)
        changed: int = cursor.rowcount
        return changed


class Insert:
    """An INSERT of many rows with named parameters.

    `{rows}` stands for the columns and their values, which are texts except for `integers`; what
    else has parameters is the same in all rows. Postgres gets an array for each column in one
    statement, in binary: written as texts, long values take several times as long.
    """

    def __init__(self, sql: str, columns: str, integers: Collection[str] = ()) -> None:
        self._names = columns.split(", ")
        places = ", ".join(f":{name}" for name in self._names)
        self._sqlite = sql.format(rows=f"({columns}) VALUES ({places})")
        kinds = (f"{'bigint' if name in integers else 'text'}[]" for name in self._names)
        arrays = ", ".join(
            f"%({name})b::{kind}" for name, kind in zip(self._names, kinds, strict=True)
        )
        rows = f"({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names
        named = re.sub(r":(\w+)", r"%(\1)s", sql)
        self._postgres = named.format(rows=rows)

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the rows, of which no two have the same key; return how many were changed."""
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


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection

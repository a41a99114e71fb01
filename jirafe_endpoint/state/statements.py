"""SQL for the hot path, run by the database's own driver.

SQLAlchemy's execution of a statement costs more than most of the rows that it is about here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

_KEYS_AT_ONCE = 5000  # SQLite takes 32,766 parameters in a query, Postgres 65,535


class Write:
    """A statement that writes one row, with named parameters such as `:site`."""

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

"""Statements for many rows, executed by the driver: SQLAlchemy's own way costs as much as they."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg


class BulkInsert:
    """An INSERT statement that is compiled once for each dialect.

    Values have to be what the driver takes: nothing converts them.
    """

    def __init__(self, build: Callable[[Any], Insert], columns: Sequence[str]) -> None:
        """Take a function that builds the statement with the `insert` of a dialect."""
        dialects = {
            "sqlite": (sqlite.insert, sqlite.dialect(paramstyle="named")),
            "postgresql": (postgresql.insert, psycopg.dialect()),  # type: ignore[no-untyped-call]
        }
        self._statements = {
            name: str(build(insert).compile(dialect=dialect, column_keys=list(columns)))
            for name, (insert, dialect) in dialects.items()
        }

    def __call__(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
        """Write the rows; return how many were inserted."""
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        cursor.executemany(self._statements[connection.dialect.name], rows)
        return int(cursor.rowcount)

"""Inserts of many rows, run by the driver, without SQLAlchemy's overhead."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Integer, LargeBinary, Table

from database.tables import JsonText


class BulkInsert:
    """An INSERT of rows with all columns of a table, written once for each dialect.

    Values must be of types that the driver takes, as nothing converts them. Postgres gets an
    array for each column in one statement, in binary.
    """

    def __init__(self, table: Table, *, skips_conflicts: bool = False) -> None:
        """Take the table, and whether rows that break a unique index are left out."""
        self._names = table.columns.keys()
        columns = ", ".join(self._names)
        end = " ON CONFLICT DO NOTHING" if skips_conflicts else ""
        start = f"INSERT INTO {table.name} ({columns})"
        places = ", ".join(f":{name}" for name in self._names)
        self._sqlite = f"{start} VALUES ({places}){end}"
        arrays = ", ".join(f"%({one.name})b::{_array(one.type)}" for one in table.columns)
        values = ", ".join(
            f"{one.name}::jsonb" if isinstance(one.type, JsonText) else one.name
            for one in table.columns
        )
        source = f"unnest({arrays}) AS a({columns})"
        self._postgres = f"{start} SELECT {values} FROM {source}{end}"  # noqa: S608 - our own names

    def __call__(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
        """Write the rows; return how many were inserted."""
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        if connection.dialect.name == "sqlite":
            cursor.executemany(self._sqlite, rows)
        else:
            arrays = {name: [row[name] for row in rows] for name in self._names}
            cursor.execute(self._postgres, arrays)
        return int(cursor.rowcount)


def _array(kind: Any) -> str:
    """Return the type of an array that Postgres converts to a column's type."""
    if isinstance(kind, LargeBinary):
        return "bytea[]"
    return "bigint[]" if isinstance(kind, Integer) else "text[]"

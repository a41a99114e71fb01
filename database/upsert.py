"""Upserts: INSERT … ON CONFLICT on SQLite and Postgres."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite


class Upsert:
    """An INSERT … ON CONFLICT statement, built once for each dialect."""

    def __init__(self, build: Callable[[Any], Insert]) -> None:
        """Take a function that builds the statement with the `insert` of a dialect."""
        self._statements = {
            name: build(insert).execution_options(preserve_rowcount=True)
            for name, insert in {
                "sqlite": sqlite.insert,
                "postgresql": postgresql.insert,
            }.items()
        }

    def __call__(self, connection: Connection, rows: list[dict[str, Any]]) -> int:
        """Write the rows, at least one; return how many were inserted or changed."""
        return connection.execute(
            self._statements[connection.dialect.name], rows if len(rows) > 1 else rows[0]
        ).rowcount

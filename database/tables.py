"""The metadata of all tables, and column types and upserts for both databases alike."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, MetaData, String, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

METADATA = MetaData()
"""The tables of all imported packages; the database is checked against them."""


def sorted_text(length: int) -> String:
    """Return the type of a text that is compared byte by byte, on Postgres as on SQLite."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class JsonText(TypeDecorator[Any]):
    """A JSON object: written as text, read as a value; JSONB on Postgres."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type in the database."""
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> None:  # noqa: ARG002
        """Pass the text unchanged, since JSONB's own processor would encode it again."""
        return

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """Return a parser for SQLite; the driver of Postgres parses JSON itself."""
        return None if dialect.name == "postgresql" else json.loads


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

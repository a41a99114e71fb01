"""The metadata of all tables, and column types that behave alike on both databases."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, MetaData, String, Text
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

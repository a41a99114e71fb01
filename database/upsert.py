"""What the store needs of a database, and how rows are written over on both sorts."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")
Made = TypeVar("Made")


class Database(Protocol):
    """Transactions; each raises DatabaseUnavailableError where the database fails."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that waits for no writer."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that is committed at the end."""

    def together(
        self, do: Callable[[Connection, Sequence[Item]], Sequence[Made]], item: Item
    ) -> Made:
        """Return what `do` makes of the item, in a transaction that other threads may share.

        `do` gets the items of several threads at once; where it raises then, each of them alone.
        What it raises for one alone undoes the writing for that one.
        """

    def alone(self) -> AbstractContextManager[Connection]:
        """Open a transaction to change tables in, one at a time, that prepares nothing."""

    def prepare(self) -> None:
        """See that the tables are what they have to be."""

    def wipe_log(self) -> None:
        """Leave nothing of what was deleted in SQLite's log."""

    def close(self) -> None:
        """Close the idle connections."""


class Upsert:
    """An INSERT … ON CONFLICT, which SQLAlchemy builds for each sort of database."""

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
        """Write the rows, of which there is at least one; return how many were changed."""
        return connection.execute(
            self._statements[connection.dialect.name], rows if len(rows) > 1 else rows[0]
        ).rowcount

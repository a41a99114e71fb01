"""Sums by product, channel or search term from the rollups."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Table, func, select

from analytics.queries.asked import Asked
from analytics.queries.totals import Sums, sources

Within = Callable[[FromClause], Sequence[ColumnElement[bool]]]
"""Returns conditions on the rows of a rollup, or of the facts that stand for one."""


class Top(NamedTuple):
    """How many of the groups with the greatest sum are wanted."""

    name: str
    limit: int


def sums_by(
    connection: Connection,
    asked: Asked,
    table: Table,
    key: str,
    names: Sequence[str],
    within: Within,
    top: Top | None = None,
) -> dict[str, Sums]:
    """Return the sums of a rollup by one of its columns, limited to the `top` ones if given."""
    found: dict[str, Sums] = {}
    for source, conditions in sources(table, asked, [asked.days], asked.until):
        sums: dict[str, Any] = {name: func.sum(source.c[name]) for name in names}
        query = (
            select(source.c[key], *sums.values())
            .where(*conditions, *within(source))
            .group_by(source.c[key])
        )
        if top:
            query = query.order_by(sums[top.name].desc(), source.c[key]).limit(top.limit)
        for value, *values in connection.execute(query):
            own = dict(zip(names, map(int, values), strict=True))
            found.setdefault(value, Counter()).update(own)
    return found

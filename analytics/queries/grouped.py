"""Sums by product, channel or search term from the rollups."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    func,
    select,
    union_all,
)

from analytics.queries.asked import Asked, Days
from analytics.queries.totals import Conditions, Sums, between, sources
from analytics.rollups.months import MONTHS

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
    kind: str = "",
) -> dict[str, Sums]:
    """Return the sums of a rollup by one of its columns, limited to the `top` ones if given.

    Rollups of products need a kind.
    """
    parts = [
        _grouped(source, key, names).where(
            *conditions, *within(source), *([source.c.kind == kind] if kind else [])
        )
        for source, conditions in _parts(table, asked, names, kind)
    ]
    query = parts[0] if len(parts) == 1 else _grouped(union_all(*parts).subquery(), key, names)
    if top:
        rank = query.selected_columns[top.name]
        query = query.order_by(rank.desc(), query.selected_columns[key]).limit(top.limit)
    return {
        value: Counter(dict(zip(names, map(int, sums), strict=True)))
        for value, *sums in connection.execute(query)
    }


def _grouped(source: FromClause, key: str, names: Sequence[str]) -> Select[Any]:
    sums = (func.sum(source.c[name]).label(name) for name in names)
    return select(source.c[key], *sums).group_by(source.c[key])


def _parts(
    table: Table, asked: Asked, names: Sequence[str], kind: str
) -> list[tuple[FromClause, Conditions]]:
    """Return the sources of the requested days: whole months if there are any, and other days."""
    days, a_day = asked.days, timedelta(days=1)
    months = MONTHS.get(table)
    is_cut = asked.until is not None  # on the last day, which is then not a whole one
    whole = months is not None and Days(days.first, days.last - is_cut * a_day).whole_months()
    if months is None or not whole:
        return sources(table, asked, days, asked.until, names, kind)
    firsts = [day for day in whole.each() if day.day == 1]
    found: list[tuple[FromClause, Conditions]] = [
        (months, [months.c.site == asked.site.site, months.c.month.in_(firsts)])
    ]
    if days.first < whole.first:
        found.append((table, between(table, asked, Days(days.first, whole.first - a_day))))
    if whole.last < days.last:
        rest = Days(whole.last + a_day, days.last)
        found += sources(table, asked, rest, asked.until, names, kind)
    return found

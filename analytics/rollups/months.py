"""Sum the rollups with many rows a day per month, so that a year has few rows to read."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, Date, Table, delete, func, insert, literal, select

from analytics.rollup_tables import (
    PRODUCT_SALE_DAYS,
    PRODUCT_SALE_MONTHS,
    PRODUCT_VISIT_DAYS,
    PRODUCT_VISIT_MONTHS,
    SEARCH_DAYS,
    SEARCH_MONTHS,
)

MONTHS: dict[Table, Table] = {
    PRODUCT_VISIT_DAYS: PRODUCT_VISIT_MONTHS,
    PRODUCT_SALE_DAYS: PRODUCT_SALE_MONTHS,
    SEARCH_DAYS: SEARCH_MONTHS,
}
"""The rollups per month by those per day."""


def restate_months(connection: Connection, site: str, days: Sequence[date]) -> None:
    """Replace the sums of the months of these days by the sums of all their days."""
    for table, months in MONTHS.items():
        for month in {day.replace(day=1) for day in days}:
            connection.execute(delete(months).where(months.c.site == site, months.c.month == month))
            _add(connection, table, months, site, month)


def _add(connection: Connection, table: Table, months: Table, site: str, month: date) -> None:
    next_month = (month + timedelta(days=31)).replace(day=1)
    names = [column.name for column in months.c]
    sums = [func.sum(table.c[column.name]) for column in months.c if not column.primary_key]
    key = [table.c[column.name] for column in months.primary_key if column.name in table.c]
    query = (
        select(key[0], literal(month, Date), *key[1:], *sums)
        .where(table.c.site == site, table.c.day >= month, table.c.day < next_month)
        .group_by(*key)
    )
    connection.execute(insert(months).from_select(names, query))

"""The ledger: sales, edits and cancellations on the days on which they happened."""

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from analytics.money import digits, major
from analytics.queries.asked import Asked, Days
from analytics.queries.totals import between, in_channel
from analytics.rollup_tables import CHANGE_DAYS


class Changes(NamedTuple):
    """The changes of revenue in some days; cancellations are negative, edits may be."""

    days: Days
    sales: Decimal
    edits: Decimal
    cancellations: Decimal


def ledger(connection: Connection, asked: Asked) -> list[Changes]:
    """Return the changes of revenue by the interval in which they happened, without empty ones.

    Figures restate the day of the order, but days of the ledger never change. Over all time, both
    add up to the same revenue.
    """
    day = CHANGE_DAYS.c
    query = (
        select(day.day, *(func.sum(day[name]) for name in ("sales", "edits", "cancellations")))
        .where(*between(CHANGE_DAYS, asked, asked.days), day.currency == asked.currency)
        .where(*in_channel(CHANGE_DAYS, asked))
        .group_by(day.day)
    )
    changes = {on: amounts for on, *amounts in connection.execute(query)}
    places = digits(asked.currency)
    found = []
    for days in asked.intervals():
        own = [changes[on] for on in days.each() if on in changes]
        sums = [major(int(sum(amounts)), places) for amounts in zip(*own, strict=True)]
        if any(sums):
            found.append(Changes(days, *sums))
    return found

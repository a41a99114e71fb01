"""The edits and cancellations of orders, on the days on which they happened."""

from sqlalchemy import Connection

from analytics.figures.ledger import ledger
from analytics.queries.asked import Asked
from backoffice.addresses import Address
from backoffice.reports.tables import Column, Look, Row, Table

MOST_DAYS = 92
"""Edits are read from single states of orders, which takes too long beyond."""


def ledger_table(connection: Connection, asked: Asked, address: Address) -> Table:
    """Return the days with edits or cancellations, newest first."""
    is_short = asked.days.count <= MOST_DAYS
    rows = [
        Row([one.day, one.sales, one.edits, one.cancellations])
        for one in reversed(ledger(connection, asked) if is_short else ())
        if one.edits or one.cancellations
    ]
    return Table(
        "ledger",
        "Edits and cancellations",
        "On the day they happened, with the sales of that day. All other figures count them on the "
        "day the order was placed.",
        [
            Column("day", "Day", Look.DAYS),
            Column("sales", "Sales", Look.MONEY),
            Column("edits", "Edits", Look.MONEY),
            Column("cancellations", "Cancellations", Look.MONEY),
        ],
        rows,
        csv_url=address.url(table="ledger"),
        empty="No order was edited or cancelled in this period."
        if is_short
        else f"These are known for up to {MOST_DAYS} days. Choose a shorter period.",
    )

"""The edits and cancellations of orders, on the days on which they happened."""

from sqlalchemy import Connection

from analytics.figures.ledger import ledger
from analytics.queries.asked import Asked
from backoffice.addresses import Address
from backoffice.reports.tables import Column, Look, Row, Table


def ledger_table(connection: Connection, asked: Asked, address: Address) -> Table:
    """Return the days, weeks or months with edits or cancellations, newest first."""
    rows = [
        Row([one.days.first, one.sales, one.edits, one.cancellations])
        for one in reversed(ledger(connection, asked))
        if one.edits or one.cancellations
    ]
    return Table(
        "ledger",
        "Edits and cancellations",
        f"When they happened, beside the sales of the same {asked.interval}. All other figures "
        "count them on the day the order was placed.",
        [
            Column("days", asked.interval.capitalize(), Look.DAYS),
            Column("sales", "Sales", Look.MONEY),
            Column("edits", "Edits", Look.MONEY),
            Column("cancellations", "Cancellations", Look.MONEY),
        ],
        rows,
        csv_url=address.url(table="ledger"),
        empty="No order was edited or cancelled in this period.",
    )

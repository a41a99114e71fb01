"""The edits and cancellations of orders, on the days on which they happened."""

from decimal import Decimal

from sqlalchemy import Connection

from analytics.figures.ledger import ledger
from analytics.queries.asked import Asked
from backoffice.addresses import Address
from backoffice.reports.tables import Column, Look, Row, Table, interval_column


def ledger_table(connection: Connection, asked: Asked, address: Address) -> Table:
    """Return the days, weeks or months with edits or cancellations, newest first."""
    changes = [one for one in ledger(connection, asked) if one.edits or one.cancellations]
    rows = [
        Row([one.days.first, one.sales, one.edits, one.cancellations]) for one in reversed(changes)
    ]
    edits, cancellations = (
        sum((getattr(one, name) for one in changes), Decimal())
        for name in ("edits", "cancellations")
    )
    return Table(
        "ledger",
        "Edits and cancellations",
        f"When they happened, beside the sales of the same {asked.interval}. All other figures "
        "count them on the day the order was placed.",
        [
            interval_column(asked.interval),
            Column("sales", "Sales", Look.MONEY),
            Column("edits", "Edits", Look.MONEY),
            Column("cancellations", "Cancellations", Look.MONEY),
        ],
        rows,
        total=Row(["All", "", edits, cancellations]) if rows else None,
        csv_url=address.url(table="ledger"),
        empty="No order was edited or cancelled in this period.",
    )

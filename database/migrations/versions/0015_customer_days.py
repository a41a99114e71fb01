"""A rollup of customers: how many bought on a day, by the day on which they bought before."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_INDEX = ["site", "customer", "status", "currency", "day", "net"]
_SUMS = ("buyers", "once", "net")


def upgrade() -> None:
    """Create the table and fill it from the orders; widen the index by customer."""
    op.drop_index("analytics_orders_by_customer", "analytics_orders")
    op.create_index("analytics_orders_by_customer", "analytics_orders", _INDEX)
    op.create_table(
        "analytics_customer_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("currency", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("is_first", sa.Boolean, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _SUMS),
        sqlite_with_rowid=False,
    )
    op.execute(
        """
        INSERT INTO analytics_customer_days
        SELECT site, currency, day, before IS NULL, coalesce(before, first_day),
            count(*), sum(CASE WHEN orders = 1 THEN 1 ELSE 0 END), sum(net)
        FROM (
            SELECT site, currency, day,
                lag(day) OVER (PARTITION BY site, customer, currency ORDER BY day) AS before,
                min(day) OVER (PARTITION BY site, customer) AS first_day,
                sum(orders) OVER (PARTITION BY site, customer) AS orders,
                sum(net) OVER (PARTITION BY site, customer, currency) AS net
            FROM (
                SELECT site, customer, currency, day, count(*) AS orders, sum(net) AS net
                FROM analytics_orders
                WHERE status = 'accepted' AND customer <> ''
                GROUP BY site, customer, currency, day
            ) AS bought
        ) AS days
        GROUP BY site, currency, day, before IS NULL, coalesce(before, first_day)
        """
    )

"""Rollups of products and searches per month, and of edits and cancellations per day."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_KEYS = {
    "product_visit": ("kind", "code"),
    "search": ("term",),
    "product_sale": ("currency", "kind", "code"),
}
_SUMS = {
    "product_visit": ("visits", "carted", "converted"),
    "search": ("visits", "in_vain", "converted"),
    "product_sale": ("orders", "units", "net", "costed_net", "cost"),
}
_CHANNEL = tuple(f"channel_{level}" for level in range(1, 6))
_CHANGES = ("sales", "edits", "cancellations")
_CHANNELS = ", ".join(_CHANNEL)
_OF_VISIT = ", ".join(f"coalesce(visit.{name}, '') AS {name}" for name in _CHANNEL)

_SUM_CHANGES = f"""
INSERT INTO analytics_change_days
SELECT site, day, currency, {_CHANNELS},
    sum(CASE WHEN status <> 'cancelled' AND before = 0 THEN worth ELSE 0 END),
    sum(CASE WHEN status <> 'cancelled' AND before <> 0 THEN worth - before ELSE 0 END),
    sum(CASE WHEN status = 'cancelled' THEN worth - before ELSE 0 END)
FROM (
    SELECT placed.*, coalesce(lag(worth) OVER its_states, 0) AS before
    FROM (
        SELECT stated.*, CASE WHEN cancelled_in > coalesce(active_in, 0) THEN 0
            ELSE total END AS worth
        FROM (
            SELECT numbered.*,
                max(CASE WHEN status = 'cancelled' THEN place END)
                    OVER its_states AS cancelled_in,
                max(CASE WHEN status = 'accepted' AND is_active THEN place END)
                    OVER its_states AS active_in
            FROM (
                SELECT change.site, change.day, bought.currency, {_OF_VISIT},
                    change.status, change.order_number, change.total, change.is_active,
                    row_number() OVER (
                        PARTITION BY change.site, change.order_number
                        ORDER BY change.changed_at, change.seq
                    ) AS place
                FROM analytics_order_changes AS change
                JOIN analytics_orders AS bought ON bought.site = change.site
                    AND bought.order_number = change.order_number
                LEFT JOIN analytics_visits AS visit ON visit.site = bought.site
                    AND visit.visit_id = bought.visit_id
                WHERE change.status <> 'placed'
            ) AS numbered
            WINDOW its_states AS (PARTITION BY site, order_number ORDER BY place)
        ) AS stated
    ) AS placed
    WINDOW its_states AS (PARTITION BY site, order_number ORDER BY place)
) AS valued
GROUP BY site, day, currency, {_CHANNELS}
"""  # noqa: S608 - our own names


def upgrade() -> None:
    """Create the tables and fill them from the days and the orders."""
    op.drop_index("analytics_product_visit_days_by_code", "analytics_product_visit_days")
    op.drop_index("analytics_product_sale_days_by_code", "analytics_product_sale_days")
    _sum_all_products()
    for name, key in _KEYS.items():
        _make_months(name, key, _SUMS[name])
    _make_changes()


def _sum_all_products() -> None:
    """Add rows for all products together, whose items each have one SKU."""
    op.execute(
        """
        INSERT INTO analytics_product_sale_days
            (site, day, currency, kind, code, orders, units, net, costed_net, cost)
        SELECT sold.site, sold.day, sold.currency, 'all', '',
            coalesce(bought.orders, 0), sold.units, sold.net, sold.costed_net, sold.cost
        FROM (
            SELECT site, day, currency, sum(units) AS units, sum(net) AS net,
                sum(costed_net) AS costed_net, sum(cost) AS cost
            FROM analytics_product_sale_days WHERE kind = 'sku' GROUP BY site, day, currency
        ) AS sold
        LEFT JOIN (
            SELECT site, day, currency, count(*) AS orders FROM analytics_orders AS one
            WHERE status = 'accepted' AND EXISTS (
                SELECT 1 FROM analytics_order_items AS item WHERE item.site = one.site
                AND item.order_number = one.order_number AND NOT item.is_cancelled
            )
            GROUP BY site, day, currency
        ) AS bought
        ON bought.site = sold.site AND bought.day = sold.day AND bought.currency = sold.currency
        """
    )


def _make_months(name: str, key: tuple[str, ...], sums: tuple[str, ...]) -> None:
    length = 100 if key == ("term",) else 85
    op.create_table(
        f"analytics_{name}_months",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        *(sa.Column(one, sa.String(length), primary_key=True) for one in key),
        *(_amount(one) for one in sums),
        sqlite_with_rowid=False,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    month = "date(day, 'start of month')" if is_sqlite else "date_trunc('month', day)::date"
    names, added = ", ".join(key), ", ".join(f"sum({one})" for one in sums)
    op.execute(
        f"INSERT INTO analytics_{name}_months SELECT site, {month}, {names}, {added} "  # noqa: S608
        f"FROM analytics_{name}_days GROUP BY site, {month}, {names}"
    )


def _make_changes() -> None:
    op.create_table(
        "analytics_change_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        *(sa.Column(name, sa.String(85), primary_key=True) for name in ("currency", *_CHANNEL)),
        *(_amount(name) for name in _CHANGES),
        sqlite_with_rowid=False,
    )
    op.execute(_SUM_CHANGES)


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")

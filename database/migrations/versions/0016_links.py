"""Visits and carts that know whether an order came of them, and indexes that find them sooner."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_VISITS, _CARTS = "analytics_visits", "analytics_carts"


def upgrade() -> None:
    """Add the columns, fill them from the carts and orders, and make the indexes."""
    for table, name in ((_VISITS, "has_cart"), (_VISITS, "has_order"), (_CARTS, "has_order")):
        column = sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column(table, column)
    op.execute(
        """
        UPDATE analytics_visits SET has_cart = true WHERE EXISTS (
            SELECT 1 FROM analytics_carts cart WHERE cart.site = analytics_visits.site
            AND cart.visit_id = analytics_visits.visit_id AND cart.was_filled
        )
        """
    )
    op.execute(
        """
        UPDATE analytics_visits SET has_order = true WHERE EXISTS (
            SELECT 1 FROM analytics_orders bought WHERE bought.site = analytics_visits.site
            AND bought.visit_id = analytics_visits.visit_id AND bought.status = 'accepted'
        )
        """
    )
    op.execute(
        """
        UPDATE analytics_carts SET has_order = true WHERE EXISTS (
            SELECT 1 FROM analytics_orders bought WHERE bought.site = analytics_carts.site
            AND bought.cart_id = analytics_carts.cart_id
        )
        """
    )
    op.drop_index("analytics_carts_by_day", _CARTS)
    op.create_index("analytics_carts_by_day", _CARTS, ["site", "day", "created_at"])
    columns = ["site", "currency", "has_order", "total", "day"]
    op.create_index("analytics_carts_by_total", _CARTS, columns)

"""Indexes of items whose products are known only by their ids, and of carts by total."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the indexes by id, which are small, and change that of carts."""
    op.drop_index("analytics_carts_by_total", "analytics_carts")
    columns = ["currency", "site", "has_order", "total", "day"]
    op.create_index("analytics_carts_by_total", "analytics_carts", columns)
    for table, column in (("order_items", "product"), ("visit_products", "code")):
        is_id = sa.text(f"substr({column}, 1, 3) = 'id:'")
        op.create_index(
            f"analytics_{table}_by_id",
            f"analytics_{table}",
            ["site", column],
            sqlite_where=is_id,
            postgresql_where=is_id,
        )

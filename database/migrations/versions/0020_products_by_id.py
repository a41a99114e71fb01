"""Indexes of the items in orders and carts whose products are known only by their ids."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the indexes, which are small: most shops send codes."""
    for table, column in (("order_items", "product"), ("visit_products", "code")):
        is_id = sa.text(f"substr({column}, 1, 3) = 'id:'")
        op.create_index(
            f"analytics_{table}_by_id",
            f"analytics_{table}",
            ["site", column],
            sqlite_where=is_id,
            postgresql_where=is_id,
        )

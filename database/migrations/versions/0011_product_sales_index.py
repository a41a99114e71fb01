"""An index that answers questions about the sales of products by itself."""

from alembic import op

revision = "0011"
down_revision = "0010"

_TABLE = "analytics_product_sale_days"
_NAME = f"{_TABLE}_by_code"
_SUMS = ("orders", "units", "net", "costed_net", "cost")


def upgrade() -> None:
    """Replace the index."""
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, ["site", "kind", "currency", "code", "day", *_SUMS])

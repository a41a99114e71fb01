"""The process that reads a connected shop's history."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "endpoint_shops", sa.Column("reader", sa.String(32), nullable=False, server_default="")
    )
    op.add_column(
        "endpoint_shops", sa.Column("read_at", sa.BigInteger, nullable=False, server_default="0")
    )

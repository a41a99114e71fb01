"""Connected shops, the inbox of their webhooks, and imports of their history."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "endpoint_shops",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
    )
    op.create_table(
        "endpoint_inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(85), nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("leased_until", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("endpoint_inbox_by_due", "endpoint_inbox", ["site", "due_at"])
    op.create_index("endpoint_inbox_by_subject", "endpoint_inbox", ["site", "subject", "id"])
    op.create_index("endpoint_inbox_by_lease", "endpoint_inbox", ["leased_until"])
    op.create_table(
        "endpoint_shop_imports",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("list", sa.String(16), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
    )

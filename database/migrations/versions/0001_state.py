"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_DATE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "endpoint_leases",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("number", sa.String(85), primary_key=True),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "endpoint_messages",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("message_id", sa.String(85), primary_key=True),
        sa.Column("reply", sa.Text),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("kept_at", sa.String(24), nullable=False),
        sa.Index("endpoint_messages_by_age", "kept_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "endpoint_snapshots",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("number", sa.String(85), primary_key=True),
        sa.Column("change_date", _DATE, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("kept_at", sa.String(24), nullable=False),
        sa.Index("endpoint_snapshots_by_age", "kept_at"),
    )
    op.create_table(
        "endpoint_customers",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("customer_id", sa.String(85), primary_key=True),
        sa.Column("first_seen", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    _create_dead_letters()


def _create_dead_letters() -> None:
    op.create_table(
        "endpoint_dead_letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("message_key", sa.String(85)),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("replayed_at", sa.String(24)),
        sa.UniqueConstraint("site", "message_key", name="endpoint_dead_letters_by_message"),
        sa.Index("endpoint_dead_letters_by_age", "created_at"),
        sqlite_autoincrement=True,
    )

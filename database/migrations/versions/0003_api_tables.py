"""The tables of the API, which earlier versions created at start without migrations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _sorted(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Create them unless they exist."""
    tables = sa.inspect(op.get_bind())
    if not tables.has_table("jirafe_events"):
        _create_events()
    if not tables.has_table("jirafe_sites"):
        op.create_table(
            "jirafe_sites",
            sa.Column("token_hash", sa.String(64), primary_key=True),
            sa.Column("site", sa.String(64), nullable=False),
            sa.Column("created_at", sa.String(24), nullable=False),
        )


def _create_events() -> None:
    op.create_table(
        "jirafe_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("event_id", _sorted(128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("received_at", _sorted(24), nullable=False),
        sa.Column("changed_at", _sorted(27), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )

"""Tokens with an id, a label and scopes; existing ones may read and write."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, copy the tokens, and drop the old one."""
    op.create_table(
        "jirafe_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("scopes", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO jirafe_tokens (token_hash, site, label, scopes, created_at) "
        "SELECT token_hash, site, '', 'read write', created_at FROM jirafe_sites "
        "ORDER BY created_at, site"
    )
    op.drop_table("jirafe_sites")

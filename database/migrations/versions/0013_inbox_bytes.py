"""The sizes of waiting webhooks, which are limited per site."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_TABLE = "endpoint_inbox"
_INDEX = f"{_TABLE}_by_subject"


def upgrade() -> None:
    """Add the column, and count it by an index alone."""
    op.add_column(_TABLE, sa.Column("bytes", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE endpoint_inbox SET bytes = length(body)")  # nearly always ASCII
    op.drop_index(_INDEX, _TABLE)
    op.create_index(_INDEX, _TABLE, ["site", "subject", "id", "bytes"])

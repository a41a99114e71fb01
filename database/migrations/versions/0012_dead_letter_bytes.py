"""The sizes of dead letters, which are limited per site."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TABLE = "endpoint_dead_letters"
_INDEX = f"{_TABLE}_by_site"


def upgrade() -> None:
    """Add the column, and count it by an index alone."""
    op.add_column(_TABLE, sa.Column("bytes", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE endpoint_dead_letters SET bytes = length(letter)")  # letters are ASCII
    op.drop_index(_INDEX, _TABLE)
    op.create_index(_INDEX, _TABLE, ["site", "id", "bytes"])

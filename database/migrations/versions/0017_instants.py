"""Moments in SQLite without the offset that some were stored with."""

from alembic import op

revision = "0017"
down_revision = "0016"

_MOMENTS = {
    "orders": ("ordered_at", "cancelled_at"),
    "order_changes": ("changed_at",),
    "carts": ("created_at", "changed_at"),
    "visits": ("started_at",),
    "searches": ("searched_at",),
}


def upgrade() -> None:
    """Write them as those of the other rows: with six decimals of a second, in UTC."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, names in _MOMENTS.items():
        for name in names:
            op.execute(
                f"""
                UPDATE OR REPLACE analytics_{table} SET {name} = CASE
                    WHEN {name} LIKE '%.%' THEN replace({name}, '+00:00', '')
                    ELSE replace({name}, '+00:00', '.000000')
                END
                WHERE {name} LIKE '%+00:00'
                """  # noqa: S608 - our own names
            )

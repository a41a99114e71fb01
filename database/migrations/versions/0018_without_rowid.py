"""Rollups and links as single trees on SQLite, which reads days and visits faster so."""

from alembic import op
from sqlalchemy import text

revision = "0018"
down_revision = "0017"

_TABLES = (
    *("visit_products", "order_item_categories"),
    *("visit_days", "order_days", "cart_days", "search_days"),
    *("product_visit_days", "product_sale_days"),
)


def upgrade() -> None:
    """Copy each table to one whose rows are in its primary key."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name in _TABLES:
        table = f"analytics_{name}"
        query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
        create, *indexes = connection.scalars(query, {"table": table}).all()
        op.rename_table(table, "analytics_old")
        op.execute(f"{create} WITHOUT ROWID")
        op.execute(f"INSERT INTO {table} SELECT * FROM analytics_old")  # noqa: S608 - our own names
        op.drop_table("analytics_old")
        for index in indexes:
            op.execute(index)

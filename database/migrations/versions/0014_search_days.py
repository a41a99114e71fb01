"""A rollup of searches: how often each term was searched for on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_SUMS = ("visits", "in_vain", "converted")


def upgrade() -> None:
    """Create the table and fill it from the searches."""
    op.create_table(
        "analytics_search_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("term", sa.String(100), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _SUMS),
    )
    op.execute(
        """
        INSERT INTO analytics_search_days
        SELECT site, day, term, count(*),
            sum(CASE WHEN found_nothing THEN 1 ELSE 0 END),
            sum(CASE WHEN EXISTS (
                SELECT 1 FROM analytics_orders bought
                WHERE bought.site = analytics_searches.site
                AND bought.visit_id = analytics_searches.visit_id
                AND bought.status = 'accepted'
            ) THEN 1 ELSE 0 END)
        FROM analytics_searches
        GROUP BY site, day, term
        """
    )

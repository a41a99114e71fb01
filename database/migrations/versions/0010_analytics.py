"""The tables of analytics: settings, facts and rollups."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create them."""
    _create_settings()
    _create_orders()
    _create_visits()
    _create_products()
    _create_rollups()
    _create_product_rollups()


def _create_settings() -> None:
    op.create_table(
        "analytics_sites",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("timezone", sa.String(64), nullable=False, server_default=""),
        sa.Column("currency", sa.String(8), nullable=False, server_default=""),
        sa.Column("abandoned_after", sa.Integer, nullable=False),
        sa.Column("customer_salt", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "analytics_cursor",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("skipped", sa.BigInteger, nullable=False),
        sa.Column("updated_at", _INSTANT),
    )
    op.create_table(
        "analytics_dirty_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
    )


def _create_orders() -> None:
    op.create_table(
        "analytics_orders",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("order_number", sa.String(85), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False, server_default=""),
        sa.Column("ordered_at", _INSTANT),
        sa.Column("cancelled_at", _INSTANT),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("currency", sa.String(8), nullable=False, server_default=""),
        sa.Column("gross", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("discounts", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("tax", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("shipping", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("fees", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("returned", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("net", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("units", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("customer", sa.String(85), nullable=False, server_default=""),
        sa.Column("cart_id", sa.String(85), nullable=False, server_default=""),
        sa.Column("visit_id", sa.String(85), nullable=False, server_default=""),
        sa.Column("placed_version", sa.String(48), nullable=False, server_default=""),
        sa.Column("accepted_version", sa.String(48), nullable=False, server_default=""),
        sa.Column("active_version", sa.String(48), nullable=False, server_default=""),
        sa.Column("cancelled_version", sa.String(48), nullable=False, server_default=""),
        sa.Index("analytics_orders_by_cart", "site", "cart_id"),
        sa.Index("analytics_orders_by_customer", "site", "customer"),
        sa.Index("analytics_orders_by_day", "site", "day", "currency", "status", "customer"),
        sa.Index("analytics_orders_by_visit", "site", "visit_id"),
    )
    op.create_table(
        "analytics_order_items",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("order_number", sa.String(85), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("product", sa.String(85), nullable=False, server_default=""),
        sa.Column("sku", sa.String(85), nullable=False, server_default=""),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("discount", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("net", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("is_cancelled", sa.Boolean, nullable=False),
        sa.Index("analytics_order_items_by_sku", "site", "sku"),
    )
    op.create_table(
        "analytics_order_item_categories",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("order_number", sa.String(85), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("category", sa.String(85), primary_key=True),
    )
    op.create_table(
        "analytics_order_changes",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("order_number", sa.String(85), primary_key=True),
        sa.Column("changed_at", _INSTANT, primary_key=True),
        sa.Column("status", sa.String(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("currency", sa.String(8), nullable=False, server_default=""),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("net", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("units", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Index("analytics_order_changes_by_day", "site", "day"),
    )


def _create_visits() -> None:
    op.create_table(
        "analytics_carts",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("cart_id", sa.String(85), primary_key=True),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("currency", sa.String(8), nullable=False, server_default=""),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("units", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("was_filled", sa.Boolean, nullable=False),
        sa.Column("customer", sa.String(85), nullable=False, server_default=""),
        sa.Column("visit_id", sa.String(85), nullable=False, server_default=""),
        sa.Column("version", sa.String(48), nullable=False, server_default=""),
        sa.Index("analytics_carts_by_change", "site", "changed_at"),
        sa.Index("analytics_carts_by_customer", "site", "customer"),
        sa.Index("analytics_carts_by_day", "site", "day"),
        sa.Index("analytics_carts_by_visit", "site", "visit_id"),
    )
    op.create_table(
        "analytics_visits",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("visit_id", sa.String(85), primary_key=True),
        sa.Column("visitor", sa.String(85), nullable=False, server_default=""),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("channel_1", sa.String(85), nullable=False, server_default=""),
        sa.Column("channel_2", sa.String(85), nullable=False, server_default=""),
        sa.Column("channel_3", sa.String(85), nullable=False, server_default=""),
        sa.Column("channel_4", sa.String(85), nullable=False, server_default=""),
        sa.Column("channel_5", sa.String(85), nullable=False, server_default=""),
        sa.Column("channel_version", sa.String(85), nullable=False, server_default=""),
        sa.Column("first_page", sa.String(85), nullable=False, server_default=""),
        sa.Column("has_pages", sa.Boolean, nullable=False),
        sa.Column("saw_product", sa.Boolean, nullable=False),
        sa.Column("saw_cart", sa.Boolean, nullable=False),
        sa.Index("analytics_visits_by_day", "site", "day", "visitor"),
        sa.Index("analytics_visits_by_visitor", "site", "visitor"),
    )
    op.create_table(
        "analytics_visit_products",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("visit_id", sa.String(85), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("code", sa.String(85), primary_key=True),
        sa.Column("was_seen", sa.Boolean, nullable=False),
        sa.Column("was_carted", sa.Boolean, nullable=False),
    )
    op.create_table(
        "analytics_searches",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("visit_id", sa.String(85), primary_key=True),
        sa.Column("term", sa.String(100), primary_key=True),
        sa.Column("searched_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("found_nothing", sa.Boolean, nullable=False),
        sa.Index("analytics_searches_by_day", "site", "day", "term"),
    )


def _create_products() -> None:
    op.create_table(
        "analytics_customers",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("customer", sa.String(85), primary_key=True),
        sa.Column("currency", sa.String(85), primary_key=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("orders", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("net", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "analytics_products",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("code", sa.String(85), primary_key=True),
        sa.Column("product", sa.String(85), nullable=False, server_default=""),
        sa.Column("name", sa.String(100), nullable=False, server_default=""),
        sa.Column("version", sa.String(48), nullable=False, server_default=""),
    )
    op.create_table(
        "analytics_costs",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("sku", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("version", sa.String(48), nullable=False, server_default=""),
    )


def _create_rollups() -> None:
    op.create_table(
        "analytics_visit_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("channel_1", sa.String(85), primary_key=True),
        sa.Column("channel_2", sa.String(85), primary_key=True),
        sa.Column("channel_3", sa.String(85), primary_key=True),
        sa.Column("channel_4", sa.String(85), primary_key=True),
        sa.Column("channel_5", sa.String(85), primary_key=True),
        sa.Column("visits", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("interested", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("engaged", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("carted", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("converted", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "analytics_order_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("currency", sa.String(85), primary_key=True),
        sa.Column("channel_1", sa.String(85), primary_key=True),
        sa.Column("channel_2", sa.String(85), primary_key=True),
        sa.Column("channel_3", sa.String(85), primary_key=True),
        sa.Column("channel_4", sa.String(85), primary_key=True),
        sa.Column("channel_5", sa.String(85), primary_key=True),
        sa.Column("orders", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("gross", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("discounts", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("tax", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("shipping", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("fees", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("revenue", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("returned", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("units", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("waiting", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("cancelled", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("cancelled_revenue", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "analytics_cart_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("currency", sa.String(85), primary_key=True),
        sa.Column("channel_1", sa.String(85), primary_key=True),
        sa.Column("channel_2", sa.String(85), primary_key=True),
        sa.Column("channel_3", sa.String(85), primary_key=True),
        sa.Column("channel_4", sa.String(85), primary_key=True),
        sa.Column("channel_5", sa.String(85), primary_key=True),
        sa.Column("carts", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("left", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("left_total", sa.BigInteger, nullable=False, server_default="0"),
    )


def _create_product_rollups() -> None:
    op.create_table(
        "analytics_product_visit_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.String(85), primary_key=True),
        sa.Column("code", sa.String(85), primary_key=True),
        sa.Column("visits", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("carted", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("converted", sa.BigInteger, nullable=False, server_default="0"),
        sa.Index("analytics_product_visit_days_by_code", "site", "kind", "code", "day"),
    )
    op.create_table(
        "analytics_product_sale_days",
        sa.Column("site", sa.String(85), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("currency", sa.String(85), primary_key=True),
        sa.Column("kind", sa.String(85), primary_key=True),
        sa.Column("code", sa.String(85), primary_key=True),
        sa.Column("orders", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("units", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("net", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("costed_net", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"),
        sa.Index("analytics_product_sale_days_by_code", "site", "kind", "code", "day"),
    )

"""The tables of analytics: settings, facts and rollups."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.DateTime(timezone=True)
_CHANNEL = ("channel_1", "channel_2", "channel_3", "channel_4", "channel_5")


def upgrade() -> None:
    """Create them."""
    _create_settings()
    _create_orders()
    _create_order_parts()
    _create_visits()
    _create_visit_parts()
    _create_products()
    _create_rollups()
    _create_product_rollups()


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(85), primary_key=True) for name in names]


def _text(*names: str, length: int = 85) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length), nullable=False, server_default="") for name in names]


def _amounts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def _create_settings() -> None:
    op.create_table(
        "analytics_sites",
        *_key("site"),
        *_text("timezone", length=64),
        *_text("currency", length=8),
        sa.Column("abandoned_after", sa.Integer, nullable=False),
        *_text("customer_salt", length=64),
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
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
    )


def _create_orders() -> None:
    op.create_table(
        "analytics_orders",
        *_key("site", "order_number"),
        *_text("status", length=16),
        sa.Column("ordered_at", _INSTANT),
        sa.Column("cancelled_at", _INSTANT),
        sa.Column("day", sa.Date, nullable=False),
        *_text("currency", length=8),
        *_amounts("gross", "discounts", "tax", "shipping", "fees", "total", "returned", "net"),
        *_amounts("units"),
        *_text("customer", "cart_id", "visit_id"),
        *_text(
            "placed_version", "accepted_version", "active_version", "cancelled_version", length=48
        ),
        sa.Index("analytics_orders_by_day", "site", "day", "currency", "status", "customer"),
        sa.Index("analytics_orders_by_visit", "site", "visit_id"),
        sa.Index("analytics_orders_by_cart", "site", "cart_id"),
        sa.Index("analytics_orders_by_customer", "site", "customer"),
    )
    op.create_table(
        "analytics_order_items",
        *_key("site", "order_number"),
        sa.Column("line", sa.Integer, primary_key=True),
        *_text("product", "sku"),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        *_amounts("price", "discount", "net"),
        *_flags("is_cancelled"),
        sa.Index("analytics_order_items_by_sku", "site", "sku"),
    )


def _create_order_parts() -> None:
    op.create_table(
        "analytics_order_item_categories",
        *_key("site", "order_number"),
        sa.Column("line", sa.Integer, primary_key=True),
        *_key("category"),
    )
    op.create_table(
        "analytics_order_changes",
        *_key("site", "order_number"),
        sa.Column("changed_at", _INSTANT, primary_key=True),
        sa.Column("status", sa.String(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *_text("currency", length=8),
        *_amounts("total", "net", "units"),
        *_flags("is_active"),
        sa.Index("analytics_order_changes_by_day", "site", "day"),
    )


def _create_visits() -> None:
    op.create_table(
        "analytics_carts",
        *_key("site", "cart_id"),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *_text("currency", length=8),
        *_amounts("total", "units"),
        *_flags("was_filled"),
        *_text("customer", "visit_id"),
        *_text("version", length=48),
        sa.Index("analytics_carts_by_day", "site", "day"),
        sa.Index("analytics_carts_by_change", "site", "changed_at"),
        sa.Index("analytics_carts_by_visit", "site", "visit_id"),
        sa.Index("analytics_carts_by_customer", "site", "customer"),
    )
    op.create_table(
        "analytics_visits",
        *_key("site", "visit_id"),
        *_text("visitor"),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *_text(*_CHANNEL),
        *_text("channel_version", "first_page"),
        *_flags("has_pages", "saw_product", "saw_cart"),
        sa.Index("analytics_visits_by_day", "site", "day", "visitor"),
        sa.Index("analytics_visits_by_visitor", "site", "visitor"),
    )


def _create_visit_parts() -> None:
    op.create_table(
        "analytics_visit_products",
        *_key("site", "visit_id"),
        sa.Column("kind", sa.String(8), primary_key=True),
        *_key("code"),
        *_flags("was_seen", "was_carted"),
    )
    op.create_table(
        "analytics_searches",
        *_key("site", "visit_id"),
        sa.Column("term", sa.String(100), primary_key=True),
        sa.Column("searched_at", _INSTANT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *_flags("found_nothing"),
        sa.Index("analytics_searches_by_day", "site", "day", "term"),
    )


def _create_products() -> None:
    op.create_table(
        "analytics_customers",
        *_key("site", "customer", "currency"),
        sa.Column("first_day", sa.Date, nullable=False),
        *_amounts("orders", "net"),
    )
    op.create_table(
        "analytics_products",
        *_key("site"),
        sa.Column("kind", sa.String(8), primary_key=True),
        *_key("code"),
        *_text("product"),
        *_text("name", length=100),
        *_text("version", length=48),
    )
    op.create_table(
        "analytics_costs",
        *_key("site", "sku"),
        sa.Column("day", sa.Date, primary_key=True),
        *_amounts("cost"),
        *_text("version", length=48),
    )


def _create_rollups() -> None:
    op.create_table(
        "analytics_visit_days",
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
        *_key(*_CHANNEL),
        *_amounts("visits", "interested", "engaged", "carted", "converted"),
    )
    op.create_table(
        "analytics_order_days",
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
        *_key("currency", *_CHANNEL),
        *_amounts("orders", "gross", "discounts", "tax", "shipping", "fees", "revenue", "returned"),
        *_amounts("units", "waiting", "cancelled", "cancelled_revenue"),
    )
    op.create_table(
        "analytics_cart_days",
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
        *_key("currency", *_CHANNEL),
        *_amounts("carts", "left", "left_total"),
    )


def _create_product_rollups() -> None:
    op.create_table(
        "analytics_product_visit_days",
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
        *_key("kind", "code"),
        *_amounts("visits", "carted", "converted"),
        sa.Index("analytics_product_visit_days_by_code", "site", "kind", "code", "day"),
    )
    op.create_table(
        "analytics_product_sale_days",
        *_key("site"),
        sa.Column("day", sa.Date, primary_key=True),
        *_key("currency", "kind", "code"),
        *_amounts("orders", "units", "net", "costed_net", "cost"),
        sa.Index("analytics_product_sale_days_by_code", "site", "kind", "code", "day"),
    )

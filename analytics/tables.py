"""The tables of analytics: settings and facts.

Amounts are integers in the minor unit of the row's currency: exact and quick to add up in SQLite
and Postgres alike. Costs come without a currency and are in ten-thousandths. A day is a local
date in the site's time zone. A `version` sorts by the date of a state, then by its arrival.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, false, text

from analytics.instants import Instant
from database.tables import METADATA

ID = 85
"""The length of the longest id, which is that of the event store's keys."""

LABEL = 100
"""The length of the longest name or search term."""

CHANNEL = tuple(f"channel_{level}" for level in range(1, 6))
"""A visit's source from coarse to fine, such as email, newsletter, may; "" below the last level."""


def key(*names: str) -> list[Column[Any]]:
    """Return columns of a primary key."""
    return [Column(name, String(ID), primary_key=True) for name in names]


def _text(*names: str, length: int = ID) -> list[Column[Any]]:
    return [Column(name, String(length), nullable=False, server_default="") for name in names]


def amounts(*names: str) -> list[Column[Any]]:
    """Return columns of sums, 0 by default."""
    return [Column(name, BigInteger, nullable=False, server_default="0") for name in names]


def _flags(*names: str, **options: Any) -> list[Column[Any]]:
    return [Column(name, Boolean, nullable=False, **options) for name in names]


def _table(
    name: str, site_and_key: Sequence[str], *rest: Column[Any] | Index, **options: Any
) -> Table:
    return Table(f"analytics_{name}", METADATA, *key(*site_and_key), *rest, **options)


def _only_ids(name: str, column: str) -> Index:
    """Return an index of the products that are known only by their ids."""
    is_id = text(f"substr({column}, 1, 3) = 'id:'")
    return Index(name, "site", column, sqlite_where=is_id, postgresql_where=is_id)


def clustered(name: str, site_and_key: Sequence[str], *rest: Column[Any] | Index) -> Table:
    """Return a table whose rows SQLite keeps in its key, which suits small rows."""
    return _table(name, site_and_key, *rest, sqlite_with_rowid=False)


SITES = _table(
    "sites",
    ["site"],
    *_text("timezone", length=64),
    *_text("currency", length=8),  # "" for the one of most orders
    Column("abandoned_after", Integer, nullable=False),  # hours
    *_text("customer_salt", length=64),
)
CURSOR = Table(
    "analytics_cursor",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("updated_at", Instant),
)
DIRTY_DAYS = _table("dirty_days", ["site"], Column("day", Date, primary_key=True))

ORDERS = _table(
    "orders",
    ["site", "order_number"],
    *_text("status", length=16),
    Column("ordered_at", Instant),
    Column("cancelled_at", Instant),
    Column("day", Date, nullable=False),
    *_text("currency", length=8),
    *amounts("gross", "discounts", "tax", "shipping", "fees", "total", "returned", "net"),
    *amounts("units"),
    *_text("customer", "cart_id", "visit_id"),
    *_text("placed_version", "accepted_version", "active_version", "cancelled_version", length=48),
    Index("analytics_orders_by_day", "site", "day", "currency", "status", "customer"),
    Index("analytics_orders_by_visit", "site", "visit_id"),
    Index("analytics_orders_by_cart", "site", "cart_id"),
    # All that counting customers needs: SQLite would prefer the index by day to a shorter one.
    Index(
        "analytics_orders_by_customer",
        *("site", "customer", "status", "currency", "day", "net"),
    ),
)
ORDER_ITEMS = _table(
    "order_items",
    ["site", "order_number"],
    Column("line", Integer, primary_key=True),
    *_text("product", "sku"),
    Column("quantity", BigInteger, nullable=False),
    *amounts("price", "discount", "net"),
    *_flags("is_cancelled"),
    Index("analytics_order_items_by_sku", "site", "sku"),
    _only_ids("analytics_order_items_by_id", "product"),
)
ORDER_ITEM_CATEGORIES = clustered(
    "order_item_categories",
    ["site", "order_number"],
    Column("line", Integer, primary_key=True),
    *key("category"),
)
ORDER_CHANGES = _table(
    "order_changes",
    ["site", "order_number"],
    Column("changed_at", Instant, primary_key=True),
    Column("status", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    *_text("currency", length=8),
    *amounts("total", "net", "units"),
    *_flags("is_active"),  # it has an item that is not cancelled
    Index("analytics_order_changes_by_day", "site", "day"),
)
CARTS = _table(
    "carts",
    ["site", "cart_id"],
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    *_text("currency", length=8),
    *amounts("total", "units"),
    *_flags("was_filled"),
    *_text("customer", "visit_id"),
    *_text("version", length=48),
    *_flags("has_order", server_default=false()),
    Index("analytics_carts_by_day", "site", "day", "created_at"),
    # Not by site first, or SQLite would take it for all questions about a site.
    Index("analytics_carts_by_total", "currency", "site", "has_order", "total", "day"),
    Index("analytics_carts_by_change", "site", "changed_at"),
    Index("analytics_carts_by_visit", "site", "visit_id"),
    Index("analytics_carts_by_customer", "site", "customer"),
)
VISITS = _table(
    "visits",
    ["site", "visit_id"],
    *_text("visitor"),
    Column("started_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    *_text(*CHANNEL),
    *_text("channel_version", "first_page"),
    *_flags("has_pages", "saw_product", "saw_cart"),
    *_flags("has_cart", "has_order", server_default=false()),  # a filled one; a counted one
    Index("analytics_visits_by_day", "site", "day", "visitor"),
    Index("analytics_visits_by_visitor", "site", "visitor"),
)
VISIT_PRODUCTS = clustered(
    "visit_products",
    ["site", "visit_id"],
    Column("kind", String(8), primary_key=True),  # product (also by SKU) or category
    *key("code"),
    *_flags("was_seen", "was_carted"),
    _only_ids("analytics_visit_products_by_id", "code"),
)
SEARCHES = _table(
    "searches",
    ["site", "visit_id"],
    Column("term", String(LABEL), primary_key=True),
    Column("searched_at", Instant, nullable=False),
    Column("day", Date, nullable=False),
    *_flags("found_nothing"),
    Index("analytics_searches_by_day", "site", "day", "term"),
)
CUSTOMERS = _table(
    "customers",
    ["site", "customer", "currency"],
    Column("first_day", Date, nullable=False),  # of all their orders, whatever the currency
    *amounts("orders", "net"),
)
PRODUCTS = _table(
    "products",
    ["site"],
    Column("kind", String(8), primary_key=True),  # product, sku, category or id
    *key("code"),
    *_text("product"),  # of a SKU or an id
    *_text("name", length=LABEL),
    *_text("version", length=48),
)
COSTS = _table(
    "costs",
    ["site", "sku"],
    Column("day", Date, primary_key=True),  # from which the cost holds
    *amounts("cost"),
    *_text("version", length=48),
)

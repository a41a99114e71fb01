"""The tables of the endpoint. What they are now; `migrations/` is how they came to be.

Personal data is in `endpoint_snapshots` (what was ordered under a number), `endpoint_messages`
(the notifications of a reply), `endpoint_customers` (ids) and `endpoint_dead_letters` (whole
messages, without the secrets of their parameters).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from database.tables import METADATA
from jirafe_endpoint.state.columns import KEY_LENGTH


def _site() -> Column[str]:
    return Column("site", String(64), primary_key=True)


def _key(name: str) -> Column[str]:
    return Column(name, String(KEY_LENGTH), primary_key=True)


# Dates of the shop are compared as texts, by their bytes also in Postgres.
_DATE = Text().with_variant(Text(collation="C"), "postgresql")

LEASES = Table(
    "endpoint_leases",
    METADATA,
    _site(),
    Column("kind", String(16), primary_key=True),
    _key("number"),
    Column("owner", String(32), nullable=False),
    Column("until", BigInteger, nullable=False),  # milliseconds since 1970
    sqlite_with_rowid=False,
)
MESSAGES = Table(
    "endpoint_messages",
    METADATA,
    _site(),
    _key("message_id"),
    Column("reply", Text),  # JSON; none until it is finished
    Column("sent", Text, nullable=False),  # JSON: the fingerprints of the events accepted so far
    Column("kept_at", String(24), nullable=False),
    Index("endpoint_messages_by_age", "kept_at"),
    sqlite_with_rowid=False,
)
SNAPSHOTS = Table(
    "endpoint_snapshots",
    METADATA,
    _site(),
    Column("kind", String(16), primary_key=True),
    _key("number"),
    Column("change_date", _DATE, nullable=False),
    Column("items", Text, nullable=False),  # JSON
    Column("kept_at", String(24), nullable=False),
    Index("endpoint_snapshots_by_age", "kept_at"),
)
CUSTOMERS = Table(
    "endpoint_customers",
    METADATA,
    _site(),
    _key("customer_id"),
    Column("first_seen", Text, nullable=False),
    sqlite_with_rowid=False,
)
DEAD_LETTERS = Table(
    "endpoint_dead_letters",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("message_key", String(KEY_LENGTH)),
    Column("letter", Text, nullable=False),  # JSON: message_id, type, payload and errors
    Column("created_at", String(24), nullable=False),
    Column("replayed_at", String(24)),
    UniqueConstraint("site", "message_key", name="endpoint_dead_letters_by_message"),
    Index("endpoint_dead_letters_by_age", "created_at"),
    sqlite_autoincrement=True,
)

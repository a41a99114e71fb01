"""The tables of the API: every accepted event, and the sites with the hashes of their tokens."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()


def _sorted(length: int) -> String:
    """A text that is compared by its bytes, in Postgres as in SQLite."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


EVENTS = Table(
    "jirafe_events",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("event_id", _sorted(128), nullable=False),
    Column("status", String(16), nullable=False),  # of an order, "" of all others
    Column("received_at", _sorted(24), nullable=False),
    Column("changed_at", _sorted(27), nullable=False),
    Column("body", Text, nullable=False),
    # The last columns of the first two spare a look at the rows that a filter leaves out.
    Index("jirafe_events_listing", "site", "kind", "seq", "received_at", "version"),
    Index(
        "jirafe_events_by_id",
        "site",
        "kind",
        "event_id",
        "status",
        "changed_at",
        "seq",
        "received_at",
        "version",
    ),
    Index("jirafe_events_by_age", "received_at"),
    sqlite_autoincrement=True,
)
SITES = Table(
    "jirafe_sites",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("created_at", String(24), nullable=False),
)

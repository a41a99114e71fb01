"""The tables of the API: events, the people they are about, tokens, and bytes from browsers."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    literal_column,
)

from database.tables import METADATA, JsonText, sorted_text
from jirafe_api.contract.kinds import V1_TRACKED

DIGEST_SIZE = 16
"""Bytes of a fingerprint and of a person's name."""

_SEQ = BigInteger().with_variant(Integer, "sqlite")


def is_tracked(kind: Any) -> ColumnElement[bool]:
    """Return the condition that events come from browsers.

    The kinds are literals in the SQL, because databases use a partial index only if they can see
    that its condition holds.
    """
    condition: ColumnElement[bool] = kind.in_([literal_column(f"'{name}'") for name in V1_TRACKED])
    return condition


EVENTS = Table(
    "jirafe_events",
    METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("site", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("event_id", sorted_text(128), nullable=False),
    Column("status", String(16), nullable=False),  # of an order, else ""
    Column("received_at", sorted_text(24), nullable=False),
    Column("changed_at", sorted_text(27), nullable=False),  # "" if the event has no credible date
    Column("body", JsonText, nullable=False),
    Column("fingerprint", LargeBinary(DIGEST_SIZE)),  # NULL if repeats are stored
    sqlite_autoincrement=True,
)
_TRACKED = is_tracked(EVENTS.c.kind)
# With the version at the end, rows that a filter excludes need not be read.
Index("jirafe_events_listing", *(EVENTS.c[n] for n in ("site", "kind", "seq", "version")))
Index("jirafe_events_by_arrival", *(EVENTS.c[n] for n in ("site", "kind", "received_at", "seq")))
Index(
    "jirafe_events_by_id",
    *(
        EVENTS.c[name]
        for name in ("site", "kind", "event_id", "status", "changed_at", "seq", "version")
    ),
    sqlite_where=~_TRACKED,
    postgresql_where=~_TRACKED,
)
Index(
    "jirafe_events_tracked_by_id",
    *(EVENTS.c[name] for name in ("site", "kind", "event_id", "seq", "version")),
    sqlite_where=_TRACKED,
    postgresql_where=_TRACKED,
)
Index(
    "jirafe_events_tracked_by_age",
    EVENTS.c.received_at,
    sqlite_where=_TRACKED,
    postgresql_where=_TRACKED,
)
_HAS_FINGERPRINT = EVENTS.c.fingerprint.is_not(None)
Index(
    "jirafe_events_by_fingerprint",
    EVENTS.c.site,
    EVENTS.c.fingerprint,
    unique=True,
    sqlite_where=_HAS_FINGERPRINT,
    postgresql_where=_HAS_FINGERPRINT,
)

PEOPLE = Table(
    "jirafe_event_people",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("name", LargeBinary(DIGEST_SIZE), primary_key=True),  # as people.digest makes it
    Column("seq", BigInteger, primary_key=True),
    Index("jirafe_event_people_by_event", "seq"),
    sqlite_with_rowid=False,
)

TOKENS = Table(
    "jirafe_tokens",
    METADATA,
    Column("id", _SEQ, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("site", String(64), nullable=False),
    Column("label", String(100), nullable=False),
    Column("scopes", String(16), nullable=False),  # "read", "write" or "read write"
    Column("created_at", String(24), nullable=False),
    sqlite_autoincrement=True,
)

TRACKER_BYTES = Table(
    "jirafe_tracker_bytes",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),  # in UTC
    Column("bytes", BigInteger, nullable=False),  # that browsers sent, or may still send
)

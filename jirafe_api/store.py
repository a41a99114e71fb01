"""Everything that is kept: the accepted events, and the sites with the hashes of their tokens."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from jirafe_api.database import Database
from jirafe_api.kinds import V2, Event, own_id

METADATA = MetaData()
EVENTS = Table(
    "jirafe_events",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("status", String(16)),
    Column("received_at", String(24), nullable=False),
    Column("body", Text, nullable=False),
    Index("jirafe_events_listing", "site", "kind", "seq"),
    Index("jirafe_events_by_id", "site", "kind", "event_id", "seq"),
    sqlite_autoincrement=True,
)
SITES = Table(
    "jirafe_sites",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("created_at", String(24), nullable=False),
)


@dataclass(frozen=True)
class StoredEvent:
    """An accepted event; `status` is that of an order, `received_at` an ISO 8601 time in UTC.

    `version` is that of the API it came in by.
    """

    seq: int
    site: str
    version: int
    kind: str
    status: str | None
    received_at: str
    event: Event

    @property
    def id(self) -> str:
        """What the event says of itself: an order's number, the id of most others."""
        return own_id(self.version, self.kind, self.event)


class KnownSite(NamedTuple):
    """A site, and when it was given one of its tokens (None: by the environment)."""

    site: str
    created_at: str | None


def key(event_id: str) -> str:
    """At most 85 printable ASCII characters to keep an id by, whatever it is; as it is if clean.

    Postgres takes no NUL and indexes no more than 2,704 bytes; SQLite takes no lone surrogate.
    """
    if re.fullmatch(r"[ -~]{0,64}", event_id):
        return event_id
    readable = re.sub(r"[^ -~]", "?", event_id[:20])
    return f"{readable}~{hashlib.sha256(event_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Store:
    """The events and sites in one database; every method raises StoreError where that fails."""

    def __init__(self, database_url: str, now: Callable[[], datetime]) -> None:
        """Takes an SQLAlchemy URL and the clock; connects at the first use."""
        self._database = Database(database_url, METADATA.create_all)
        self._now = now

    def prepare(self) -> None:
        """Creates the missing tables now, rather than at the first use."""
        self._database.prepare()

    def close(self) -> None:
        """Closes the idle connections; the next use opens one again."""
        self._database.close()

    def add(self, site: str, events: Iterable[tuple[str, Event]], version: int = V2) -> None:
        """Keeps all of the (kind, event) pairs, or none; `version` is that of the API."""
        received_at = self._timestamp()
        rows = [
            {
                "site": site,
                "version": version,
                "kind": kind,
                "event_id": key(own_id(version, kind, event)),
                "status": event.get("status") if (version, kind) == (V2, "order") else None,
                "received_at": received_at,
                "body": json.dumps(event, separators=(",", ":")),
            }
            for kind, event in events
        ]
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(EVENTS), rows)

    def page(
        self, site: str, kind: str, *, limit: int, before: int, event_id: str | None = None
    ) -> list[StoredEvent]:
        """Up to `limit` events whose `seq` is below `before`, newest first."""
        query = select(EVENTS).where(
            EVENTS.c.site == site, EVENTS.c.kind == kind, EVENTS.c.seq < before
        )
        if event_id is not None:
            query = query.where(EVENTS.c.event_id == key(event_id))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(EVENTS.c.seq.desc()).limit(limit)).all()
        return [_stored(row) for row in rows]

    def events(
        self, *, site: str | None = None, kind: str | None = None, limit: int | None = None
    ) -> Iterator[StoredEvent]:
        """Yields the events, oldest first, while it reads them: their number does not matter."""
        query = select(EVENTS).order_by(EVENTS.c.seq).limit(limit)
        if site is not None:
            query = query.where(EVENTS.c.site == site)
        if kind is not None:
            query = query.where(EVENTS.c.kind == kind)
        with self._database.reading() as connection:
            for row in connection.execution_options(yield_per=100).execute(query):
                yield _stored(row)

    def add_token(self, site: str, token_hash: str) -> None:
        """Makes the site known, if it is not, and the token one of its tokens."""
        row = {"site": site, "token_hash": token_hash, "created_at": self._timestamp()}
        with self._database.writing() as connection:
            connection.execute(insert(SITES), row)

    def remove_tokens(self, site: str) -> int:
        """How many tokens the site had; now it has none. Its events stay."""
        with self._database.writing() as connection:
            return connection.execute(delete(SITES).where(SITES.c.site == site)).rowcount

    def remove_token(self, token_hash: str) -> None:
        """Makes one token invalid."""
        with self._database.writing() as connection:
            connection.execute(delete(SITES).where(SITES.c.token_hash == token_hash))

    def site_of(self, token_hash: str) -> str | None:
        """The site that was given this token."""
        with self._database.reading() as connection:
            return connection.scalar(select(SITES.c.site).where(SITES.c.token_hash == token_hash))

    def sites(self) -> list[KnownSite]:
        """Every site by name, once for each of its tokens."""
        query = select(SITES.c.site, SITES.c.created_at).order_by(SITES.c.site, SITES.c.created_at)
        with self._database.reading() as connection:
            return [KnownSite(*row) for row in connection.execute(query)]

    def _timestamp(self) -> str:
        text = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")


def _stored(row: Row[Any]) -> StoredEvent:
    return StoredEvent(
        seq=row.seq,
        site=row.site,
        version=row.version,
        kind=row.kind,
        status=row.status,
        received_at=row.received_at,
        event=json.loads(row.body),
    )

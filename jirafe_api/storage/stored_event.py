"""Events as they are kept: what a row tells, and the key of an id."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from jirafe_api.contract.kinds import Event, own_id, own_status, own_time
from jirafe_api.times import stamp


@dataclass(frozen=True)
class StoredEvent:
    """An accepted event; `status` is that of an order, the times are ISO 8601 in UTC.

    `version` is that of the API it came in by, `received_at` when it did. `changed_at` is the
    event's own date, or the same where it has none that can be read.
    """

    seq: int
    site: str
    version: int
    kind: str
    status: str | None
    received_at: str
    changed_at: str
    event: Event

    @property
    def id(self) -> str:
        """What the event says of itself: an order's number, the id of most others."""
        return own_id(self.version, self.kind, self.event)

    def as_dict(self) -> dict[str, Any]:
        """The event and what is known of it, to be written as JSON."""
        return {
            "site": self.site,
            "kind": self.kind,
            "version": self.version,
            "id": self.id,
            "status": self.status,
            "received_at": self.received_at,
            "event": self.event,
        }


def key(event_id: str) -> str:
    """At most 85 printable ASCII characters to keep an id by, whatever it is; as it is if clean.

    Postgres takes no NUL and indexes no more than 2,704 bytes; SQLite takes no lone surrogate.
    """
    if re.fullmatch(r"[ -~]{0,64}", event_id):
        return event_id
    readable = re.sub(r"[^ -~]", "?", event_id[:20])
    return f"{readable}~{hashlib.sha256(event_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def row(site: str, version: int, kind: str, event: Event, now: datetime) -> dict[str, Any]:
    """What is kept of an event that came in now."""
    return {
        "site": site,
        "version": version,
        "kind": kind,
        "event_id": key(own_id(version, kind, event)),
        "status": own_status(version, kind, event),
        "received_at": stamp(now),
        "changed_at": stamp(own_time(event) or now, "microseconds"),
        "body": body(event),
    }


def body(event: Event) -> str:
    """The event as JSON in ASCII, which every database takes."""
    return json.dumps(event, separators=(",", ":"))


def stored(found: Row[Any]) -> StoredEvent:
    """The event of a row with all its columns."""
    return StoredEvent(
        seq=found.seq,
        site=found.site,
        version=found.version,
        kind=found.kind,
        status=found.status or None,
        received_at=found.received_at,
        changed_at=found.changed_at,
        event=json.loads(found.body),
    )

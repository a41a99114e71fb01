"""Stored events, and filters for them."""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row

from jirafe_api.contract.kinds import V1, V1_TRACKED, Event, own_id, own_status, own_time
from jirafe_api.storage.tables import DIGEST_SIZE, is_tracked
from jirafe_api.times import stamp

TOLERANCE = timedelta(days=1)
"""How far in the future an event's date may be, because clocks and time zones differ."""

EMPTIED = "emptied"
"""The `status` of an accepted order with no item left."""

_ANONYMOUS = "~~"
"""The prefix of the keys of events without an id."""

_CLEAN_ID = re.compile(rf"(?!{_ANONYMOUS})[ -~]{{1,64}}")
_UNCLEAN = re.compile(rf"[^ -~]|^{_ANONYMOUS}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class StoredEvent:
    """An accepted event; the times are ISO 8601 texts in UTC.

    `version` is that of the API it was sent to, `status` that of an order. `changed_at` is the
    event's own date, "" if that is missing, unreadable or in the future. `key` is the id in a form
    that databases can compare.
    """

    seq: int
    site: str
    version: int
    kind: str
    status: str | None
    received_at: str
    changed_at: str
    event: Event
    key: str = ""

    @property
    def id(self) -> str:
        """The event's id: an order's number, most others' `id`, or ""."""
        return _id(self.version, self.kind, self.event)

    @property
    def age(self) -> tuple[str, int]:
        """The key that sorts the states of one id, the newest last."""
        return self.changed_at, self.seq

    def as_dict(self) -> dict[str, Any]:
        """Return the event and its metadata as a JSON object."""
        return {
            "seq": self.seq,
            "site": self.site,
            "kind": self.kind,
            "version": self.version,
            "id": self.id,
            "status": self.status,
            "received_at": self.received_at,
            "event": self.event,
        }


@dataclass(frozen=True)
class EventFilter:
    """A filter for stored events; None matches all.

    `since` and `until` limit the time of arrival, the latter exclusively. They are texts in the
    format of `times.stamp`.
    """

    site: str | None = None
    kind: str | None = None
    id: str | None = None
    version: int | None = None
    since: str | None = None
    until: str | None = None

    def conditions(self, events: Any) -> list[ColumnElement[bool]]:
        """Return the conditions on the columns of `events`, the table or an alias."""
        values = {events.site: self.site, events.kind: self.kind, events.version: self.version}
        conditions = [column == value for column, value in values.items() if value is not None]
        if self.kind is not None:  # without this condition, databases use no partial index
            tracked = is_tracked(events.kind)
            conditions.append(tracked if self.kind in V1_TRACKED else ~tracked)
        if self.id:
            conditions.append(events.event_id == key(self.id))
        elif self.id is not None:
            conditions.append(events.event_id.startswith(_ANONYMOUS))
        if self.since is not None:
            conditions.append(events.received_at >= self.since)
        if self.until is not None:
            conditions.append(events.received_at < self.until)
        return conditions


def key(event_id: str) -> str:
    """Return at most 85 printable ASCII characters that identify an id, if possible the id itself.

    Postgres indexes at most 2,704 bytes. Events without an id have unique keys.
    """
    if not event_id:
        return _ANONYMOUS + secrets.token_hex(16)
    if _CLEAN_ID.fullmatch(event_id):
        return event_id
    readable = _UNCLEAN.sub("?", event_id[:20])
    return f"{readable}~{hashlib.sha256(event_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def storable(value: Any) -> Any:
    """Return the same JSON with U+FFFD for NUL and lone surrogates, which no database stores."""
    return encoded(value)[0]


def encoded(value: Any) -> tuple[Any, str]:
    """Return the storable form of a value, and that as JSON with sorted members."""
    try:
        content = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        pass
    else:
        if rb"\u0000" not in content:
            return value, content.decode()
    clean = _replace_unstorable(value)
    return clean, body(clean)


def _replace_unstorable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {
            _replace_unstorable(name): _replace_unstorable(member) for name, member in value.items()
        }
    if isinstance(value, list):
        return [_replace_unstorable(member) for member in value]
    return value


def body(event: Event) -> str:
    """Return a storable event as JSON with sorted members: the same text for equal events."""
    try:
        return orjson.dumps(event, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def row(
    site: str, version: int, kind: str, event: Event, body: str, now: datetime
) -> dict[str, Any]:
    """Return the columns of an event that arrived now, without `seq`.

    `event` and `body` are what `encoded` returns.
    """
    event_id = _id(version, kind, event)
    date = own_time(event)
    is_credible = date is not None and date <= now + TOLERANCE
    return {
        "site": site,
        "version": version,
        "kind": kind,
        "event_id": key(event_id),
        "status": _status(version, kind, event),
        "received_at": stamp(now),
        "changed_at": stamp(date, "microseconds") if date and is_credible else "",
        "body": body,
        "fingerprint": _fingerprint(version, kind, body)
        if event_id or kind != "pageview"
        else None,
    }


def from_row(found: Row[Any]) -> StoredEvent:
    """Return the event of a row with all columns."""
    return StoredEvent(
        seq=found.seq,
        site=found.site,
        version=found.version,
        kind=found.kind,
        status="accepted" if found.status == EMPTIED else found.status or None,
        received_at=found.received_at,
        changed_at=found.changed_at,
        event=found.body,
        key=found.event_id,
    )


def has_items_left(order: Event) -> bool:
    """Return whether an accepted order has an item that is not cancelled."""
    items: Sequence[Any] = order.get("items") or ()
    return any(isinstance(item, dict) and item.get("status") != "cancelled" for item in items)


def _id(version: int, kind: str, event: Event) -> str:
    """Return the id of an event, or ""; tracked events of version 1 have the visit's id."""
    if version == V1 and kind in V1_TRACKED and kind != "visit":
        return ""
    return own_id(version, kind, event)


def _status(version: int, kind: str, event: Event) -> str:
    status = own_status(version, kind, event)
    return EMPTIED if status == "accepted" and not has_items_left(event) else status


def _fingerprint(version: int, kind: str, body: str) -> bytes:
    """Return a digest of an event's content."""
    content = f"{version} {kind} {body}".encode()
    return hashlib.blake2b(content, digest_size=DIGEST_SIZE).digest()

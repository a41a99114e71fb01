"""Encode events once, for whichever post they are sent in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import orjson

MOST_IDS = 20
"""Request ids in one header; some routers accept no more than 8 kB of headers."""


class Event(Protocol):
    """An event to send: `kind` names the resource, `body` is the JSON object.

    `subject` is the kind and number of the object that the event is about, if it has any.
    """

    @property
    def kind(self) -> str: ...  # noqa: D102

    @property
    def body(self) -> dict[str, Any]: ...  # noqa: D102

    @property
    def subject(self) -> tuple[str, str] | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """One event as bytes.

    Events with the same `key` are never in two posts at once. `request_id` identifies the
    request that brought the event, if any.
    """

    kind: str
    key: tuple[str, str] | None
    data: bytes
    request_id: str = ""


def encode(event: Event, request_id: str = "") -> EncodedEvent:
    """Return the encoded event. A cart and the order that it becomes share a number and a key."""
    key = event.subject
    if key and key[0] == "cart":
        key = "order", key[1]
    return EncodedEvent(event.kind, key, orjson.dumps(event.body), request_id)


def resource_and_body(events: Sequence[EncodedEvent]) -> tuple[str, bytes]:
    """Return the resource to post to and the body: a single event's own, or `batch`."""
    if len(events) == 1:
        return events[0].kind, events[0].data
    return "batch", batch(events)


def batch(events: Iterable[EncodedEvent]) -> bytes:
    """Return the body of a batch: an array per kind, each in the order of the events."""
    by_kind: dict[str, list[bytes]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event.data)
    arrays = (b'"%s":[%s]' % (kind.encode(), b",".join(data)) for kind, data in by_kind.items())
    return b"{%s}" % b",".join(arrays)


def request_ids(events: Iterable[EncodedEvent]) -> str:
    """Return the ids of the events' requests, at most MOST_IDS, separated by commas."""
    ids = dict.fromkeys(event.request_id for event in events if event.request_id)
    return ",".join(islice(ids, MOST_IDS))

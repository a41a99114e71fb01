"""Events on their way out: encoded once, whatever post they go in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import orjson

MOST_IDS = 20
"""Ids in one header: servers take 8 kB of headers at the least, routers sometimes no more."""


class Event(Protocol):
    """What is sent: `kind` names the resource, `body` is the JSON object."""

    @property
    def kind(self) -> str: ...  # noqa: D102

    @property
    def body(self) -> dict[str, Any]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event as it is sent.

    `key` is what must not be in two posts at once, None where that does not matter;
    `request_id` is that of the request it came by, "" where there was none.
    """

    kind: str
    key: tuple[str, str] | None
    data: bytes
    request_id: str = ""


def outgoing(event: Event, request_id: str = "") -> Outgoing:
    """Return the event, encoded. A cart and the order that it becomes share their number."""
    keys = {"cart": "id", "order": "order_number", "category": "id"}
    kind = "order" if event.kind == "cart" else event.kind
    key = (kind, event.body[keys[event.kind]]) if event.kind in keys else None
    return Outgoing(event.kind, key, orjson.dumps(event.body), request_id)


def batch(events: Iterable[Outgoing]) -> bytes:
    """Return the body of a batch: the events' arrays by kind, in the events' order."""
    by_kind: dict[str, list[bytes]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event.data)
    arrays = (b'"%s":[%s]' % (kind.encode(), b",".join(data)) for kind, data in by_kind.items())
    return b"{%s}" % b",".join(arrays)


def request_ids(events: Iterable[Outgoing]) -> str:
    """Return the ids of the requests that the events came by, joined by commas: 20 at the most."""
    ids = dict.fromkeys(event.request_id for event in events if event.request_id)
    return ",".join(islice(ids, MOST_IDS))


def resource_and_body(events: Sequence[Outgoing]) -> tuple[str, bytes]:
    """Return where the events go and as what: a lone one to its own resource, more to `batch`."""
    if len(events) == 1:
        return events[0].kind, events[0].data
    return "batch", batch(events)

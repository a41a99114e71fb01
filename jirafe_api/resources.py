"""The resources of version 2: events go in one by one or in batches, and come out in pages."""

import re
from typing import Any

from flask import Blueprint, request, url_for

from jirafe_api import body
from jirafe_api.api import current_api
from jirafe_api.contract import KINDS, check
from jirafe_api.credentials import bearer
from jirafe_api.errors import Answer, Invalid, InvalidType, Refused, TooLarge
from jirafe_api.store import StoredEvent

MOST_EVENTS = 100_000  # each is answered; 10 MB of ones would be answered with half a GB

_LAST = 10**18 - 1
_NUMBERS = {"limit": (50, 500), "before": (_LAST, _LAST)}

v2 = Blueprint("v2", __name__, url_prefix="/v2")


@v2.post("/<site>/batch")
def post_batch(site: str) -> Answer:
    """Keeps the valid events of a batch together; answers in its form, one object an event."""
    _admit(site)
    batch = body.parse(body.read(request.stream))
    _require("batch", batch)
    if sum(len(events) for events in batch.values()) > MOST_EVENTS:
        raise TooLarge
    accepted: list[tuple[str, Any]] = []
    answers = {
        kind: [_accept(kind, event, accepted) for event in events] for kind, events in batch.items()
    }
    current_api().store.add(site, accepted)
    return answers


@v2.post("/<site>/<kind>")
def post_event(site: str, kind: str) -> Answer:
    """Keeps one event."""
    _admit(site)
    _require_kind(kind)
    event = body.parse(body.read(request.stream))
    _require(kind, event)
    current_api().store.add(site, [(kind, event)])
    return {"success": True}


@v2.get("/<site>/<kind>")
def list_events(site: str, kind: str) -> Answer:
    """A page of the site's events of a kind, newest first, and the address of the next page."""
    _admit(site)
    _require_kind(kind)
    limit, before = _numbers()
    event_id = request.args.get("id")
    events = current_api().store.page(site, kind, limit=limit + 1, before=before, event_id=event_id)
    page = events[:limit]
    following = None
    if len(events) > limit:
        following = url_for(
            ".list_events", site=site, kind=kind, limit=limit, before=page[-1].seq, id=event_id
        )
    return {"events": [_shown(event) for event in page], "next": following}


def _admit(site: str) -> None:
    current_api().sites.admit(bearer(request.headers.get("Authorization", "")), site)


def _require_kind(kind: str) -> None:
    if kind not in KINDS:
        raise InvalidType


def _require(kind: str, event: Any) -> None:
    if errors := check(kind, event):
        raise Invalid(errors)


def _accept(kind: str, event: Any, accepted: list[tuple[str, Any]]) -> Answer:
    try:
        _require_kind(kind)
        _require(kind, event)
    except Refused as error:
        return error.answer()
    accepted.append((kind, event))
    return {"success": True}


def _numbers() -> list[int]:
    """The limit and the position that the query asks for; Invalid where they are nonsense."""
    asked = {name: request.args.get(name, str(usual)) for name, (usual, _) in _NUMBERS.items()}
    errors = {
        name: f"{asked[name]!r} is not a whole number from 1 to {most}"
        for name, (_, most) in _NUMBERS.items()
        if not re.fullmatch(r"[0-9]{1,18}", asked[name]) or not 1 <= int(asked[name]) <= most
    }
    if errors:
        raise Invalid(errors)
    return [int(text) for text in asked.values()]


def _shown(stored: StoredEvent) -> Answer:
    status = {"status": stored.status} if stored.kind == "order" else {}
    return {"received_at": stored.received_at, "id": stored.id, **status, "event": stored.event}

"""Reading version 2: the events of a site come out in pages."""

import re

from flask import Blueprint, request, url_for

from jirafe_api.api import admit, current_api
from jirafe_api.contract import KINDS
from jirafe_api.errors import Answer, Invalid, InvalidType
from jirafe_api.store import StoredEvent

_LAST = 10**18 - 1
_NUMBERS = {"limit": (50, 500), "before": (_LAST, _LAST)}

reading = Blueprint("reading", __name__, url_prefix="/v2")


@reading.get("/<site>/<kind>")
def list_events(site: str, kind: str) -> Answer:
    """A page of the site's events of a kind, newest first, and the address of the next page."""
    admit(site)
    if kind not in KINDS:
        raise InvalidType
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

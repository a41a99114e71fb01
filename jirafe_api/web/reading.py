"""Reading: the events of a site come out in pages, as they came in or as they stand now.

Events of both versions of the API are read here.
"""

from typing import Any

from flask import Blueprint, request, url_for

from jirafe_api.api import admit, current_api
from jirafe_api.contract.kinds import STORED, V1, V2
from jirafe_api.errors import Answer, InvalidType, NotFound
from jirafe_api.storage.events import EventFilter, StoredEvent
from jirafe_api.storage.sites import READ
from jirafe_api.web.query import Query

_LAST = 10**18 - 1
_TRUTHS = {"true": True, "false": False}
_PARAMETERS = ("limit", "latest", "id", "since", "version", "before", "after")
_VERSIONS = {"1": V1, "2": V2}

reading = Blueprint("reading", __name__, url_prefix="/v2")


@reading.get("/<site>/<kind>")
def list_events(site: str, kind: str) -> Answer:
    """A page of the site's events of a kind, or of their latest states, and the next's address."""
    _admit(site, kind)
    query = Query(request.args)
    wanted = EventFilter(
        site=site,
        kind=kind,
        id=query.text("id"),
        version=query.choice("version", _VERSIONS),
        since=query.time("since"),
    )
    limit = query.number("limit", 50, most=500)
    is_latest = query.choice("latest", _TRUTHS)
    before = query.number("before", _LAST, most=_LAST)
    after = query.key("after")
    if is_latest:
        query.without("before", "is for pages of events, not of latest states")
    else:
        query.without("after", "is for pages of latest states only")
    query.refuse()
    store = current_api().store
    if is_latest:
        found = store.latest(wanted, limit=limit + 1, after=after)
    else:
        found = store.page(wanted, limit=limit + 1, before=before)
    page, following = found[:limit], None
    if len(found) > limit:
        place = {"after": page[-1].key} if is_latest else {"before": str(page[-1].seq)}
        following = _address(site, kind, {**request.args, **place})
    return {"events": [_shown(event) for event in page], "next": following}


@reading.get("/<site>/<kind>/<path:event_id>")
def get_latest(site: str, kind: str, event_id: str) -> Answer:
    """The latest state of one id."""
    _admit(site, kind)
    query = Query(request.args)
    wanted = EventFilter(site, kind, event_id, version=query.choice("version", _VERSIONS))
    query.refuse()
    for event in current_api().store.latest(wanted, limit=1):
        return _shown(event)
    raise NotFound


def _address(site: str, kind: str, parameters: dict[str, Any]) -> str:
    parameters = {name: text for name, text in parameters.items() if name in _PARAMETERS}
    return url_for(".list_events", site=site, kind=kind, **parameters)


def _admit(site: str, kind: str) -> None:
    admit(site, READ)
    if kind not in STORED:
        raise InvalidType


def _shown(stored: StoredEvent) -> Answer:
    status = {"status": stored.status} if stored.kind == "order" else {}
    return {
        "seq": stored.seq,
        "received_at": stored.received_at,
        "version": stored.version,
        "id": stored.id,
        **status,
        "event": stored.event,
    }

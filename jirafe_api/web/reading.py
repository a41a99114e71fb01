"""Reading: a site's events in pages, as they arrived or in their latest state.

Events of both versions of the API are read here.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from jirafe_api.api import admit, current_api
from jirafe_api.contract.kinds import STORED, V1, V2
from jirafe_api.errors import Answer, InvalidType, NotFound
from jirafe_api.storage.event_filter import Wanted
from jirafe_api.storage.stored_event import StoredEvent, key
from jirafe_api.strict_json import dumps
from jirafe_api.web.query import Query

MOST_BYTES = 10 * 1024 * 1024
"""How large a page may become, unless its first event is larger."""

_MOST_SEQ = 10**18 - 1
_TRUTHS = {"true": True, "false": False}
_PARAMETERS = ("limit", "latest", "id", "since", "version", "before", "after")
_VERSIONS = {"1": V1, "2": V2}

reading = Blueprint("reading", __name__, url_prefix="/v2")


@reading.get("/<site>/<kind>")
def list_events(site: str, kind: str) -> Response:
    """Answer a page of the site's events of a kind, or of their latest states."""
    _admit(site, kind)
    query = Query(request.args)
    wanted = Wanted(
        site=site,
        kind=kind,
        id=query.text("id"),
        version=query.choice("version", _VERSIONS),
        since=query.time("since"),
    )
    limit = query.number("limit", 50, most=500)
    is_latest = query.choice("latest", _TRUTHS)
    before = query.number("before", _MOST_SEQ, most=_MOST_SEQ)
    after = query.key("after")
    if is_latest:
        query.reject("before", "is for pages of events, not of latest states")
    else:
        query.reject("after", "is for pages of latest states only")
    query.refuse()
    store = current_api().store
    if is_latest:
        found = store.latest(wanted, limit=limit + 1, after=after)
    else:
        found = store.page(wanted, limit=limit + 1, before=before)
    page = _fitting(found[:limit])
    following = None
    if len(found) > len(page):
        last = found[len(page) - 1]
        place = {"after": key(last.id)} if is_latest else {"before": str(last.seq)}
        following = _address(site, kind, {**request.args, **place})
    body = b'{"events":[%s],"next":%s}' % (b",".join(page), dumps(following))
    return Response(body, mimetype="application/json")


@reading.get("/<site>/<kind>/<path:event_id>")
def get_latest(site: str, kind: str, event_id: str) -> Answer:
    """Answer the latest state of one id."""
    _admit(site, kind)
    query = Query(request.args)
    wanted = Wanted(site, kind, event_id, version=query.choice("version", _VERSIONS))
    query.refuse()
    for event in current_api().store.latest(wanted, limit=1):
        return _entry(event)
    raise NotFound


def _fitting(events: Sequence[StoredEvent]) -> list[bytes]:
    """Return the entries of as many events as fit a page, at least one if there is any."""
    entries: list[bytes] = []
    size = 0
    for event in events:
        entry = dumps(_entry(event))
        size += len(entry)
        if entries and size > MOST_BYTES:
            break
        entries.append(entry)
    return entries


def _address(site: str, kind: str, parameters: dict[str, Any]) -> str:
    parameters = {name: text for name, text in parameters.items() if name in _PARAMETERS}
    return url_for(".list_events", site=site, kind=kind, **parameters)


def _admit(site: str, kind: str) -> None:
    admit(site)
    if kind not in STORED:
        raise InvalidType


def _entry(stored: StoredEvent) -> Answer:
    status = {"status": stored.status} if stored.kind == "order" else {}
    return {
        "received_at": stored.received_at,
        "version": stored.version,
        "id": stored.id,
        **status,
        "event": stored.event,
    }

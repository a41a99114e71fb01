"""Read a site's events of both versions: in pages, in their latest state, or as a feed."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.routing import PathConverter

from jirafe_api.api import admit, current_api
from jirafe_api.contract.kinds import STORED, V1, V2
from jirafe_api.errors import Answer, InvalidType, NotFound
from jirafe_api.storage.events import EventFilter, StoredEvent
from jirafe_api.storage.sites import READ
from jirafe_api.strict_json import dumps
from jirafe_api.web.query import Query

_MOST_SEQ = 10**18 - 1
_TRUTHS = {"true": True, "false": False}
_PARAMETERS = ("limit", "latest", "id", "since", "version", "before", "after")
_VERSIONS = {"1": V1, "2": V2}

reading = Blueprint("reading", __name__, url_prefix="/v2")


class AnyText(PathConverter):
    """The rest of a path, even if it begins with a slash."""

    regex = ".+"
    part_isolating = False


@reading.get("/<site>/events")
def feed_events(site: str) -> Response:
    """Return the site's events of all kinds above a `seq`, oldest first, always with a `next`."""
    admit(site, READ)
    query = Query(request.args)
    limit = query.number("limit", 50, most=500)
    after = query.number("after", 0, least=0, most=_MOST_SEQ)
    query.refuse()
    found, cursor = current_api().store.feed(
        after=after, limit=limit, wanted=EventFilter(site=site)
    )
    page = [dumps({"kind": event.kind, **_entry(event)}) for event in found]
    following = url_for(".feed_events", site=site, limit=limit, after=cursor)
    return _page(page, following)


@reading.get("/<site>/<kind>")
def list_events(site: str, kind: str) -> Response:
    """Return a page of the site's events of a kind, or of their latest states."""
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
    before = query.number("before", _MOST_SEQ, most=_MOST_SEQ)
    after = query.key("after")
    if is_latest:
        query.reject("before", "is for pages of events, not of latest states")
    else:
        query.reject("after", "is for pages of latest states only")
    query.refuse()
    store = current_api().store
    if is_latest:
        found, has_more = store.latest(wanted, limit=limit, after=after)
    else:
        found, has_more = store.page(wanted, limit=limit, before=before)
    following = None
    if has_more:
        place = {"after": found[-1].key} if is_latest else {"before": str(found[-1].seq)}
        following = _address(site, kind, {**request.args, **place})
    return _page([dumps(_entry(event)) for event in found], following)


@reading.get("/<site>/<kind>/<any_text:event_id>")
def get_latest(site: str, kind: str, event_id: str) -> Answer:
    """Return the latest state of one id."""
    _admit(site, kind)
    query = Query(request.args)
    wanted = EventFilter(site, kind, event_id, version=query.choice("version", _VERSIONS))
    query.refuse()
    for event in current_api().store.latest(wanted, limit=1).events:
        return _entry(event)
    raise NotFound


def _page(entries: list[bytes], following: str | None) -> Response:
    body = b'{"events":[%s],"next":%s}' % (b",".join(entries), dumps(following))
    return Response(body, mimetype="application/json")


def _address(site: str, kind: str, parameters: dict[str, Any]) -> str:
    parameters = {name: text for name, text in parameters.items() if name in _PARAMETERS}
    return url_for(".list_events", site=site, kind=kind, **parameters)


def _admit(site: str, kind: str) -> None:
    admit(site, READ)
    if kind not in STORED:
        raise InvalidType


def _entry(stored: StoredEvent) -> Answer:
    status = {"status": stored.status} if stored.kind == "order" else {}
    return {
        "seq": stored.seq,
        "received_at": stored.received_at,
        "version": stored.version,
        "id": stored.id,
        **status,
        "event": stored.event,
    }

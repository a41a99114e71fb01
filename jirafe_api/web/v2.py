"""The resources of version 2: events go in one by one or in batches."""

from typing import Any

from flask import Blueprint

from jirafe_api.api import WRITING, admit, current_api
from jirafe_api.contract.kinds import KINDS
from jirafe_api.contract.validation import check
from jirafe_api.errors import Answer, Invalid, InvalidType, Refused, TooLarge
from jirafe_api.web import body

MOST_EVENTS = 100_000  # each is answered; 10 MB of ones would be answered with half a GB

v2 = Blueprint("v2", __name__, url_prefix="/v2")


@v2.route("/<site>/batch", methods=WRITING)
def post_batch(site: str) -> Answer:
    """Keeps the valid events of a batch together; answers in its form, one object an event."""
    admit(site)
    batch = body.value()
    _require("batch", batch)
    if sum(len(events) for events in batch.values()) > MOST_EVENTS:
        raise TooLarge
    accepted: list[tuple[str, Any]] = []
    answers = {
        kind: [_accept(kind, event, accepted) for event in events] for kind, events in batch.items()
    }
    current_api().store.add(site, accepted)
    return answers


@v2.route("/<site>/<kind>", methods=WRITING)
def post_event(site: str, kind: str) -> Answer:
    """Keeps one event."""
    admit(site)
    _require_kind(kind)
    event = body.value()
    _require(kind, event)
    current_api().store.add(site, [(kind, event)])
    return {"success": True}


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

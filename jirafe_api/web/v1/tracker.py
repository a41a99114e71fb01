"""The tracker of version 1: what happens in a shop's pages, from the beacons in them."""

from typing import Any

from flask import Blueprint

from jirafe_api.api import WRITING, current_api
from jirafe_api.contract.kinds import V1, Event
from jirafe_api.errors import Answer, Invalid, TooLargeWrapper
from jirafe_api.web import body, cors
from jirafe_api.web.browsers import Sent
from jirafe_api.web.v1 import wrapper

v1_tracker = Blueprint("v1_tracker", __name__, url_prefix="/v1")
v1_tracker.after_request(cors.open_to_pages)


@v1_tracker.route("/tracker", methods=WRITING)
def post_wrapper() -> Answer:
    """Keeps the events of a wrapper in their order: all of them, or none."""
    current_api().browsers.take("wrapper", _read, cors.origin())
    return {"success": True}


def _read() -> Sent:
    wrapped = body.value(wrapper.LIMIT, TooLargeWrapper)
    _refuse(wrapper.problems_of_outline(wrapped))
    return Sent(str(wrapped["site"]), lambda: _events(wrapped), V1)


def _events(wrapped: dict[str, Any]) -> list[tuple[str, Event]]:
    _refuse(wrapper.problems(wrapped))
    if wrapper.is_too_large(wrapped):
        raise TooLargeWrapper
    _refuse(wrapper.problems_of_events(wrapped["data"]))
    return wrapper.events(wrapped)


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)

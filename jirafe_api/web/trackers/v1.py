"""Version 1's tracker: wrappers with events from the beacons in a shop's pages."""

from contextlib import ExitStack
from typing import Any

from flask import Blueprint

from jirafe_api.api import WRITING, current_api
from jirafe_api.contract import v1_wrapper
from jirafe_api.contract.kinds import V1, Event
from jirafe_api.errors import Answer, Invalid, TooLargeWrapper
from jirafe_api.web.request_body import json_of_browser
from jirafe_api.web.responses import client, open_to_pages
from jirafe_api.web.trackers.acceptance import Sent

v1_tracker = Blueprint("v1_tracker", __name__, url_prefix="/v1")
v1_tracker.after_request(open_to_pages)


@v1_tracker.route("/tracker", methods=WRITING)
def post_wrapper() -> Answer:
    """Store the events of a wrapper in their order: all of them, or none."""
    with ExitStack() as held:
        current_api().trackers.accept("wrapper", lambda: _sent(held), client())
    return {"success": True}


def _sent(held: ExitStack) -> Sent:
    wrapper = json_of_browser(held, v1_wrapper.LIMIT, TooLargeWrapper)
    _refuse(v1_wrapper.problems_of_outline(wrapper))
    return Sent(str(wrapper["site"]), lambda: _events(wrapper), V1)


def _events(wrapper: dict[str, Any]) -> list[tuple[str, Event]]:
    _refuse(v1_wrapper.problems(wrapper))
    if v1_wrapper.repeats_too_much(wrapper):
        raise TooLargeWrapper
    _refuse(v1_wrapper.problems_of_events(wrapper["data"]))
    return v1_wrapper.events(wrapper)


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid(errors)

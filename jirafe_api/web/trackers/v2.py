"""Version 2's tracker: pageviews and visits from shoppers' browsers."""

import logging
from base64 import b64decode
from contextlib import ExitStack
from typing import Any

from flask import Blueprint, Response, request

from database.errors import DatabaseUnavailableError
from jirafe_api.api import WRITING, current_api
from jirafe_api.contract.validation import check
from jirafe_api.errors import Answer, Invalid, Refused, TooLargeToTrack
from jirafe_api.web.request_body import json_of, json_of_browser
from jirafe_api.web.responses import client, open_to_pages
from jirafe_api.web.trackers.acceptance import Sent

logger = logging.getLogger(__name__)

LIMIT = 64 * 1024
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""

v2_tracker = Blueprint("v2_tracker", __name__, url_prefix="/v2/tracker")
v2_tracker.after_request(open_to_pages)


@v2_tracker.route("/<any(pageview, visit):kind>", methods=WRITING)
def post(kind: str) -> Answer:
    """Store one event of any content type; browsers send text/plain without a preflight."""
    with ExitStack() as held:
        current_api().trackers.accept(
            kind, lambda: _sent(kind, json_of_browser(held, LIMIT, TooLargeToTrack)), client()
        )
    return {"success": True}


@v2_tracker.get("/<any(pageview, visit):kind>.gif")
def get_gif(kind: str) -> Response:
    """Store the event in the parameter `data`; return a pixel even if it is refused."""
    if request.method == "GET":  # HEAD asks for headers only
        _accept_from_address(kind)
    return Response(GIF, mimetype="image/gif")


def _accept_from_address(kind: str) -> None:
    data = request.args.get("data", "").encode()
    try:
        current_api().trackers.accept(kind, lambda: _sent(kind, json_of(data)), client())
    except Refused:
        pass  # already logged and counted
    except DatabaseUnavailableError as error:
        logger.warning("Lost a %s: %s", kind, error)


def _sent(kind: str, event: Any) -> Sent:
    if errors := check(kind, event):
        raise Invalid(errors)
    return Sent(event["site"], lambda: [(kind, event)])

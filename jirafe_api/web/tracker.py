"""The tracker of version 2: pageviews and visits come in from shoppers' browsers."""

import logging
from base64 import b64decode
from typing import Any

from flask import Blueprint, Response, request

from database.errors import DatabaseUnavailableError
from jirafe_api.api import WRITING, current_api
from jirafe_api.contract.validation import check
from jirafe_api.errors import Answer, Invalid, Refused, TooLargeToTrack
from jirafe_api.web import body, cors
from jirafe_api.web.browsers import Sent

logger = logging.getLogger(__name__)

LIMIT = 64 * 1024
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""

tracker = Blueprint("tracker", __name__, url_prefix="/v2/tracker")
tracker.after_request(cors.open_to_pages)


@tracker.route("/<any(pageview, visit):kind>", methods=WRITING)
def post(kind: str) -> Answer:
    """Keeps one event, whatever content type it has: browsers send text/plain unasked."""
    current_api().browsers.take(
        kind, lambda: _sent(kind, body.value(LIMIT, TooLargeToTrack)), cors.origin()
    )
    return {"success": True}


@tracker.get("/<any(pageview, visit):kind>.gif")
def get_gif(kind: str) -> Response:
    """Keeps the event that is the JSON of `data`; shoppers see a pixel, whatever came of it."""
    if request.method == "GET":  # HEAD asks for the headers alone, and tells of nothing
        _take_from_address(kind)
    return Response(GIF, mimetype="image/gif")


def _take_from_address(kind: str) -> None:
    data = request.args.get("data", "").encode()
    try:
        current_api().browsers.take(kind, lambda: _sent(kind, body.parse(data)), cors.origin())
    except Refused:
        pass  # it was logged and counted
    except DatabaseUnavailableError as error:
        logger.warning("Lost a %s: %s", kind, error)


def _sent(kind: str, event: Any) -> Sent:
    """What a browser sent that is one event of that kind; Invalid where it is none."""
    if errors := check(kind, event):
        raise Invalid(errors)
    return Sent(event["site"], lambda: [(kind, event)])

"""The tracker of version 2: pageviews and visits come in from shoppers' browsers."""

import logging
from base64 import b64decode
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from jirafe_api import body
from jirafe_api.api import current_api
from jirafe_api.database import StoreError
from jirafe_api.errors import Answer, Refused, TooLargeToTrack

logger = logging.getLogger(__name__)

LIMIT = 64 * 1024
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""

tracker = Blueprint("tracker", __name__, url_prefix="/v2/tracker")


@tracker.post("/<any(pageview, visit):kind>")
def post(kind: str) -> Answer:
    """Keeps one event, whatever content type it has: browsers send text/plain unasked."""
    current_api().browsers.take(
        kind, lambda: body.read(request.stream, LIMIT, TooLargeToTrack), _origin()
    )
    return {"success": True}


@tracker.get("/<any(pageview, visit):kind>.gif")
def get_gif(kind: str) -> Response:
    """Keeps the event that is the JSON of `data`; shoppers see a pixel, whatever came of it."""
    data = request.args.get("data", "").encode()
    try:
        current_api().browsers.take(kind, lambda: data, _origin())
    except Refused:
        pass  # it was logged and counted
    except StoreError as error:
        logger.warning("Lost a %s: %s", kind, error)
    return Response(GIF, mimetype="image/gif")


@tracker.after_request
def open_to_browsers(response: Response) -> Response:
    """Lets pages of every origin read the answer, but for 403, and nobody keep it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code != 403:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _origin() -> str | None:
    """The origin of the page: images tell it by their referrer only, if at all."""
    if "Origin" in request.headers:
        return request.headers["Origin"]
    try:
        scheme, host, *_ = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    return f"{scheme}://{host}"

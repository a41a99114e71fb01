"""Requests from the pages of other origins, such as those of a shop."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.wrappers import Response


def origin() -> str | None:
    """The origin of the page at work: images tell it by their referrer only, if at all."""
    if "Origin" in request.headers:
        return request.headers["Origin"]
    try:
        scheme, host, *_ = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    return f"{scheme}://{host}"


def open_to_pages(response: Response) -> Response:
    """Lets pages of every origin send and read the answer, but for 403, and nobody keep it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code != 403:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT"
        response.headers["Access-Control-Allow-Headers"] = "Content-Encoding, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response

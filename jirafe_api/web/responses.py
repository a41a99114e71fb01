"""Response headers: caching, and access for the pages of other origins (CORS)."""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response as FlaskResponse
from flask import request
from werkzeug.http import generate_etag
from werkzeug.wrappers import Response

from jirafe_api.web.trackers.acceptance import Client


def cached(content: bytes, media: str) -> FlaskResponse:
    """Return a response that caches keep for an hour and then revalidate by its hash."""
    response = FlaskResponse(content, mimetype=media)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.set_etag(_etag(content))
    response.make_conditional(request)
    return response


@lru_cache(maxsize=64)  # a hash of a megabyte takes milliseconds
def _etag(content: bytes) -> str:
    return generate_etag(content)


def public(content: bytes, media: str) -> FlaskResponse:
    """Return the same, readable by the pages of every origin."""
    response = cached(content, media)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _origin() -> str | None:
    """Return the origin of the page that sent the request, for images from the Referer."""
    if "Origin" in request.headers:
        return request.headers["Origin"]
    try:
        scheme, host, *_ = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    return f"{scheme}://{host}"


def client() -> Client:
    """Return where the current request comes from."""
    return Client(request.remote_addr or "", _origin())


def open_to_pages(response: Response) -> Response:
    """Let pages of every origin read the response, except a 403, and forbid caching."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code != 403:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response

"""The beacon: the script by which the pages of a shop tell of pageviews and visits."""

from pathlib import Path

from flask import Blueprint, Response, request
from rjsmin import jsmin  # type: ignore[import-untyped]  # has no stubs

SCRIPT: str = jsmin(
    (Path(__file__).parent / "jirafe_api.js").read_text(encoding="utf-8"), keep_bang_comments=True
)
"""What is served: the source beside this file without its spaces and comments."""

beacon = Blueprint("beacon", __name__)


@beacon.get("/jirafe_api.js")
def script() -> Response:
    """The script, kept for an hour; after that browsers ask whether it has changed."""
    response = Response(SCRIPT, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.add_etag()
    response.make_conditional(request)
    return response

"""The beacon: the script by which the pages of a shop tell of pageviews and visits."""

from pathlib import Path

from flask import Blueprint, Response
from rjsmin import jsmin  # type: ignore[import-untyped]  # has no stubs

from jirafe_api.web.caching import for_everybody

SCRIPT: str = jsmin(
    (Path(__file__).parent / "jirafe_api.js").read_text(encoding="utf-8"), keep_bang_comments=True
)
"""What is served: the source beside this file without its spaces and comments."""

beacon = Blueprint("beacon", __name__)


@beacon.get("/jirafe_api.js")
def script() -> Response:
    """The script, kept for an hour; after that browsers ask whether it has changed."""
    return for_everybody(SCRIPT.encode(), "text/javascript")

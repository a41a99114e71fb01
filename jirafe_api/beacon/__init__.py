"""The beacon: the script with which a shop's pages report pageviews and visits."""

from pathlib import Path

from flask import Blueprint, Response
from rjsmin import jsmin  # type: ignore[import-untyped]  # has no stubs

from jirafe_api.web.responses import public

SCRIPT: str = jsmin(
    (Path(__file__).parent / "jirafe_api.js").read_text(encoding="utf-8"), keep_bang_comments=True
)
"""The source beside this file, minified."""

beacon = Blueprint("beacon", __name__)


@beacon.get("/jirafe_api.js")
def script() -> Response:
    """Answer the script; browsers cache it for an hour."""
    return public(SCRIPT.encode(), "text/javascript")

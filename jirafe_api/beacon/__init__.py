"""The beacon: the script that sends pageviews and visits from a shop's pages."""

import json
from pathlib import Path

from flask import Blueprint, Response
from rjsmin import jsmin  # type: ignore[import-untyped]  # has no stubs

from jirafe_api.web.responses import public

_HERE = Path(__file__).parent
_PLACE = "REFERRERS = {}"


def _script() -> str:
    source = (_HERE / "jirafe_api.js").read_text(encoding="utf-8")
    referrers = json.dumps(json.loads((_HERE / "referrers.json").read_text()))
    return str(jsmin(source.replace(_PLACE, f"REFERRERS = {referrers}"), keep_bang_comments=True))


SCRIPT = _script()
"""The script in its served form: minified, with the hosts of referrers."""

beacon = Blueprint("beacon", __name__)


@beacon.get("/jirafe_api.js")
def script() -> Response:
    """Return the script, which browsers cache for an hour."""
    return public(SCRIPT.encode(), "text/javascript")

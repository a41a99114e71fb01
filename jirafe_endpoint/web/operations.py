"""What the platform and the operator ask: is it alive, is it ready, what does it do."""

from contextlib import suppress

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.observability import metrics, readiness
from jirafe_endpoint.shops import EXTENSION as SHOPS
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.web.auth import require_key

blueprint = Blueprint("operations", __name__)


@blueprint.get("/health")
def is_alive() -> ResponseReturnValue:
    """Answer that the process lives."""
    return {"status": "ok"}


@blueprint.get("/ready")
def is_ready() -> ResponseReturnValue:
    """Answer 200 where messages can be delivered now, else 503 with what is wrong by check."""
    checks: readiness.Readiness = current_app.extensions[readiness.EXTENSION]
    problems = checks.problems()
    failed = any(problems.values())
    told = {name: problem or "ok" for name, problem in problems.items()}
    body = {"status": "failed" if failed else "ok", "checks": told}
    return body, 503 if failed else 200, {"Cache-Control": "no-store"}


@blueprint.get("/metrics")
def count() -> Response:
    """Answer the counts, to those who know the key."""
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    require_key(told.strip() if scheme.lower() == "bearer" else "")
    counts: metrics.Metrics = current_app.extensions[metrics.EXTENSION]
    shops: Shops = current_app.extensions[SHOPS]
    with suppress(DatabaseUnavailableError):  # the other counts are needed most then
        counts.inbox_is(*shops.inbox.depth())
    return Response(counts.exposition(), content_type=metrics.CONTENT_TYPE)

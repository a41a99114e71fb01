"""Liveness, readiness and metrics, for the platform and the operator."""

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
    """Return 200 as long as the process serves requests."""
    return {"status": "ok"}


@blueprint.get("/ready")
def is_ready() -> ResponseReturnValue:
    """Return 200 if messages can be delivered, else 503; the body has each check's result."""
    checks: readiness.Readiness = current_app.extensions[readiness.EXTENSION]
    problems = checks.problems()
    failed = any(problems.values())
    results = {name: problem or "ok" for name, problem in problems.items()}
    body = {"status": "failed" if failed else "ok", "checks": results}
    return body, 503 if failed else 200, {"Cache-Control": "no-store"}


@blueprint.get("/metrics")
def count() -> Response:
    """Return the metrics if the caller has the key."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    require_key(token.strip() if scheme.lower() == "bearer" else "")
    counts: metrics.Metrics = current_app.extensions[metrics.EXTENSION]
    shops: Shops = current_app.extensions[SHOPS]
    with suppress(DatabaseUnavailableError):  # the other counts are needed most then
        counts.inbox_is(*shops.inbox.depth())
    return Response(counts.exposition(), content_type=metrics.CONTENT_TYPE)

"""Preview what a service would send to Jirafe for a message."""

from typing import Any

from flask import Blueprint, abort, current_app, request

from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.services import ANY, SERVICES, read
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.body import read_body

previews = Blueprint("previews", __name__)
previews.before_request(require_key)


@previews.post("/preview", defaults={"path": ""})
@previews.post("/preview/<path>")
def preview(path: str) -> dict[str, Any]:
    """Return the events of a message and the reply that the hub would get."""
    service = SERVICES.get(path) if path else ANY
    if service is None:
        abort(404)
    message = read(service, envelopes.parsed(read_body(request.stream)))
    shown: Preview = current_app.extensions["jirafe_endpoint_preview"]
    return shown.of(message, service).as_dict()

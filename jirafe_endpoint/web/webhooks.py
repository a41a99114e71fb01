"""The webhooks that the hub calls, one path per service, and their previews."""

from typing import Any

from flask import Blueprint, abort, current_app, request

from jirafe_endpoint import envelopes, record
from jirafe_endpoint.messages import Message
from jirafe_endpoint.preview import Preview
from jirafe_endpoint.service import Service
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.body import read_body
from jirafe_endpoint.web.services import ANY, SERVICES, HubService, read

blueprint = Blueprint("webhooks", __name__)
blueprint.before_request(require_key)


@blueprint.post("/", defaults={"path": ""})
@blueprint.post("/<path>")
def receive(path: str) -> dict[str, Any]:
    """Answer one message of the hub in its dialect."""
    service, message = _message(path)
    endpoint: Service = current_app.extensions["jirafe_endpoint"]
    return service.dialect.answer(endpoint.receive(message, service.types))


@blueprint.post("/preview", defaults={"path": ""})
@blueprint.post("/preview/<path>")
def preview(path: str) -> dict[str, Any]:
    """Answer with what would become of a message at the service of that path."""
    service, message = _message(path)
    previews: Preview = current_app.extensions["jirafe_endpoint_preview"]
    return previews.of(message, service.types).as_dict()


def _message(path: str) -> tuple[HubService, Message]:
    service = SERVICES.get(path) if path else ANY
    if service is None:
        abort(404)
    noted = record.current()
    with noted.step("read"):
        message = read(service, envelopes.parsed(read_body(request.stream)))
    noted.type, noted.message_id, noted.site = message.type, message.message_id, message.site
    return service, message

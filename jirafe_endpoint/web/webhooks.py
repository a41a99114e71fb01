"""The webhooks that the hub calls, one path per service."""

from typing import Any

from flask import Blueprint, abort, current_app, request

from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.services import ANY, SERVICES, read
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.body import read_body

blueprint = Blueprint("webhooks", __name__)
blueprint.before_request(require_key)


@blueprint.post("/", defaults={"path": ""})
@blueprint.post("/<path>")
def receive(path: str) -> dict[str, Any]:
    """Answer one message of the hub in its dialect."""
    service = SERVICES.get(path) if path else ANY
    if service is None:
        abort(404)
    noted = message_log.current()
    with noted.step("read"):
        message = read(service, envelopes.parsed(read_body(request.stream)))
    noted.type, noted.message_id = message.type, message.message_id
    noted.site, noted.number = message.site, message.number
    processor: MessageProcessor = current_app.extensions["jirafe_endpoint"]
    return service.dialect.answer(processor.process(message, service))

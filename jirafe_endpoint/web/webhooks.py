"""The webhooks that the hub calls, one path per service, and a preview of each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, abort, current_app, request

from jirafe_endpoint.delivery.preview import EXTENSION as PREVIEW
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.processor import EXTENSION as PROCESSOR
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.delivery.proof import digested
from jirafe_endpoint.delivery.site_shares import Lane, SiteShares
from jirafe_endpoint.errors import TooManyError
from jirafe_endpoint.messages import envelopes, notifications
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.messages.services import ANY, SERVICES, HubService, read
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.body import read_body

SHARES = "jirafe_endpoint_shares"
"""The key of the SiteShares in an application's extensions."""

PAUSE = 2.0
"""Seconds after which such a message is tried once more before it is refused."""

RETRY_AFTER = 5
"""Seconds after which a message beyond its site's share can be sent again."""

blueprint = Blueprint("webhooks", __name__)
previews = Blueprint("previews", __name__, url_prefix="/preview")
for one in (blueprint, previews):
    one.before_request(require_key)


@blueprint.post("/", defaults={"path": ""})
@blueprint.post("/<path>")
def receive(path: str) -> dict[str, Any]:
    """Answer one message of the hub in its dialect."""
    service = _service_at(path)
    noted = message_log.current()
    with noted.step("read"):
        message = _read(service)
    noted.type, noted.message_id = message.type, message.message_id
    noted.site, noted.number = message.site, message.number
    processor: MessageProcessor = current_app.extensions[PROCESSOR]
    site_and_token = digested(message.text("site_id"), message.text("access_token"))
    with _place(site_and_token, message):
        job = processor.admit(message, service)
    with _place(job.site, message):
        return service.dialect.answer(processor.deliver(job))


@previews.post("", defaults={"path": ""})
@previews.post("/<path>")
def preview(path: str) -> dict[str, Any]:
    """Return the events of a message and the reply that the hub would get; send nothing."""
    service = _service_at(path)
    shown: Preview = current_app.extensions[PREVIEW]
    return shown.of(_read(service), service).as_dict()


def _service_at(path: str) -> HubService:
    service = SERVICES.get(path) if path else ANY
    return service or abort(404)


def _read(service: HubService) -> Message:
    return read(service, envelopes.parsed(read_body(request.stream)))


@contextmanager
def _place(lane: Lane, message: Message) -> Iterator[None]:
    """Hold one place of a lane for a message; raise TooManyError if none is free."""
    shares: SiteShares = current_app.extensions[SHARES]
    if not shares.enter(lane):
        # Clients that try again at once would keep the process busy with refusals.
        time.sleep(PAUSE)
        if not shares.enter(lane):
            reason = "The site sends more messages at once than it may; this one can be sent again."
            note = notifications.problem(message.main_event, reason)
            raise TooManyError([note], message.message_id, retry_after=RETRY_AFTER)
    try:
        yield
    finally:
        shares.leave(lane)

"""The webhooks that the hub calls, one path per service, and a preview of each."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flask import Blueprint, abort, current_app

from jirafe_endpoint.delivery.preview import EXTENSION as PREVIEW
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.processor import EXTENSION as PROCESSOR
from jirafe_endpoint.delivery.processor import Job, MessageProcessor
from jirafe_endpoint.delivery.proof import digested
from jirafe_endpoint.delivery.site_shares import SiteShares
from jirafe_endpoint.errors import TooManyError
from jirafe_endpoint.messages import envelopes, notifications
from jirafe_endpoint.messages.message import Message, Reply
from jirafe_endpoint.messages.services import ANY, SERVICES, HubService, read
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.web.auth import require_key
from jirafe_endpoint.web.body import read_body

SHARES = "jirafe_endpoint_shares"
"""The key of the SiteShares in an application's extensions."""

BODIES = "jirafe_endpoint_hub_bodies"
"""The key of the Bodies of the hub's messages in an application's extensions."""

PATIENCE = (1.0, 3.0)
"""Seconds, at random, that a message beyond its site's share waits before it is refused.

Clients that are refused at once and try again would keep the process busy with refusals, and those
refused at the same moment would come again at the same moment.
"""

RETRY_AFTER = 5
"""Seconds after which such a message can be sent again."""

blueprint = Blueprint("webhooks", __name__)
previews = Blueprint("previews", __name__, url_prefix="/preview")
for routes in (blueprint, previews):
    routes.before_request(require_key)


@blueprint.post("/", defaults={"path": ""})
@blueprint.post("/<path>")
def receive(path: str) -> dict[str, Any]:
    """Answer one message of the hub in its dialect."""
    service = _service_at(path)
    record = message_log.current()
    with ExitStack() as held:
        with record.step("read"):
            message = _read(held, service)
        record.type, record.message_id = message.type, message.message_id
        record.site, record.number = message.site, message.number
        return service.dialect.answer(_delivered(message, service))


@previews.post("", defaults={"path": ""})
@previews.post("/<path>")
def preview(path: str) -> dict[str, Any]:
    """Return the events of a message and the reply that the hub would get; send nothing."""
    service = _service_at(path)
    shown: Preview = current_app.extensions[PREVIEW]
    with ExitStack() as held:
        return shown.of(_read(held, service), service).as_dict()


def _service_at(path: str) -> HubService:
    service = SERVICES.get(path) if path else ANY
    return service or abort(404)


def _read(held: ExitStack, service: HubService) -> Message:
    body = read_body(held, current_app.extensions[BODIES])
    return read(service, envelopes.parsed(body))


def _delivered(message: Message, service: HubService) -> Reply:
    """Deliver a message once its site and its token have a place."""
    processor: MessageProcessor = current_app.extensions[PROCESSOR]
    job = processor.job(message, service)
    if not processor.is_proven(job):
        with _unproven_place(job):
            processor.prove(job)
    with _place(job):
        return processor.deliver(job)


@contextmanager
def _unproven_place(job: Job) -> Iterator[None]:
    """Hold a place for a message whose token is not proven.

    Without a free one, wait for those that have the same token; raise TooManyError if it is not
    proven by then.
    """
    shares: SiteShares = current_app.extensions[SHARES]
    processor: MessageProcessor = current_app.extensions[PROCESSOR]
    with shares.unproven_place(digested(job.site, job.token)) as is_held:
        if not is_held and not processor.is_proven(job, _patience()):
            time.sleep(_patience())
            raise _too_many(job.message, "Too many messages wait until their token is checked")
        yield


@contextmanager
def _place(job: Job) -> Iterator[None]:
    """Hold a place of the message's site; raise TooManyError if none becomes free."""
    shares: SiteShares = current_app.extensions[SHARES]
    with shares.place(job.site, _patience()) as is_held:
        if not is_held:
            raise _too_many(job.message, "The site sends more messages at once than it may")
        yield


def _patience() -> float:
    return random.uniform(*PATIENCE)  # noqa: S311


def _too_many(message: Message, reason: str) -> TooManyError:
    note = notifications.problem(message.main_event, f"{reason}; this one can be sent again.")
    return TooManyError([note], message.message_id, retry_after=RETRY_AFTER)

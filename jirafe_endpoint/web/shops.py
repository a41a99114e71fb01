"""Webhooks of connected shops, and pushes of hub connectors."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound, ServiceUnavailable, Unauthorized

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.errors import TooManyError
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.shops import EXTENSION, Shops, reception
from jirafe_endpoint.shops.connections import ConnectedShop, SecretKeyError
from jirafe_endpoint.shops.inbox import Received
from jirafe_endpoint.web.body import read_body
from spree.push import PushError
from spree.webhooks.signatures import SignatureError
from spree.webhooks.webhook import WebhookError

BODIES = "jirafe_endpoint_shop_bodies"
"""The key of the Bodies of the shops' webhooks in an application's extensions."""

blueprint = Blueprint("shops", __name__)

log = logging.getLogger(__name__)


@blueprint.post("/spree/<site>", defaults={"secret": None})
@blueprint.post("/spree/<site>/<secret>")
def receive(site: str, secret: str | None) -> ResponseReturnValue:
    """Store a webhook of a shop, and answer before it is processed."""

    def read(shop: ConnectedShop, body: bytes) -> list[Received] | str:
        received = reception.received(shop, dict(request.headers), body)
        return received if isinstance(received, str) else [received]

    return _stored(site, secret, read)


@blueprint.post("/spree/<site>/push")
def receive_push(site: str) -> ResponseReturnValue:
    """Store what the shop's hub connector pushes. It accepts only 202 as success."""
    secret = request.headers.get("X-Hub-Access-Token", "")
    return _stored(site, secret, reception.pushed)


def _stored(
    site: str, secret: str | None, read: Callable[[ConnectedShop, bytes], list[Received] | str]
) -> ResponseReturnValue:
    """Verify the request, and store what `read` returns, or answer why nothing is stored."""
    shops: Shops = current_app.extensions[EXTENSION]
    try:
        shop = shops.connections.get(site)
        if shop is None:  # before a body of 10 MB is read
            raise NotFound("No shop is connected under this site.")
        with ExitStack() as held:
            body = read_body(held, current_app.extensions[BODIES], site)
            _verify(shops, shop, secret, body)
            envelopes.parsed(body)  # refuses what is nested too deeply
            received = read(shop, body)
            if isinstance(received, str):
                return {"status": "ignored", "reason": received}, HTTPStatus.OK
            shops.backlog.require_room(site)
            shops.inbox.put(*received)
    except (WebhookError, PushError) as error:
        raise BadRequest(str(error)) from error
    except TooManyError as error:
        log.error("A webhook of site %s was not stored: %s", site, error.why)  # noqa: TRY400
        raise
    except (DatabaseUnavailableError, SecretKeyError) as error:
        log.error("A webhook of site %s was not stored: %s", site, error)  # noqa: TRY400
        raise ServiceUnavailable("The webhook cannot be stored now.", retry_after=5) from error
    return {"status": "stored"}, HTTPStatus.ACCEPTED


def _verify(shops: Shops, shop: ConnectedShop, secret: str | None, body: bytes) -> None:
    try:
        reception.verify(shop, secret, dict(request.headers), body, shops.clock())
    except SignatureError as error:
        raise Unauthorized(str(error)) from error

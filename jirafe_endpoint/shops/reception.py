"""Verify that a request is a webhook of a connected shop, and prepare it for the inbox."""

from collections.abc import Mapping
from datetime import datetime

import orjson

from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.inbox import Received
from jirafe_endpoint.shops.messages import PUSHED_ID, PUSHED_TYPE
from jirafe_endpoint.state.columns import readable
from spree.messages import HubMessage
from spree.push import read_push
from spree.webhooks import signatures
from spree.webhooks.signatures import TIMESTAMP_HEADER, SignatureError
from spree.webhooks.translation import translate
from spree.webhooks.webhook import read_webhook

GATHERING = 2.0
"""Seconds that a webhook waits for others about the same object, so that it is read only once."""


def verify(
    shop: ConnectedShop,
    path_secret: str | None,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Raise SignatureError unless the shop sent this.

    It is recognized by its signature, or by a secret in the path, since Spree 4.4 and 4.5 do not
    sign webhooks.
    """
    if path_secret is not None:
        signatures.verify_path_secret(path_secret, shop.webhook_secrets)
    elif not shop.webhook_secrets:
        raise SignatureError("The shop has no webhook secret yet.")
    else:
        signatures.verify(headers, body, shop.webhook_secrets, now)


def received(shop: ConnectedShop, headers: Mapping[str, str], body: bytes) -> Received | str:
    """Return a webhook for the inbox, or why nothing is sent for it. Raise WebhookError."""
    webhook = read_webhook(headers, body)
    translation = translate(webhook)
    if not (translation.message or translation.skus or (shop.kind and translation.lookup)):
        return translation.ignored or "Nothing is sent."
    named = signatures.lower(headers)
    kept = {TIMESTAMP_HEADER: named[TIMESTAMP_HEADER]} if TIMESTAMP_HEADER in named else {}
    delay = GATHERING if shop.kind and translation.lookup else 0.0
    return Received(shop.site, readable(translation.about), kept, body.decode(), delay)


def pushed(shop: ConnectedShop, body: bytes) -> list[Received]:
    """Return the messages that a hub connector pushes, for the inbox. Raise PushError."""
    return [_pushed(shop, message) for message in read_push(body)]


def _pushed(shop: ConnectedShop, message: HubMessage) -> Received:
    ((kind, record),) = message.payload.items()
    headers = {PUSHED_TYPE: message.type, PUSHED_ID: message.id}
    content = orjson.dumps(message.payload).decode()
    return Received(shop.site, readable(f"{kind} {record.get('id', '')}"), headers, content, 0.0)

"""Turn webhooks about one subject into hub messages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import orjson

from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.message import PREFIX, Message
from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.inbox import Stored
from spree.messages import HubMessage
from spree.payloads.fields import Record
from spree.webhooks.translation import Lookup, translate, translate_lookup
from spree.webhooks.webhook import Webhook, read_webhook

Read = Callable[[Lookup], Record | None]
"""Reads an order or a product from the shop's API; None if it is gone."""


PUSHED_TYPE, PUSHED_ID = "pushed-type", "pushed-id"
"""Headers of a stored push: the type and the id of its hub message."""

REPLAYED = "replayed-letter"
"""Header of a stored replay: the id of the dead letter that has the message."""


class OutdatedReadError(Exception):
    """The shop's API does not yet return what a webhook reports."""


def read_webhooks(stored: Sequence[Stored]) -> list[Webhook]:
    """Return those that are webhooks: neither pushed by a hub connector nor replays."""
    sent = (one for one in stored if not {PUSHED_TYPE, REPLAYED} & one.headers.keys())
    return [read_webhook(one.headers, one.body.encode()) for one in sent]


def pushed_messages(stored: Sequence[Stored]) -> list[HubMessage]:
    """Return the messages that a hub connector pushed."""
    pushed = (one for one in stored if PUSHED_TYPE in one.headers)
    return [
        HubMessage(one.headers[PUSHED_TYPE], one.headers[PUSHED_ID], orjson.loads(one.body))
        for one in pushed
    ]


def from_bodies(webhooks: Sequence[Webhook]) -> list[HubMessage]:
    """Return the messages that the bodies alone make."""
    messages = (translate(webhook).message for webhook in webhooks)
    return [message for message in messages if message]


def from_api(webhooks: Sequence[Webhook], read: Read) -> list[HubMessage]:
    """Return the messages about the object's state in the shop's API, read once for all webhooks.

    If the API does not have the object, use the bodies. Raise OutdatedReadError if the state that
    was read is older than a webhook.
    """
    lookup = _lookup(webhooks)
    found = read(lookup) if lookup else None
    if found is None:
        return from_bodies(webhooks)
    messages: dict[tuple[str, object], HubMessage] = {}
    for webhook in webhooks:
        message = translate_lookup(webhook, found)
        if message is None:
            raise OutdatedReadError
        state = message.payload.get("original", {}).get("state")
        # The same id for the same content, so that it is sent only once.
        messages.setdefault((message.type, state), replace(message, id=f"read:{message.type}"))
    return list(messages.values())


def without_body(webhooks: Sequence[Webhook]) -> list[Webhook]:
    """Return the webhooks that make no message without the shop's API.

    For example, the webhook of Spree 5.3 for a changed line has only the id of the order.
    """
    translated = ((webhook, translate(webhook)) for webhook in webhooks)
    return [webhook for webhook, one in translated if one.lookup and not one.message]


def skus(webhooks: Sequence[Webhook]) -> Mapping[str, str]:
    """Return the SKUs in the bodies by variant id, the latest of each."""
    return {
        identifier: sku
        for webhook in webhooks
        for identifier, sku in translate(webhook).skus.items()
    }


def addressed(message: HubMessage, shop: ConnectedShop) -> Message:
    """Return the message with the shop's site, token and parameters.

    The shop's parameters replace those of the message.
    """
    own = envelopes.message(message.envelope(), None).parameters
    known = {name: value for name, value in own.items() if name not in ("site_id", "access_token")}
    address = {"store_url": shop.url} if shop.url else {}
    parameters = {**known, **address, **shop.parameters}
    listed = [{"name": f"{PREFIX}{name}", "value": value} for name, value in parameters.items()]
    payload = {**message.payload, "parameters": listed}
    credentials = {"site_id": shop.site, "access_token": shop.token}
    return Message(message.type, message.id, payload, {**parameters, **credentials})


def is_wanted(message: HubMessage, shop: ConnectedShop) -> bool:
    """Whether a message is to be sent: taxons are only if the shop names a category taxonomy."""
    return message.type != "taxon:updated" or "product_category_taxonomy" in shop.parameters


def _lookup(webhooks: Sequence[Webhook]) -> Lookup | None:
    """Return what to read: by the number in a body, or else by the id, which few APIs accept."""
    known = [one for one in map(translate, webhooks) if one.lookup]
    known.sort(key=lambda one: one.message is not None)
    return known[-1].lookup if known else None

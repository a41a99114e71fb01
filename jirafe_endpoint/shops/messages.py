"""From webhooks about one subject to the hub messages that they amount to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.message import PREFIX, Message
from jirafe_endpoint.shops.connections import ConnectedShop
from spree.messages import HubMessage
from spree.payloads.fields import Record
from spree.webhooks.translation import Lookup, translate, translate_lookup
from spree.webhooks.webhook import Webhook

Read = Callable[[Lookup], Record | None]
"""Reads an order or a product from the shop's API; None if it is gone."""


class OutdatedReadError(Exception):
    """The shop's API does not have yet what a webhook says."""


def from_bodies(webhooks: Sequence[Webhook]) -> list[HubMessage]:
    """Return what the bodies alone amount to."""
    messages = (translate(webhook).message for webhook in webhooks)
    return [message for message in messages if message]


def from_api(webhooks: Sequence[Webhook], read: Read) -> list[HubMessage]:
    """Return the messages about what the shop's API has now, read once for all webhooks.

    What it has no more, or never lists, is taken from the bodies. Raise OutdatedReadError if what
    was read is older than a webhook.
    """
    lookup = next((one for one in map(_lookup, reversed(webhooks)) if one), None)
    found = read(lookup) if lookup else None
    if found is None:
        return from_bodies(webhooks)
    messages: dict[tuple[str, object], HubMessage] = {}
    for webhook in webhooks:
        message = translate_lookup(webhook, found)
        if message is None:
            raise OutdatedReadError
        state = message.payload.get("original", {}).get("state")
        # One name for all that leads to the same content, so that it is sent once.
        messages.setdefault((message.type, state), replace(message, id=f"read:{message.type}"))
    return list(messages.values())


def skus(webhooks: Sequence[Webhook]) -> Mapping[str, str]:
    """Return the SKUs in the bodies by variant id; the latest counts."""
    return {
        identifier: sku
        for webhook in webhooks
        for identifier, sku in translate(webhook).skus.items()
    }


def addressed(message: HubMessage, shop: ConnectedShop) -> Message:
    """Return the message with the shop's parameters, its site and its token."""
    parameters = {"store_url": shop.url, **shop.parameters}
    listed = [{"name": f"{PREFIX}{name}", "value": value} for name, value in parameters.items()]
    envelope = message.envelope()
    envelope["payload"] = {**message.payload, "parameters": listed}
    read = envelopes.message(envelope, None)
    credentials = {"site_id": shop.site, "access_token": shop.token}
    return replace(read, parameters={**read.parameters, **credentials})


def is_wanted(message: HubMessage, shop: ConnectedShop) -> bool:
    """Whether a message can be sent: taxons are categories only of a taxonomy that is named."""
    return message.type != "taxon:updated" or "product_category_taxonomy" in shop.parameters


def _lookup(webhook: Webhook) -> Lookup | None:
    return translate(webhook).lookup

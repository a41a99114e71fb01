"""Dead letters of webhooks after three days of retries, and dead letters back into the inbox."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.inbox import Job, Received, Stored
from jirafe_endpoint.shops.messages import (
    REPLAYED,
    addressed,
    from_bodies,
    pushed_messages,
    read_webhooks,
)
from jirafe_endpoint.shops.reception import received
from jirafe_endpoint.state.columns import readable
from jirafe_endpoint.state.dead_letters import DeadLetter
from spree.messages import HubMessage
from spree.webhooks.translation import translate

WEBHOOK = "webhook"
"""The type of a dead letter that holds a webhook whose body alone does not make a message."""


def letters(job: Job, shop: ConnectedShop, reason: str) -> list[DeadLetter]:
    """Return the dead letters of a job: the messages in the bodies of its webhooks.

    If there are none, return the last webhook that only the shop's API can complete.
    """
    errors = [f"It was tried for three days: {reason}"]
    webhooks = read_webhooks(job.webhooks)
    messages = [*pushed_messages(job.webhooks), *from_bodies(webhooks)]
    if messages:
        return [_of_message(one, shop, errors) for one in messages]
    to_read = [one for one in job.webhooks if _is_to_be_read(one)]
    return [_of_webhook(one, shop.site, errors) for one in to_read[-1:]]


def webhook_of(letter: DeadLetter, shop: ConnectedShop) -> Received | str:
    """Return the webhook of a dead letter for the inbox, or why nothing would be sent for it."""
    return received(shop, letter.payload["headers"], orjson.dumps(letter.payload[WEBHOOK]))


def replay_of(letter: DeadLetter) -> Received:
    """Return what to store to have the message of a dead letter processed again."""
    message = Message(letter.type, letter.message_id, letter.payload, {})
    subject = readable(f"{message.subject} {message.number or letter.identity}")
    return Received(letter.site, subject, {REPLAYED: str(letter.id)}, "{}", 0.0)


def replayed_letters(stored: Sequence[Stored]) -> list[int]:
    """Return the ids of the dead letters that are replayed."""
    return [int(one.headers[REPLAYED]) for one in stored if REPLAYED in one.headers]


def _is_to_be_read(stored: Stored) -> bool:
    return any(translate(one).lookup for one in read_webhooks([stored]))


def _of_message(message: HubMessage, shop: ConnectedShop, errors: Sequence[str]) -> DeadLetter:
    sent = addressed(message, shop)
    return DeadLetter(
        shop.site, sent.identity(""), message.id, sent.type, dict(sent.payload), errors
    )


def _of_webhook(stored: Stored, site: str, errors: Sequence[str]) -> DeadLetter:
    payload: dict[str, Any] = {"headers": stored.headers, WEBHOOK: orjson.loads(stored.body)}
    identity = hashlib.sha256(stored.body.encode()).hexdigest()
    return DeadLetter(site, identity, None, WEBHOOK, payload, errors)

"""Webhooks of one small history, as they are and changed."""

import json

from spree.webhooks.webhook import Webhook, read_webhook
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import Sent, WebhookSender

SHOP = FakeShop()
play_small_history(SHOP)


def sent_by(version: str, what: str) -> list[Sent]:
    """Return the requests of a version about the first such change of the history."""
    changes = [change for change in SHOP.changes if change.what == what]
    return WebhookSender(SHOP, version).requests(changes[:1])


def webhook_of(request: Sent, **changes: object) -> Webhook:
    """Return the webhook of a request with some of its envelope changed."""
    return read_webhook(request.headers, json.dumps({**request.json, **changes}).encode())


def event(name: str, data: dict[str, object], **more: object) -> Webhook:
    """Return a webhook of 5.4 or later."""
    body = {"id": "e-1", "name": name, "created_at": "2026-04-01T10:00:01Z", "data": data, **more}
    return read_webhook({"X-Spree-Webhook-Timestamp": "1775037602"}, json.dumps(body).encode())

"""The webhooks that each generation of Spree sends about what happens in a shop.

They are as unreliable as Spree's own: never sent again, in any order, some twice under two ids.
"""

import base64
import hashlib
import hmac
import json
import random
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.spree.fake_spree.formats import flat, v3
from tests.spree.fake_spree.formats.json_api import Rendering
from tests.spree.fake_spree.records import (
    Change,
    Customer,
    Line,
    Order,
    Product,
    ShopData,
    Taxon,
    Variant,
)
from tests.spree.fake_spree.values import milliseconds, seconds

GENERATIONS = ("4.4", "4.5", "4.10", "5.2", "5.3", "5.4", "5.6", "6.0")

_TENSES = {"created": "create", "updated": "update", "deleted": "delete"}


@dataclass(frozen=True)
class Sent:
    """One request, as bytes and headers."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebhookSender:
    """Sends what happens in a shop as one version of Spree does."""

    shop: ShopData
    version: str
    secret: str = "the-endpoint's-secret"
    _ids: random.Random = field(default_factory=lambda: random.Random(5))

    def requests(self, changes: Iterable[Change]) -> list[Sent]:
        """Return the requests about the changes, in the order in which they happened."""
        return [request for change in changes for request in self._about(change)]

    def test(self, at: datetime) -> Sent:
        """Return the webhook of the test button, from 5.3 on."""
        return self._modern("webhook.test", {"message": "This is a test."}, at)

    def _about(self, change: Change) -> list[Sent]:
        if self.version in ("4.4", "4.5", "4.10", "5.2"):
            return self._json_api(change)
        if self.version == "5.3":
            return self._flat(change)
        return self._v3(change)

    def _json_api(self, change: Change) -> list[Sent]:
        if change.what.startswith("user."):
            return []  # the user class takes no part
        kind, _, done = change.what.partition(".")
        rendering = Rendering(self.shop, is_webhook=True, is_5_2=self.version == "5.2")
        hides = self.version != "5.2" and change.what == "order.canceled"
        order = rendering.order(change.order, hides_cancellation=hides) if change.order else None
        key = kind, str(change.subject.id)
        main = order if kind == "order" else rendering.index[key]
        assert main is not None
        include = None if self.version == "4.4" else "*"
        body = {
            **rendering.document(main, include),
            "event_created_at": milliseconds(change.at + timedelta(seconds=1)),
            "event_id": self._ids.randrange(10**6),
            "event_type": f"{kind}.{_TENSES.get(done, done)}",
        }
        return [self._sign(body, change.at)]

    def _flat(self, change: Change) -> list[Sent]:
        subject = change.subject
        data: dict[str, Any]
        if isinstance(subject, Taxon):
            return []
        if isinstance(subject, Line):
            assert change.order
            data = flat.line_item(subject, change.order)
        elif isinstance(subject, Order):
            data = flat.order(subject)
        elif isinstance(subject, Product):
            data = flat.product(subject)
        elif isinstance(subject, Variant):
            data = flat.variant(subject)
        else:
            data = flat.user(subject)
        name = "order.completed" if change.what == "order.placed" else change.what
        times = 2 if change.what in ("order.placed", "order.canceled") else 1
        return [self._modern(name, data, change.at) for _ in range(times)]

    def _v3(self, change: Change) -> list[Sent]:
        subject, version = change.subject, self.version
        if isinstance(subject, Taxon):
            return []
        if isinstance(subject, Order):
            return self._v3_order(change, subject)
        data: dict[str, Any]
        if isinstance(subject, Line):
            assert change.order
            data = v3.line_item(subject, change.order, version)
        elif isinstance(subject, Product):
            data = v3.product(subject)
        elif isinstance(subject, Variant):
            data = v3.variant(subject)
        else:
            assert isinstance(subject, Customer)
            data = v3.user(subject)
        return [self._modern(change.what, data, change.at)]

    def _v3_order(self, change: Change, order: Order) -> list[Sent]:
        if self.version == "6.0" and order.completed_at is None:
            name = change.what.replace("order.", "cart.")
            return [self._modern(name, v3.cart(order), change.at)]
        data = v3.order(order, self.version)
        if change.what == "order.placed" and self.version == "6.0":
            return [
                self._modern("order.placed", data, change.at),
                self._modern("order.completed", data, change.at, alias_of="order.placed"),
            ]
        name = "order.completed" if change.what == "order.placed" else change.what
        return [self._modern(name, data, change.at)]

    def _modern(
        self, name: str, data: dict[str, Any], at: datetime, alias_of: str | None = None
    ) -> Sent:
        versions = {"5.3": "5.3.6", "5.4": "5.4.4", "5.6": "5.6.1", "6.0": "6.0.0.alpha"}
        metadata = {"spree_version": versions[self.version]}
        if alias_of:
            metadata["deprecated_alias_of"] = alias_of
        body = {
            "id": str(uuid.UUID(int=self._ids.getrandbits(128), version=4)),
            "name": name,
            "created_at": seconds(at),
            "data": data,
            "metadata": metadata,
        }
        return self._sign(body, at, name)

    def _sign(self, body: dict[str, Any], at: datetime, name: str = "") -> Sent:
        raw = rails_json(body)
        headers = {"Content-Type": "application/json"}
        if self.version in ("4.4", "4.5"):
            return Sent(headers, raw)
        if self.version in ("4.10", "5.2"):
            signature = base64.b64encode(self._digest(raw)).decode()
            return Sent({**headers, "X-Spree-Hmac-SHA256": signature}, raw)
        headers |= {"User-Agent": "Spree-Webhooks/1.0", "X-Spree-Webhook-Event": name}
        if self.version != "5.3":
            timestamp = str(int(at.timestamp()) + 1)
            headers["X-Spree-Webhook-Timestamp"] = timestamp
            signed = timestamp.encode() + b"." + raw
        else:
            signed = raw
        return Sent({**headers, "X-Spree-Webhook-Signature": self._digest(signed).hex()}, raw)

    def _digest(self, message: bytes) -> bytes:
        return hmac.new(self.secret.encode(), message, hashlib.sha256).digest()


def unreliably(requests: list[Sent], seed: int, lost: float = 0.2) -> list[Sent]:
    """Return the requests as a network would deliver them: out of order, some twice, some never."""
    chance = random.Random(seed)
    kept = [request for request in requests if chance.random() >= lost]
    twice = kept + [request for request in kept if chance.random() < 0.1]
    chance.shuffle(twice)
    return twice


def post(url: str, request: Sent) -> int:
    """Send a request, and return the status, which Spree records and forgets."""
    sent = urllib.request.Request(url, request.body, request.headers, method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def rails_json(body: Any) -> bytes:
    """Return the JSON as Rails writes it: no spaces, and what HTML minds as escapes."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()

"""Messages in progress take a bounded amount of memory; beyond it, they are answered 429."""

from contextlib import ExitStack
from dataclasses import replace

import orjson
import pytest

from jirafe_api.web.bodies import LARGEST
from jirafe_endpoint.web import shops
from jirafe_endpoint.web.webhooks import BODIES
from tests.endpoint.fixtures import SITE, message
from tests.shops.service import Service
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import WebhookSender

NOTE = {
    "level": "error",
    "subject": "The message was not read.",
    "description": "Too much is being processed now; this message can be sent again.",
}
CART = {"number": "R1", "updated_at": "2026-03-02T14:06:02Z", "line_items": []}


@pytest.fixture
def fill(monkeypatch):
    """Fill the room for large bodies until the end of the test, and let others not wait for it."""
    monkeypatch.setattr("jirafe_api.web.bodies.PATIENCE", 0.0)
    with ExitStack() as held:

        def hold(bodies):
            for sender in "abc":
                held.enter_context(bodies.room(LARGEST, sender))

        yield hold


def cart(size):
    return message("cart:new", {"cart": CART | {"odd": "x" * size}})


def test_large_messages_without_room_are_answered_429_and_small_ones_are_delivered(hub, fill, log):
    fill(hub.application.extensions[BODIES])

    v5 = hub.post("/", json=cart(5_000_000))
    v6 = hub.post("/add_cart", json={"request_id": "r-1", "cart": CART | {"odd": "x" * 5_000_000}})
    shown = hub.post("/preview", json=cart(5_000_000))

    assert (v5.status_code, v5.headers["Retry-After"]) == (429, "5")
    assert v5.json == {"notifications": [NOTE]}
    assert (v6.status_code, v6.headers["Retry-After"]) == (429, "5")
    assert v6.json == {
        "summary": "The message was not read: "
        "Too much is being processed now; this message can be sent again."
    }
    assert shown.status_code == 429
    assert [record.outcome for record in log.records if record.msg == "message"] == ["too_many"] * 2
    assert hub.post("/", json=cart(1)).status_code == 200


def test_messages_of_the_hub_and_webhooks_of_shops_do_not_delay_each_other(sqlite_url, fill, log):
    service, shop = Service(sqlite_url, "4.4"), FakeShop()
    play_small_history(shop)
    requests = WebhookSender(shop, service.version).requests(shop.changes)
    small = next(one for one in requests if "order" in one.json["event_type"])
    large = replace(small, body=orjson.dumps(small.json | {"odd": "x" * 5_000_000}))
    try:
        service.connect()
        fill(service.app.extensions[BODIES])
        assert service.post(large)[0] == 202
        fill(service.app.extensions[shops.BODIES])
        assert service.post(large) == (429, {"notifications": [NOTE]})
        assert service.post(small)[0] == 202
    finally:
        service.close()
    assert f"A webhook of site {SITE} was not stored: {NOTE['description']}" in log.messages

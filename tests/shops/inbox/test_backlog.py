"""A shop whose webhooks pile up is answered 429; others are not."""

import pytest

from jirafe_endpoint.shops import backlog
from jirafe_endpoint.shops.inbox import Received
from tests.endpoint.fixtures import SITE
from tests.shops.service import Service
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import WebhookSender

REFUSAL = {
    "notifications": [
        {
            "level": "error",
            "subject": "The webhook was not stored.",
            "description": "Too many webhooks of this shop wait to be processed; "
            "send this one again later.",
        }
    ]
}
STORED = 202, {"status": "stored"}


@pytest.fixture
def service(ready_url, monkeypatch):
    monkeypatch.setattr(backlog, "COUNTED_FOR", 0.0)
    service = Service(ready_url, "4.4")
    service.connect()
    yield service
    service.close()


@pytest.fixture
def webhook():
    shop = FakeShop()
    play_small_history(shop)
    requests = WebhookSender(shop, "4.4").requests(shop.changes)
    return next(one for one in requests if "order" in one.json["event_type"])


def waiting(site, size=10, delay=1000.0):
    return Received(site, "order R1", {}, "x" * size, delay)


def test_a_shop_with_too_many_waiting_webhooks_is_answered_429_until_some_are_processed(
    service, webhook, monkeypatch, log
):
    monkeypatch.setattr(backlog, "MOST_PER_SITE", 3)
    service.shops.inbox.put(*[waiting("other")] * 5, *[waiting(SITE, delay=0.0)] * 2)

    assert [service.post(webhook) for _ in range(2)] == [STORED, (429, REFUSAL)]
    answer = service.client.post(service.path, data=webhook.body)
    assert answer.headers["Retry-After"] == "300"
    reason = REFUSAL["notifications"][0]["description"]
    assert log.messages.count(f"A webhook of site {SITE} was not stored: {reason}") == 2
    for job in service.shops.inbox.take(8):
        service.shops.inbox.finish(job)
    assert service.post(webhook) == STORED


def test_a_shop_with_too_many_bytes_of_waiting_webhooks_is_answered_429(
    service, webhook, monkeypatch
):
    monkeypatch.setattr(backlog, "MOST_BYTES_PER_SITE", 1_000_000)
    service.shops.inbox.put(waiting("other", 1_000_000), waiting(SITE, 999_999))

    assert [service.post(webhook) for _ in range(2)] == [STORED, (429, REFUSAL)]


def test_a_webhook_with_a_wrong_secret_does_not_learn_whether_there_is_room(
    service, webhook, monkeypatch
):
    monkeypatch.setattr(backlog, "MOST_PER_SITE", 0)

    assert service.post(webhook, f"/spree/{SITE}/wrong")[0] == 401


def test_webhooks_are_counted_once_in_a_while(service, webhook, monkeypatch):
    monkeypatch.setattr(backlog, "COUNTED_FOR", 60.0)
    assert service.post(webhook) == STORED
    monkeypatch.setattr(backlog, "MOST_PER_SITE", 0)

    assert service.post(webhook) == STORED

"""Each event that a shop sends: what it leads to, once, whatever it is called."""

from datetime import timedelta

import pytest

from tests.shops.service import Service
from tests.shops.test_webhooks import STORED
from tests.spree.fake_spree.webhooks import WebhookSender
from tests.spree.shops import small_shop
from tests.state.fixtures import migrated

DELETIONS_ARE_IGNORED = (
    200,
    {"status": "ignored", "reason": "Deletions are not sent to Jirafe."},
)


@pytest.fixture
def shop():
    return small_shop()


@pytest.fixture
def make(sqlite_url):
    made = []

    def make(version):
        made.append(Service(migrated(sqlite_url), version))
        made[-1].connect()
        return made[-1]

    yield make
    for service in made:
        service.close()


def first(shop, what):
    return next(change for change in shop.changes if change.what == what)


def tell(service, shop, name, change, **more):
    """Send the webhook of a change under another name, a while later, and process it."""
    sender, at = WebhookSender(shop, service.version), change.at + timedelta(seconds=60)
    body = sender.requests([change])[0].json | more
    named = {"event_type": name} if "event_type" in body else {"name": name}
    service.clock.now = at + timedelta(seconds=1)
    answer = service.post(sender._sign(body | named, at, name))
    service.work()
    return answer


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("order.updated", ["accepted"]),
        ("order.paid", ["accepted"]),
        ("order.shipped", ["accepted"]),
        ("order.delivered", ["accepted"]),
        ("order.approved", ["accepted"]),
        ("order.resumed", ["accepted"]),
        ("order.canceled", ["accepted", "cancelled"]),
    ],
)
def test_each_event_of_an_order_leads_to_its_state(make, shop, name, statuses):
    service, placed = make("5.6"), first(shop, "order.placed")
    assert service.tell(shop, [placed]) == [202]
    service.work()
    later = f"{placed.at + timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}"
    assert tell(service, shop, name, placed, created_at=later) == STORED

    states = [(one["order_number"], one["status"]) for one in service.events["order"]]
    assert states == [(placed.order.number, status) for status in ("placed", "accepted", *statuses)]
    assert service.dead_letters == []


@pytest.mark.parametrize(
    ("name", "alias", "what"),
    [
        ("order.placed", "order.completed", "order.placed"),
        ("order.shipped", "order.fulfilled", "order.updated"),
        ("user.created", "customer.created", "user.created"),
        ("user.updated", "customer.updated", "user.created"),
    ],
)
def test_an_event_that_is_sent_under_two_names_is_sent_to_jirafe_once(
    make, shop, name, alias, what
):
    service, change = make("6.0"), first(shop, what)
    assert tell(service, shop, name, change) == STORED
    once = service.events
    assert tell(service, shop, alias, change, id="another-id") == STORED

    assert once
    assert service.events == once
    assert service.dead_letters == []


@pytest.mark.parametrize(
    ("version", "tense"), [("4.4", "delete"), ("5.2", "delete"), ("5.3", "deleted")]
)
@pytest.mark.parametrize("kind", ["order", "product", "variant"])
def test_a_deletion_is_answered_with_the_reason_and_nothing_is_sent(
    make, shop, version, tense, kind
):
    service = make(version)
    change = next(one for one in shop.changes if one.what.startswith(f"{kind}."))

    assert tell(service, shop, f"{kind}.{tense}", change) == DELETIONS_ARE_IGNORED
    assert (service.events, service.shops.inbox.depth().webhooks) == ({}, 0)

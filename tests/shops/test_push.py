"""Pushes of the gems spree_wombat and solidus_flowlink: many records, and all again if need be."""

import json

import pytest

from tests.endpoint.fixtures import SITE
from tests.shops.processes import each_once, sent
from tests.shops.service import SECRET, Service
from tests.shops.test_webhooks import STORED, error
from tests.spree.fake_spree.formats import hub
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.fake_spree.webhooks import Sent
from tests.spree.shops import small_shop
from tests.state.fixtures import migrated

PAGE = 10
"""The number of records that the gems push at once."""


@pytest.fixture
def shop():
    return small_shop()


@pytest.fixture
def service(sqlite_url, shop):
    service = Service(migrated(sqlite_url))
    service.connect(parameters={"product_category_taxonomy": "1"})
    service.clock.now = shop.now
    yield service
    service.close()


def push(service, body, secret=SECRET):
    headers = {"X-Hub-Store": "1", "X-Hub-Access-Token": secret, "X-Hub-Timestamp": "1"}
    return service.post(Sent(headers, body), f"/spree/{SITE}/push")


def test_pushes_of_a_hub_connector_are_sent(service, shop):
    completed = [order for order in shop.orders if order.completed_at]
    body = json.dumps({"orders": [hub.order(order) for order in completed]}).encode()
    assert [push(service, body), push(service, body)] == [STORED, STORED]
    assert service.work() == len(completed)

    placed_ones = [
        one["order_number"] for one in service.events["order"] if one["status"] == "placed"
    ]
    assert sorted(placed_ones) == sorted(order.number for order in completed)
    assert service.shops.inbox.depth().webhooks == 0


def test_a_push_is_refused_without_the_shops_secret_or_without_records(service):
    assert error(push(service, b'{"orders": []}', "wrong")) == (401, "The signature is wrong.")
    assert error(push(service, b'{"orders": 1}')) == (400, "orders: Not a valid list.")
    assert push(service, b'{"orders": []}') == STORED


def test_a_history_that_is_pushed_again_after_a_failure_is_sent_once(service, tmp_path):
    shop = FakeShop()
    for _ in range(35):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
    service.clock.now = shop.now
    orders = [hub.order(order) for order in shop.orders]
    pages = [orders[place : place + PAGE] for place in range(0, len(orders), PAGE)]
    bodies = [json.dumps({"orders": page}).encode() for page in pages]
    file, aside = tmp_path / "jirafe.db", tmp_path / "aside.db"
    assert [push(service, body)[0] for body in bodies[:2]] == [202, 202]
    service.work()
    file.rename(aside)
    assert push(service, bodies[2])[0] == 503
    aside.rename(file)

    assert [push(service, body)[0] for body in bodies] == [202] * 4
    service.work()
    assert sent(service) == each_once([order.number for order in shop.orders])
    assert service.dead_letters == []


def test_a_push_may_have_records_of_every_kind(service, shop):
    bought, cart = hub.order(shop.orders[0]), hub.order(shop.orders[2])
    date = {"updated_at": "2026-03-02T10:00:00Z"}
    records = {
        "orders": [bought, cart],
        "products": [{"id": "LAMP", "sku": "LAMP", "name": "Lamp", **date}],
        "taxons": [{"id": 9, "name": "Lamps", "taxonomy_id": 1, **date}],
        "customers": [{"id": 5, "email": "ada@example.com", **date}],
    }
    assert push(service, json.dumps(records).encode()) == STORED
    assert service.work() == 5

    found = service.events
    assert {one["order_number"] for one in found["order"]} == {bought["id"]}
    assert cart["id"] in {one["id"] for one in found["cart"]}
    assert "LAMP" in {one["code"] for one in found["product"]}
    assert [one["name"] for one in found["category"]] == ["Lamps"]
    assert "ada@example.com" in {one["email"] for one in found["customer"]}
    assert service.dead_letters == []


def test_a_record_that_cannot_be_mapped_does_not_hold_up_the_rest_of_its_push(service, shop):
    good, broken = hub.order(shop.orders[0]), hub.order(shop.orders[1])
    broken["totals"]["order"] = "much"
    assert push(service, json.dumps({"orders": [broken, good]}).encode()) == STORED
    service.work()

    assert sent(service) == each_once([good["id"]])
    (letter,) = service.dead_letters
    assert (letter.type, letter.payload["order"]["id"]) == ("order:new", broken["id"])
    assert service.shops.inbox.depth().webhooks == 0


def test_a_push_to_an_unknown_site_is_answered_404(service):
    service.shops.connections.disconnect(SITE)

    assert push(service, b'{"orders": []}')[0] == 404

"""Webhooks of connected shops, from the request to the events."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from jirafe_endpoint.shops.connections import ConnectedShop
from tests.endpoint.fixtures import SITE, message
from tests.shops.service import SECRET, Service
from tests.spree.fake_spree.formats import hub
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import GENERATIONS, Sent, WebhookSender
from tests.spree.shops import KIND_OF
from tests.spree.webhooks.test_generations import API_OF, ShopThen

STORED = (202, {"status": "stored"})


@pytest.fixture
def make(sqlite_url):
    """Return a maker of services."""
    made = []

    def make(version="5.6", url=sqlite_url, **settings):
        made.append(Service(url, version, settings))
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def shop():
    shop = FakeShop()
    play_small_history(shop)
    return shop


def placed(shop, version="5.6"):
    """Return the webhook of the first order that was placed, and when it was sent."""
    change = next(change for change in shop.changes if change.what == "order.placed")
    (request, *_) = WebhookSender(shop, version).requests([change])
    return request, change.at + timedelta(seconds=1)


def error(answer):
    status, body = answer
    return status, body["notifications"][0]["description"]


def through_the_hub(service, shop):
    """Send the history as the shop's hub integration does."""
    types = {"order.placed": "order:new", "order.canceled": "order:canceled"}
    for change in shop.changes:
        if change.order and change.what.startswith("order."):
            service.clock.now = change.at
            kind = "order" if change.order.completed_at else "cart"
            event = types.get(change.what, "order:updated") if kind == "order" else "cart:updated"
            answer = message(event, {kind: hub.order(change.order)})
            answer["message_id"] = f"{change.what} {change.at}"
            assert service.client.post("/", json=answer).status_code == 200


def last_states(events):
    """Return the last known status, sums and lines of each order."""
    last = {order["order_number"]: order for order in events["order"]}
    names = ("status", "subtotal", "total", "total_tax", "total_shipping", "total_discounts")
    return {
        number: {
            **{name: order.get(name) for name in names},
            "lines": [(line["quantity"], line["price"]) for line in order.get("items", [])],
        }
        for number, order in last.items()
    }


UNKNOWN_TO_THE_HUB = {
    "create_date",
    "change_date",
    "discount_price",
    "is_product",
    "previous_items",
}
"""Fields of lines that the hub's lack: dates, discounts, and what is a variant."""


def as_the_hub_says(event, hubs):
    """Return the fields of an event that the hub's has too, with dates to the second."""

    def common(path, mine, other):
        is_line = bool({"items", "previous_items"} & {*path})
        if isinstance(other, dict) and isinstance(mine, dict):
            names = other.keys() - (UNKNOWN_TO_THE_HUB if is_line else set())
            if path[-1:] == ("customer",):  # the shop knows the account
                names -= {"id", "create_date"}
            return {name: common((*path, name), mine.get(name), other[name]) for name in names}
        if isinstance(other, list) and isinstance(mine, list) and len(other) == len(mine):
            return [common(path, *pair) for pair in zip(mine, other, strict=True)]
        return re.sub(r"\.\d{3}Z$", "Z", mine) if isinstance(mine, str) else mine

    return common((), event, hubs)


def assert_all_orders_are_the_hubs(events, hubs):
    """Compare every event of an order with the hub's."""
    pairs = list(zip(events["order"], hubs["order"], strict=True))
    assert [as_the_hub_says(*pair) for pair in pairs] == [
        as_the_hub_says(other, other) for _, other in pairs
    ]


def assert_the_hubs_carts_are_among(events, hubs):
    """Find each cart event of the hub; webhooks lead to more, one for each line that was added."""
    for cart in hubs["cart"]:
        wanted = {name: value for name, value in cart.items() if name != "previous_items"}
        states = [as_the_hub_says(one, wanted) for one in events["cart"] if one["id"] == cart["id"]]
        assert as_the_hub_says(wanted, wanted) in states


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_leads_to_the_same_orders_as_the_hub(make, shop, generation, tmp_path):
    service, other = make(generation), make(url=f"sqlite:///{tmp_path}/hub.db")
    then = ShopThen(shop)
    version = API_OF[generation]
    kind, credential = KIND_OF[version]
    with serving_shop(then, version) as fake:
        service.connect(fake.url, kind, credential=credential)
        for change in shop.changes:
            then.see(change)
            service.tell(shop, [change])
            service.work()
    through_the_hub(other, shop)

    assert_all_orders_are_the_hubs(service.events, other.events)
    if generation != "6.0":  # its carts have ids of their own
        assert_the_hubs_carts_are_among(service.events, other.events)
    placed_ones = Counter(
        order["order_number"] for order in service.events["order"] if order["status"] == "placed"
    )
    assert set(placed_ones.values()) == {1}
    assert _codes(service.events) == {"STOOL-OAK", "SCARF-BLU", "WAX"}
    assert service.dead_letters == []
    assert service.shops.inbox.depth().webhooks == 0


def _codes(events):
    return {item["product"]["code"] for order in events["order"] for item in order.get("items", [])}


def test_several_webhooks_about_one_order_are_one_read(make, shop):
    service = make()
    kind, credential = KIND_OF["5.6"]
    order = shop.orders[0]
    about = [one for one in shop.changes if one.what.startswith("order.") and one.order]
    about = [one for one in about if one.order.number == order.number][-3:]
    start = about[0].at
    with serving_shop(shop, "5.6") as fake:
        service.connect(fake.url, kind, credential=credential)
        service.clock.now = start + timedelta(seconds=1)
        for request in WebhookSender(shop, "5.6").requests(about):
            seconds = {"X-Spree-Webhook-Timestamp": request.headers["X-Spree-Webhook-Timestamp"]}
            moment = int(seconds["X-Spree-Webhook-Timestamp"])
            service.clock.now = datetime.fromtimestamp(moment, start.tzinfo)
            assert service.post(request) == STORED
        fake.asked.clear()
        assert service.work() == 1
        reads = [one.query for one in fake.asked if one.path.endswith("/orders")]

    assert [query["q[number_eq]"] for query in reads] == [order.number]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_webhook_is_refused_without_the_secret_of_the_shop(make, shop, generation):
    service = make(generation)
    request, service.clock.now = placed(shop, generation)
    assert error(service.post(request)) == (404, "No shop is connected under this site.")

    service.connect()
    is_unsigned = generation in ("4.4", "4.5")
    wrong = (
        service.post(request, f"/spree/{SITE}/{SECRET}x")
        if is_unsigned
        else service.post(Sent(request.headers, request.body + b" "))
    )
    assert error(wrong) == (401, "The signature is wrong.")
    assert service.shops.inbox.depth().webhooks == 0
    assert service.post(request) == STORED


def test_unsigned_webhooks_need_the_secret_in_the_address(make, shop):
    service = make("4.4")
    service.connect()
    request, service.clock.now = placed(shop, "4.4")

    refused = service.post(request, f"/spree/{SITE}")
    assert error(refused) == (401, "The request has no signature.")


def test_a_shop_without_a_secret_cannot_send(make, shop):
    service = make()
    service.shops.connections.connect(ConnectedShop(SITE, "https://shop.example.com", "t"))
    request, service.clock.now = placed(shop)

    assert error(service.post(request)) == (401, "The shop has no webhook secret yet.")


def test_an_old_signature_cannot_be_used_again(make, shop):
    service = make()
    service.connect()
    request, service.clock.now = placed(shop)
    service.clock.move(301)

    expected = (401, "The signature is too old, or the clocks differ.")
    assert error(service.post(request)) == expected


def test_two_secrets_are_valid_while_one_replaces_the_other(make, shop):
    service = make()
    service.connect()
    service.shops.connections.add_secret(SITE, "another-secret")
    request, service.clock.now = placed(shop)

    assert service.post(request) == STORED
    service.shops.connections.remove_secret(SITE, 1)
    assert service.post(request)[0] == 401


def test_a_shops_test_webhook_is_answered(make, shop):
    service = make()
    service.connect()
    service.clock.now = shop.now

    assert service.post(WebhookSender(shop, "5.6").test(shop.now)) == (
        200,
        {"status": "ignored", "reason": "This is a test: the webhook works, and nothing is sent."},
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "The body is not valid JSON: "),
        (b"[]", "The body is not a JSON object."),
        (b"{}", "data: Missing data for required field."),
        (b'{"data": {}}', "name: Missing data for required field."),
        (b'{"data": ' + b"[" * 101 + b"]" * 101 + b"}", "The body is nested more than 100 deep."),
        (b'{"data": ' + b"[" * 2000, "The body is not valid JSON: "),
    ],
)
def test_a_body_that_is_not_a_webhook_is_refused_with_a_reason(make, body, said):
    service = make("4.4")
    service.connect()
    status, description = error(service.post(Sent({}, body)))

    assert (status, description.startswith(said)) == (400, True)


def test_a_webhook_that_cannot_be_stored_is_answered_503(make, shop, tmp_path):
    service = make()
    service.connect()
    request, service.clock.now = placed(shop)
    (tmp_path / "jirafe.db").unlink()

    assert error(service.post(request)) == (503, "The webhook cannot be stored now.")


def test_a_webhook_that_comes_twice_is_sent_once(make, shop):
    service = make("5.2")
    service.connect()
    request, service.clock.now = placed(shop, "5.2")
    for _ in range(3):
        assert service.post(request) == STORED
    service.work()
    service.post(request)
    service.work()

    statuses = Counter(order["status"] for order in service.events["order"])
    assert statuses == {"placed": 1, "accepted": 1}


def test_skus_are_remembered_for_lines_without_one(make, shop):
    """Lines of Spree 5.4 to 5.6 have SKUs in no webhook, variants have."""
    service = make("5.6")
    service.connect()
    shop.now = shop.changes[0].at - timedelta(hours=1)
    given = FakeShop()
    given.stock()
    service.tell(given, [one for one in given.changes if one.what.startswith("variant.")])
    service.work()
    for change in shop.changes:
        if change.what == "order.placed":
            service.tell(shop, [change])
            service.work()

    assert {"STOOL-OAK", "SCARF-BLU"} & _codes(service.events)


def test_a_shop_that_is_down_is_asked_again_and_nothing_is_lost(make, shop):
    service = make()
    kind, credential = KIND_OF["5.6"]
    request, service.clock.now = placed(shop)
    with serving_shop(shop, "5.6") as fake:
        service.connect(fake.url, kind, credential=credential)
        fake.trouble = [(503, {"Retry-After": "100"}, b"")]
        service.post(request)
        assert service.work() == 1
        assert service.events == {}
        assert service.work(60) == 0  # as the shop asked
        assert service.work(70) == 1

    assert [order["status"] for order in service.events["order"]] != []
    assert service.shops.inbox.depth().webhooks == 0


def test_a_webhook_becomes_a_dead_letter_after_three_days(make, shop, upstream):
    service = make(JIRAFE_API_URL=upstream.url, JIRAFE_TIMEOUT="1", DELIVERY_DEADLINE="2")
    upstream.always(503, "{}")
    upstream.proof = upstream.answer(None)
    service.connect()
    request, service.clock.now = placed(shop)
    assert service.post(request) == STORED
    tries = 0
    for _ in range(80):
        tries += service.work(3600)

    (letter,) = service.dead_letters
    assert (letter.type, letter.site) == ("order:new", SITE)
    assert letter.errors[0].startswith("It was tried for three days: ")
    assert service.shops.inbox.depth().webhooks == 0
    assert 50 < tries < 80
    assert "access_token" not in json.dumps(letter.payload)


def test_the_inbox_is_measured(make, shop):
    service = make()
    service.connect()
    request, service.clock.now = placed(shop)
    service.post(request)
    service.clock.move(30)
    lines = service.client.get("/metrics").get_data(as_text=True).splitlines()

    assert "jirafe_endpoint_inbox_webhooks 1.0" in lines
    assert "jirafe_endpoint_inbox_oldest_seconds 30.0" in lines
    assert "jirafe_endpoint_inbox_retries_total 0.0" in lines


def test_after_a_lost_secret_key_the_shop_is_connected_again_and_stored_webhooks_are_sent(
    make, shop
):
    before = make("5.2", SECRET_KEY="the-key-that-was-lost")
    before.connect()
    request, before.clock.now = placed(shop, "5.2")
    assert before.post(request) == STORED
    service = make("5.2", SECRET_KEY="another-key-of-some-length")
    service.clock.now = before.clock.now
    assert error(service.post(request)) == (503, "The webhook cannot be stored now.")
    assert service.work() == 1
    assert service.events == {}

    words = ["shop", "connect", SITE, "https://shop.example.com", "--webhooks-only"]
    assert service.app.test_cli_runner().invoke(args=words).exit_code == 0
    service.shops.connections.add_secret(SITE, SECRET)
    assert service.post(request) == STORED
    assert service.work(60) == 1
    assert {order["status"] for order in service.events["order"]} == {"placed", "accepted"}
    assert service.shops.inbox.depth().webhooks == 0


def test_a_shop_that_was_disconnected_sends_nothing(make, shop):
    service = make()
    service.connect()
    request, service.clock.now = placed(shop)
    service.post(request)
    service.shops.connections.disconnect(SITE)

    assert service.work() == 0
    assert service.events == {}
    assert service.post(request)[0] == 404


def test_a_webhooks_own_site_and_token_are_ignored(make, shop):
    service = make()
    service.connect()
    request, service.clock.now = placed(shop)
    parameters = [{"name": "jirafe.site_id", "value": "other"}]
    answer = {**request.json, "site_id": "other", "parameters": parameters}
    answer["data"] |= {"parameters": parameters, "site": "other", "access_token": "other-token"}
    (signed,) = [WebhookSender(shop, "5.6")._sign(answer, service.clock.now, answer["name"])]
    assert service.post(signed) == STORED
    service.work()

    assert {order["status"] for order in service.events["order"]} == {"placed", "accepted"}


def test_forgetting_a_customer_fails_while_webhooks_wait_that_name_them(make, shop):
    service = make("5.2")
    service.connect()
    request, service.clock.now = placed(shop, "5.2")
    service.post(request)
    words = ("customers", "forget", "--site", SITE, "--email", shop.orders[0].email.upper())
    runner = service.app.test_cli_runner()
    waiting = runner.invoke(args=words)
    service.work()
    done = runner.invoke(args=words)

    assert (waiting.exit_code, "1 webhook(s) waiting in the inbox" in waiting.stderr) == (1, True)
    assert done.exit_code == 0


def line_added(shop):
    """Return the webhook of Spree 5.3 about a line that was added: it has no order but an id."""
    change = next(change for change in shop.changes if change.what == "line_item.created")
    (request,) = WebhookSender(shop, "5.3").requests([change])
    return request, change.at + timedelta(seconds=1)


def test_a_webhook_without_an_order_becomes_a_dead_letter_and_can_be_replayed(make, shop):
    service = make("5.3")
    kind, credential = KIND_OF["5.3"]
    request, service.clock.now = line_added(shop)
    with serving_shop(shop, "5.3") as fake:
        service.connect(fake.url, kind, credential=credential)
        answer = fake.answer
        fake.answer = lambda *_: (500, {"error": "down"})
        assert service.post(request) == STORED
        service.work()
        service.work(timedelta(days=3).total_seconds())

        (letter,) = service.dead_letters
        assert (letter.type, letter.site, letter.payload["webhook"]) == (
            "webhook",
            SITE,
            request.json,
        )
        assert letter.errors[0].startswith("It was tried for three days: POST /spree_oauth/token")
        assert service.shops.inbox.depth().webhooks == 0

        fake.answer = answer
        runner = service.app.test_cli_runner()
        words = ("dead-letters", "replay", str(letter.id))
        replayed, again = runner.invoke(args=words), runner.invoke(args=words)
        assert service.work() == 1

    said = f"The webhook of dead letter {letter.id} is back in the inbox.\n"
    assert (replayed.exit_code, replayed.stdout) == (0, said)
    assert (again.exit_code, "was replayed at" in again.stderr) == (1, True)
    assert {order["order_number"] for order in service.events["order"]} == {shop.orders[0].number}


def test_lines_and_orders_of_spree_5_3_are_one_read(make, shop):
    service = make("5.3")
    kind, credential = KIND_OF["5.3"]
    order = shop.orders[0]
    wanted = ("order.updated", "line_item.created")
    about = [one for one in shop.changes if one.order and one.order.id == order.id]
    about = [one for one in about if one.what in wanted]
    with serving_shop(shop, "5.3") as fake:
        service.connect(fake.url, kind, credential=credential)
        service.clock.now = shop.now
        for request in WebhookSender(shop, "5.3").requests(about):
            assert service.post(request) == STORED
        fake.asked.clear()
        assert service.work() == 1
        reads = [one.path for one in fake.asked if "/orders" in one.path]

    assert {one.what for one in about} == set(wanted)
    assert reads == [f"/api/v2/platform/orders/{order.number}"]


def test_bodies_are_sent_while_the_shop_refuses_the_credential(make, shop):
    service = make("5.2")
    kind, _ = KIND_OF["5.3"]
    wrong = {"client_id": "client-1", "client_secret": "wrong"}
    request, service.clock.now = placed(shop, "5.2")
    with serving_shop(shop, "5.3") as fake:
        service.connect(fake.url, kind, credential=wrong)
        assert service.post(request) == STORED
        assert service.work() == 1
        checked = service.app.test_cli_runner().invoke(args=["shop", "check", SITE])

    assert {order["order_number"] for order in service.events["order"]} == {shop.orders[0].number}
    assert (service.shops.inbox.depth().webhooks, service.dead_letters) == (0, [])
    metrics = service.client.get("/metrics").get_data(as_text=True).splitlines()
    assert "jirafe_endpoint_shop_credentials_refused_total 1.0" in metrics
    assert checked.exit_code == 1
    assert "Connect the shop again with a valid one." in checked.stderr


def test_webhooks_that_need_the_api_wait_while_the_shop_refuses_the_credential(make, shop):
    service = make("5.3")
    kind, credential = KIND_OF["5.3"]
    wrong = {**credential, "client_secret": "wrong"}
    request, service.clock.now = line_added(shop)
    with serving_shop(shop, "5.3") as fake:
        service.connect(fake.url, kind, credential=wrong)
        assert service.post(request) == STORED
        assert service.work() == 1
        assert (service.shops.inbox.depth().webhooks, service.events) == (1, {})

        service.connect(fake.url, kind, credential=credential)
        assert service.work(60) == 1

    assert {order["order_number"] for order in service.events["order"]} == {shop.orders[0].number}
    assert service.shops.inbox.depth().webhooks == 0

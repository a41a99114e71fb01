"""What the inbox does about each failure that docs/operations.md lists."""

import ast
import re

import pytest

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.messages import OutdatedReadError
from jirafe_endpoint.shops.processing import pause_after
from spree.api.errors import ShopUnavailableError
from tests.endpoint.fixtures import SITE
from tests.serving import ROOT
from tests.shops.service import SECRET, Service
from tests.shops.test_webhooks import STORED, placed
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.webhooks import WebhookSender
from tests.spree.shops import KIND_OF, small_shop
from tests.spree.webhooks.test_generations import ShopThen
from tests.state.fixtures import migrated
from tests.upstream import accept_all

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
TESTS = {
    "the database is unavailable when a webhook arrives": (
        "test_a_webhook_that_cannot_be_stored_is_answered_503"
    ),
    "Jirafe or the shop's API is unavailable": (
        "test_pauses_double_up_to_an_hour_or_are_as_long_as_asked",
        "test_jirafe_is_asked_again_until_it_takes_a_webhook",
        "test_a_shop_that_is_down_is_asked_again_and_nothing_is_lost",
    ),
    "the database is unavailable while a webhook is processed": (
        "test_a_webhook_that_was_begun_while_the_database_was_away_is_taken_again"
    ),
    "more than 100,000 webhooks of a shop wait, or more than 512 MB": (
        "test_a_shop_with_too_many_waiting_webhooks_is_answered_429_until_some_are_processed",
        "test_a_shop_with_too_many_bytes_of_waiting_webhooks_is_answered_429",
    ),
    "more large webhooks arrive at once than memory allows": (
        "test_messages_of_the_hub_and_webhooks_of_shops_do_not_delay_each_other"
    ),
    "the shop's API does not have the webhook's change yet": (
        "test_an_order_that_the_shop_has_not_stored_yet_is_read_again"
    ),
    "Jirafe refuses the token, or a parameter is missing": (
        "test_a_webhook_waits_until_its_token_is_valid"
    ),
    "the shop's API refuses the credential": (
        "test_bodies_are_sent_while_the_shop_refuses_the_credential",
        "test_webhooks_that_need_the_api_wait_while_the_shop_refuses_the_credential",
    ),
    "three days have passed": (
        "test_a_webhook_becomes_a_dead_letter_after_three_days",
        "test_a_webhook_without_an_order_becomes_a_dead_letter_and_can_be_replayed",
    ),
    "a message cannot be mapped, or Jirafe refuses an event permanently": (
        "test_an_unmappable_webhook_is_a_dead_letter_at_once",
        "test_a_refused_webhook_is_a_dead_letter_at_once",
    ),
    "`SECRET_KEY` was lost": (
        "test_after_a_lost_secret_key_the_shop_is_connected_again_and_stored_webhooks_are_sent"
    ),
    "the order is gone from the shop": "test_an_order_that_is_gone_is_sent_as_its_webhook_says",
    "a process is killed": (
        "test_a_job_of_a_killed_process_is_taken_by_another_once_its_lease_has_ended",
        "test_a_worker_that_is_killed_leaves_its_jobs_to_another",
    ),
    "SIGTERM": "test_a_worker_that_is_stopped_hands_its_jobs_back",
    "a webhook never arrives": (
        "test_a_sync_finds_orders_whose_webhooks_were_lost_since_the_connection"
    ),
    "a sync cannot read the shop": "test_a_sync_that_failed_continues_with_the_same_page",
    "a process is killed while it reads a shop": (
        "test_one_process_at_a_time_reads_a_shop",
        "test_an_import_killed_repeatedly_misses_and_duplicates_nothing",
    ),
    "the shop is disconnected": "test_a_shop_that_was_disconnected_sends_nothing",
    "a replay is refused again": (
        "test_a_replay_of_all_sends_each_dead_letter_once_and_keeps_refused_ones"
    ),
}


def test_every_documented_failure_is_tried():
    table = OPERATIONS.partition("| failure | what happens |\n| --- | --- |\n")[2]
    failures = re.findall(r"^\| (.+?) \| ", table.partition("\n\n")[0], re.M)
    defined = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    named = [(one,) if isinstance(one, str) else one for one in TESTS.values()]

    assert failures == list(TESTS)
    assert {test for tests in named for test in tests} - defined == set()


@pytest.fixture
def shop():
    return small_shop()


@pytest.fixture
def make(sqlite_url):
    """Return a maker of services that send to a Jirafe Events API elsewhere, or their own."""
    made = []

    def make(version="5.2", **settings):
        made.append(Service(migrated(sqlite_url), version, settings))
        return made[-1]

    yield make
    for service in made:
        service.close()


def statuses(service):
    return [order["status"] for order in service.events.get("order", [])]


def test_pauses_double_up_to_an_hour_or_are_as_long_as_asked():
    def pauses(error):
        return [pause_after(attempts, error, lambda low, high: 1.0) for attempts in range(14)]

    doubled = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]
    assert pauses(ShopUnavailableError("no answer")) == doubled
    assert pauses(ShopUnavailableError("busy", 100)) == [max(100, one) for one in doubled]
    assert pauses(ShopUnavailableError("closed", 86400)) == [3600] * 14
    low, high = (pause_after(3, OutdatedReadError(), chance) for chance in (min, max))
    assert (low, high) == (12, 20)


def test_a_webhook_that_was_begun_while_the_database_was_away_is_taken_again(make, shop, tmp_path):
    service = make(JIRAFE_TIMEOUT="1", DELIVERY_DEADLINE="3")
    service.connect()
    request, service.clock.now = placed(shop, "5.2")
    assert service.post(request) == STORED
    (job,) = service.shops.inbox.take(1)
    file, aside = tmp_path / "jirafe.db", tmp_path / "aside.db"
    file.rename(aside)
    with pytest.raises(DatabaseUnavailableError):
        service.shops.jobs.process(job)
    aside.rename(file)

    assert service.work(0) == 0
    assert service.work(2 * 3 + 10) == 1
    assert statuses(service) == ["placed", "accepted"]


def test_jirafe_is_asked_again_until_it_takes_a_webhook(make, shop, upstream):
    service = make(JIRAFE_API_URL=upstream.url, JIRAFE_TIMEOUT="1", DELIVERY_DEADLINE="2")
    service.connect()
    request, service.clock.now = placed(shop, "5.2")
    upstream.always(503, "{}", Retry_After="20")
    assert service.post(request) == STORED
    assert service.work() == 1
    assert service.work(10) == 0

    upstream.requests.clear()
    upstream.answer = accept_all
    assert service.work(20) == 1
    assert [one.path for one in upstream.requests] == [f"/v2/{SITE}/batch"]
    assert service.shops.inbox.depth().webhooks == 0


def test_an_order_that_the_shop_has_not_stored_yet_is_read_again(make, shop):
    service, then = make("5.6"), ShopThen(shop)
    kind, credential = KIND_OF["5.6"]
    change = next(change for change in shop.changes if change.what == "order.placed")
    before = [one for one in shop.changes if one.at < change.at and one.order]
    with serving_shop(then, "5.6") as fake:
        service.connect(fake.url, kind, credential=credential)
        for one in before:
            then.see(one)
        service.tell(shop, [change])
        assert service.work() == 1
        assert statuses(service) == []

        then.see(change)
        assert service.work(0) == 0
        assert service.work(3) == 1
    assert statuses(service) == ["placed", "accepted"]


def test_a_webhook_waits_until_its_token_is_valid(make, shop):
    service = make()
    address, secrets = "https://shop.example.com", (SECRET,)
    wrong = ConnectedShop(SITE, address, "a-token-of-another-site", webhook_secrets=secrets)
    service.shops.connections.connect(wrong)
    request, service.clock.now = placed(shop, "5.2")
    assert service.post(request) == STORED
    assert service.work() == 1
    assert (service.shops.inbox.depth().webhooks, service.dead_letters) == (1, [])

    service.connect()
    assert service.work(3) == 1
    assert statuses(service) == ["placed", "accepted"]


def test_an_unmappable_webhook_is_a_dead_letter_at_once(make, shop):
    service = make("5.6")
    service.connect()
    request, service.clock.now = placed(shop)
    body = request.json
    body["data"]["total"] = "much"
    broken = WebhookSender(shop, "5.6")._sign(body, service.clock.now, body["name"])
    assert service.post(broken) == STORED
    assert service.work() == 1

    (letter,) = service.dead_letters
    reason = "The message could not be mapped: original.total: Not a valid amount."
    assert (letter.type, letter.errors) == ("order:new", [reason])
    assert service.shops.inbox.depth().webhooks == 0


def test_a_refused_webhook_is_a_dead_letter_at_once(make, shop, upstream):
    service = make(JIRAFE_API_URL=upstream.url)
    service.connect()
    request, service.clock.now = placed(shop, "5.2")
    upstream.always(400, '{"error_type": "validation", "errors": ["total: too small"]}')
    assert service.post(request) == STORED
    assert service.work() == 1

    (letter,) = service.dead_letters
    assert letter.type == "order:new"
    assert service.shops.inbox.depth().webhooks == 0


def test_an_order_that_is_gone_is_sent_as_its_webhook_says(make, shop):
    service = make("5.6")
    kind, credential = KIND_OF["5.6"]
    request, service.clock.now = placed(shop)
    with serving_shop(ShopThen(shop), "5.6") as fake:
        service.connect(fake.url, kind, credential=credential)
        assert service.post(request) == STORED
        assert service.work() == 1
        assert len(fake.asked) > 0

    assert statuses(service) == ["placed", "accepted"]
    assert {order["order_number"] for order in service.events["order"]} == {shop.orders[0].number}

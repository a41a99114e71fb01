"""Reading connected shops regularly, to find changes missed by webhooks."""

import threading
import time
from datetime import timedelta

import pytest

from jirafe_endpoint import utc_now
from jirafe_endpoint.shops.history.imports import PATIENCE, Report, TakenOverError
from tests.endpoint.fixtures import SITE
from tests.shops.history.test_history import connect, run
from tests.shops.processes import PATIENCE as LONGEST
from tests.shops.processes import sent, worker
from tests.shops.service import Service
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.shops import small_shop
from tests.state.fixtures import migrated

HOUR = timedelta(hours=1).total_seconds()


@pytest.fixture
def shop():
    return small_shop()


@pytest.fixture
def service(sqlite_url, shop):
    """A service with the same clock as the shop."""
    service = Service(migrated(sqlite_url))
    service.clock.now = shop.now
    yield service
    service.close()


def place_order(shop, at):
    """Place an order without a webhook."""
    shop.now = at
    order = shop.start_cart("USD")
    shop.add(order, "WAX", 2)
    shop.place(order)
    return order


def numbers(service):
    return {order["order_number"] for order in service.events.get("order", [])}


def look(service):
    service.shops.sync_worker().look()


def paths(fake):
    """Return the lists requested since the last call."""
    asked = {one.path.rpartition("/")[2] for one in fake.asked}
    fake.asked.clear()
    return asked


def test_a_sync_finds_orders_whose_webhooks_were_lost_since_the_connection(service, shop):
    before = {order.number for order in shop.orders}
    service.clock.move(HOUR)
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        order = place_order(shop, service.clock.now)
        service.clock.now = shop.now
        look(service)

    assert numbers(service) == {order.number}
    assert order.number not in before
    metrics = service.client.get("/metrics").get_data(as_text=True).splitlines()
    assert 'jirafe_endpoint_shop_syncs_total{outcome="done"} 1.0' in metrics


def test_a_shop_is_read_again_after_the_interval_and_its_catalog_once_a_day(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        run(service, "import", SITE)
        fake.asked.clear()
        read = []
        for hours in (0.5, 0.6, 1, 22):
            service.clock.move(hours * HOUR)
            look(service)
            read.append(paths(fake))

    everything = {"orders", "products", "categories", "customers"}
    assert read == [set(), {"orders"}, {"orders"}, everything]


def test_one_process_at_a_time_reads_a_shop(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        turn = service.shops.imports.take_free_turn(SITE)
        look(service)
        assert paths(fake) == set()

        service.clock.move(PATIENCE.total_seconds() + 1)  # it was killed
        look(service)
        assert paths(fake) == {"orders"}
    with pytest.raises(TakenOverError):
        service.shops.imports.begin(turn, "taxons", None)


def test_an_import_by_hand_takes_over_from_the_background(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        turn = service.shops.imports.take_free_turn(SITE)
        begun = service.shops.imports.begin(turn, "orders", None)
        assert run(service, "import", SITE)[0] == 0

        with pytest.raises(TakenOverError, match="Another process has taken over reading the shop"):
            service.shops.imports.proceed(begun, "a cursor", Report())
    assert service.shops.imports.last(SITE, "orders").finished_at == service.clock.now


def test_an_interrupted_import_is_finished_later(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        answer = fake.answer
        fake.answer = lambda path, *more: (
            (400, {}) if path.endswith("/orders") else answer(path, *more)
        )
        assert run(service, "import", SITE)[0] == 1
        fake.answer = answer
        look(service)
        assert numbers(service) == set()

        service.clock.move(PATIENCE.total_seconds() + 1)
        look(service)
    assert numbers(service) == {order.number for order in shop.orders if order.completed_at}


def test_a_key_that_is_revoked_during_an_import_delays_it_and_loses_nothing(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        fake.largest_page = 1
        assert run(service, "import", SITE, "--background")[0] == 0
        answer, pages = fake.answer, []

        def revoked(path, *more):
            pages.append(path)
            return answer(path, *more) if len(pages) < 12 else (401, {"error": "revoked"})

        fake.answer = revoked
        look(service)
        some = numbers(service)
        fake.answer = answer
        connect(service, fake, "5.6")
        service.clock.move(PATIENCE.total_seconds() + 1)
        look(service)
    placed = {order.number for order in shop.orders if order.completed_at}
    counts = sent(service)
    assert some < numbers(service) == placed
    assert counts == dict.fromkeys(counts, 1)
    outcomes = service.shops.imports.last(SITE, "orders").report.outcomes
    assert outcomes.total() == len(shop.orders)


def test_a_page_that_two_workers_read_is_counted_once(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        turn = service.shops.imports.take_turn(SITE)
        one, other = (service.shops.imports.begin(turn, "orders", None) for _ in range(2))
        service.shops.imports.proceed(one, "page 2", Report())

        with pytest.raises(TakenOverError, match="Another process has sent this page"):
            service.shops.imports.proceed(other, "page 2", Report())


def test_a_sync_that_failed_continues_with_the_same_page(service, shop):
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        fake.largest_page = 1
        answer, answers = fake.answer, []

        def answering(*request):
            answers.append(answer(*request) if len(answers) < 3 else (400, {}))
            return answers[-1]

        fake.answer = answering
        service.clock.move(HOUR)
        orders = [place_order(shop, service.clock.now) for _ in range(4)]
        service.clock.now = shop.now
        look(service)
        failed = fake.asked[-1].query
        assert [one.query for one in fake.asked].index(failed) == 3
        asked = len(fake.asked)
        fake.answer = answer
        service.clock.move(PATIENCE.total_seconds() - 1)
        look(service)
        assert len(fake.asked) == asked

        service.clock.move(2)
        look(service)
        assert fake.asked[asked].query == failed
    assert numbers(service) == {order.number for order in orders}
    metrics = service.client.get("/metrics").get_data(as_text=True).splitlines()
    assert 'jirafe_endpoint_shop_syncs_total{outcome="failed"} 1.0' in metrics


@pytest.mark.parametrize(("minutes", "names"), [("0", {"inbox"}), ("5", {"inbox", "sync"})])
def test_shops_are_read_in_the_background_unless_switched_off(sqlite_url, minutes, names):
    service = Service(migrated(sqlite_url), settings={"SHOP_SYNC_MINUTES": minutes})
    known = set(threading.enumerate())
    workers = service.shops.workers()
    workers.start()
    started = {thread.name for thread in set(threading.enumerate()) - known}
    workers.stop()
    service.close()

    assert {name for name in started if "_" not in name} == names


def test_a_worker_process_reads_the_shop_by_itself(sqlite_url):
    service = Service(migrated(sqlite_url), clock=utc_now)
    shop = FakeShop()
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        order = place_order(shop, utc_now().replace(microsecond=0))
        with worker(sqlite_url) as process:
            ends = time.monotonic() + LONGEST
            while not numbers(service) and time.monotonic() < ends:
                time.sleep(0.1)
            process.terminate()
            assert process.wait(20) == 0
        assert numbers(service) == {order.number}
    service.close()

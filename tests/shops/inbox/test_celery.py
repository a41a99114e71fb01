"""Webhooks and imports as Celery tasks, over a real RabbitMQ and a real Redis, with kills."""

import os
from datetime import timedelta

import pytest
import redis
from kombu import Connection
from kombu.exceptions import OperationalError

from config import load
from jirafe_endpoint import utc_now
from jirafe_endpoint.shops.history.reading import LISTS
from jirafe_endpoint.shops.workers.task_queue import TaskQueue, queue_name
from tests.endpoint.fixtures import SITE
from tests.serving import free_port
from tests.shops.history.test_history import connect
from tests.shops.processes import (
    PATIENCE,
    each_once,
    sent,
    wait_until_empty,
    webhooks_of,
    worker,
)
from tests.shops.service import Service
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop
from tests.state.fixtures import migrated
from tests.waiting import wait_until

RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


def clear_rabbitmq(queue):
    with Connection(RABBITMQ, connect_timeout=2) as connection:
        connection.default_channel.queue_delete(queue)
        connection.default_channel.exchange_delete(queue)


def clear_redis(queue):
    with redis.Redis.from_url(REDIS, socket_connect_timeout=2) as client:
        for key in client.scan_iter(f"{queue}:*"):
            client.delete(key)


@pytest.fixture(params=["rabbitmq and postgres", "redis and sqlite"])
def service(request):
    """A service in this process, and the broker that its workers use."""
    is_redis = request.param.startswith("redis")
    clear, broker = (clear_redis, REDIS) if is_redis else (clear_rabbitmq, RABBITMQ)
    url = request.getfixturevalue("sqlite_url" if is_redis else "postgres_url")
    queue = queue_name(load(DATABASE_URL=url).database_url)
    try:
        clear(queue)
    except (OperationalError, OSError, redis.ConnectionError) as error:
        pytest.skip(f"The broker cannot be reached; set TEST_RABBITMQ_URL, TEST_REDIS_URL. {error}")
    service = Service(migrated(url), "5.2", {"CELERY_BROKER_URL": broker}, clock=utc_now)
    yield service
    service.close()
    clear(queue)


def celery_worker(service):
    return worker(service.url, "--celery", **service.settings)


def test_workers_that_are_killed_lose_no_webhook_and_double_none(service):
    service.connect()
    webhooks = webhooks_of(60)
    for request in webhooks.values():
        assert service.post(request)[0] == 202
    with celery_worker(service) as process:
        wait_until(lambda: service.shops.inbox.depth().webhooks <= 50)
        process.kill()
    assert service.shops.inbox.depth().webhooks > 0
    service.forget_killed_processes()
    with celery_worker(service) as process:
        wait_until_empty(service)
        process.terminate()
        assert process.wait(PATIENCE) == 0

    assert sent(service) == each_once(webhooks)
    assert service.dead_letters == []


def test_an_import_by_workers_that_are_killed_misses_and_doubles_nothing(service):
    shop = FakeShop()
    shop.now = utc_now().replace(microsecond=0) - timedelta(days=30)
    for _ in range(60):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
        shop.now += timedelta(minutes=5)
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        fake.largest_page = 10
        runner = service.app.test_cli_runner()
        begun = runner.invoke(args=["shop", "import", SITE, "--background"])
        assert begun.exit_code == 0, begun.output
        with celery_worker(service) as process:
            wait_until(lambda: sent(service))
            process.kill()
        assert len(sent(service)) < 120
        service.forget_killed_processes()
        with celery_worker(service):
            wait_until(lambda: all(_finished(service, name) for name in LISTS), PATIENCE)

    assert sent(service) == each_once([order.number for order in shop.orders])
    orders = service.shops.imports.last(SITE, "orders")
    assert orders.report.outcomes.total() == 60


def _finished(service, name):
    return service.shops.imports.last(SITE, name).finished_at


def test_a_broker_that_is_down_stops_nothing(sqlite_url):
    settings = {"CELERY_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0"}
    service = Service(migrated(sqlite_url), "5.2", settings, clock=utc_now)
    service.connect()
    webhooks = webhooks_of(10)
    for request in webhooks.values():
        assert service.post(request)[0] == 202
    with celery_worker(service):
        wait_until_empty(service)
    counts = sent(service)
    service.close()

    assert counts == each_once(webhooks)


def test_a_task_without_a_database_is_left_for_later_without_a_traceback(
    sqlite_url, tmp_path, caplog
):
    service = Service(migrated(sqlite_url))
    queue = TaskQueue(service.shops, f"redis://127.0.0.1:{free_port()}/0", sqlite_url)
    service.connect()
    (tmp_path / "jirafe.db").rename(tmp_path / "aside.db")
    queue._process(SITE, "order R1", "owner")
    queue._read(SITE, "reader")
    service.close()

    said = (
        f"A task of site {SITE} is retried later: The database's file was removed or replaced: "
        "restart the service"
    )
    found = [
        one for one in caplog.records if one.name == "jirafe_endpoint.shops.workers.task_queue"
    ]
    assert [(one.levelname, one.getMessage(), one.exc_info) for one in found] == [
        ("WARNING", said, None)
    ] * 2


def test_the_command_names_what_is_missing(sqlite_url):
    service = Service(migrated(sqlite_url))
    done = service.app.test_cli_runner().invoke(args=["worker", "--celery"])
    service.close()

    assert (done.exit_code, done.stderr) == (1, "Error: CELERY_BROKER_URL is not set.\n")

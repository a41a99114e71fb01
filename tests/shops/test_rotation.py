"""Replacing a shop's webhook secret while its webhooks arrive."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from threading import Barrier, Event
from typing import NamedTuple

import pytest

from jirafe_endpoint import utc_now
from tests.endpoint.fixtures import SITE
from tests.shops.processes import each_once, sent, work_off
from tests.shops.service import SECRET, Service
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.fake_spree.webhooks import Sent, WebhookSender
from tests.state.fixtures import migrated
from tests.waiting import wait_until

NEW = "the-secret-that-replaces-it"
LONGEST = 30.0
"""Seconds that the test waits, however busy the machine is."""


class Answer(NamedTuple):
    """The answer to a webhook, and when the shop began and ended waiting for it."""

    number: str
    began: float
    status: int
    ended: float


@dataclass
class Sender:
    """A thread of the shop that sends the same signed webhooks again and again."""

    webhooks: list[tuple[str, Sent]]
    answers: list[Answer] = field(default_factory=list)

    def send(self, service: Service, stop: Event) -> None:
        client = service.app.test_client()
        for number, request in cycle(self.webhooks):
            if stop.is_set():
                return
            began = time.monotonic()
            answer = client.post(service.path, data=request.body, headers=request.headers)
            self.answers.append(Answer(number, began, answer.status_code, time.monotonic()))

    def statuses(self, after: float = 0.0, before: float = float("inf")) -> set[int]:
        """Return the statuses of the webhooks that were sent and answered in between."""
        return {one.status for one in self.answers if after < one.began and one.ended < before}


@contextmanager
def sending(service, *senders):
    """Let the senders send while the block runs."""
    stop = Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        running = [pool.submit(one.send, service, stop) for one in senders]
        try:
            yield
        finally:
            stop.set()
        for one in running:
            one.result(LONGEST)


def more_answers(senders, count=15):
    """Wait until each of the senders has `count` more answers."""
    wanted = [len(one.answers) + count for one in senders]
    wait_until(lambda: all(len(one.answers) >= n for one, n in zip(senders, wanted, strict=True)))


def webhooks_of(count, *secrets):
    """Return the webhooks of `count` placed orders, signed with each of the secrets."""
    shop = FakeShop()
    shop.now = utc_now().replace(microsecond=0) - timedelta(days=1)
    for _ in range(count):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
    placed = [change for change in shop.changes if change.what == "order.placed"]
    senders = [WebhookSender(shop, "5.2", secret) for secret in secrets]
    return [
        [(change.order.number, one.requests([change])[0]) for change in placed] for one in senders
    ]


@pytest.fixture
def service(database_url):
    service = Service(migrated(database_url), "5.2", clock=utc_now)
    service.connect()
    yield service
    service.close()


@pytest.fixture
def operator(service):
    """A function that runs `flask shop secret`; it shares only the database with the service."""
    other = Service(service.url, clock=utc_now)

    def run(*words, asked=""):
        began = time.monotonic()
        done = other.app.test_cli_runner().invoke(args=["shop", "secret", *words], input=asked)
        assert done.exit_code == 0, done.output
        return began, time.monotonic()

    yield run
    other.close()


def test_a_secret_is_replaced_while_webhooks_arrive(service, operator):
    by_old, by_new = webhooks_of(30, SECRET, NEW)
    old, new = [Sender(by_old[:10]), Sender(by_old[10:20])], [Sender(by_new[20:])]
    with sending(service, *old, *new):
        more_answers(old + new)
        adding, added = operator("add", SITE, asked=f"{NEW}\n")
        more_answers(old + new)
        removing, removed = operator("remove", SITE, "1")
        more_answers(old + new)

    for one in old:
        assert one.statuses(before=removing) == {202}
        assert one.statuses(after=removed) == {401}
    for one in new:
        assert one.statuses(before=adding) == {401}
        assert one.statuses(after=added) == {202}
    accepted = {one.number for sender in old + new for one in sender.answers if one.status == 202}
    work_off(service)
    assert sent(service) == each_once(accepted)
    assert service.dead_letters == []


def test_secrets_that_are_added_at_the_same_time_are_all_kept(service, operator):
    secrets = [f"secret-{number}" for number in range(6)]
    together = Barrier(len(secrets), timeout=LONGEST)

    def add(secret):
        together.wait()
        service.shops.connections.add_secret(SITE, secret)

    with ThreadPoolExecutor(len(secrets)) as pool:
        list(pool.map(add, secrets))

    kept = service.shops.connections.get(SITE).webhook_secrets
    assert sorted(kept) == sorted([SECRET, *secrets])

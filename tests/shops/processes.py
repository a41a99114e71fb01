"""Real processes that share an inbox, and what they send."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta

from jirafe_endpoint import utc_now
from tests.endpoint.fixtures import SITE, TOKEN
from tests.leaks import watched_output
from tests.serving import NOT_INHERITED, ROOT
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.fake_spree.webhooks import WebhookSender, post
from tests.waiting import wait_until

SETTINGS = {"JIRAFE_API_SITES": f"{SITE}:{TOKEN}"}
PATIENCE = 120
"""Seconds for the inbox to become empty, with the pauses of messages that are tried again."""


def webhooks_of(count):
    """Return webhooks of Spree 5.2 about `count` placed orders, by number."""
    shop = FakeShop()
    shop.now = utc_now().replace(microsecond=0) - timedelta(days=1)
    for _ in range(count):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
    sender = WebhookSender(shop, "5.2")
    placed = [change for change in shop.changes if change.what == "order.placed"]
    return {change.order.number: sender.requests([change])[0] for change in placed}


def send(port, request):
    with suppress(OSError):
        return post(f"http://127.0.0.1:{port}/spree/{SITE}", request)
    return 0


def wait_until_empty(service):
    depth = service.shops.inbox.depth
    wait_until(lambda: not depth().webhooks, PATIENCE, state=depth)


def work_off(service):
    """Process all that is due in this process; return how many jobs that was."""
    done = 0
    while jobs := service.shops.inbox.take(8):
        for job in jobs:
            service.shops.jobs.process(job)
        done += len(jobs)
    return done


def sent(service):
    """Return how often each order was placed and accepted in the events."""
    orders = service.events.get("order", [])
    return Counter((order["order_number"], order["status"]) for order in orders)


def each_once(numbers):
    return Counter((number, status) for number in numbers for status in ("placed", "accepted"))


@contextmanager
def worker(database_url, *arguments, **settings):
    """Run `flask worker` while the block runs, and check that it stops cleanly."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    with (
        watched_output() as output,
        subprocess.Popen(
            [sys.executable, "-m", "flask", "worker", *arguments],
            cwd=ROOT,
            env=inherited | SETTINGS | {"DATABASE_URL": database_url} | settings,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process
        finally:
            try:
                process.terminate()
                process.wait(PATIENCE)
            finally:
                process.kill()  # without effect if it has ended
    assert process.returncode in (0, -signal.SIGKILL)

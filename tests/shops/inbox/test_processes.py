"""The inbox in real processes, some of which are killed."""

import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from jirafe_endpoint import utc_now
from tests.faults.harness.hub import endpoint
from tests.shops.processes import (
    PATIENCE,
    SETTINGS,
    each_once,
    send,
    sent,
    webhooks_of,
    work_off,
    worker,
)
from tests.shops.service import Service
from tests.state.fixtures import migrated
from tests.waiting import wait_until


@pytest.fixture
def service(database_url):
    """A service in this process, on the database that the others use."""
    service = Service(migrated(database_url), "5.2", clock=utc_now)
    service.connect()
    yield service
    service.close()


def test_killed_web_processes_lose_and_duplicate_nothing(service, database_url):
    webhooks = webhooks_of(60)
    chance = random.Random(1)
    with endpoint(database_url, "", **SETTINGS) as serving:
        with ThreadPoolExecutor(4) as pool:
            answers = {
                number: pool.submit(send, serving.port, request)
                for number, request in webhooks.items()
            }
            for _ in range(3):
                time.sleep(0.4)
                os.kill(chance.choice(serving.workers()), signal.SIGKILL)
        stored = {number for number, answer in answers.items() if answer.result(PATIENCE) == 202}
    service.forget_killed_processes()
    work_off(service)

    counts = sent(service)
    assert len(stored) > 20
    assert each_once(stored) - counts == Counter()
    assert set(counts.values()) == {1}
    assert service.dead_letters == []


def test_a_worker_that_is_killed_leaves_its_jobs_to_another(service, database_url):
    webhooks = webhooks_of(160)
    for request in webhooks.values():
        assert service.post(request)[0] == 202
    before = service.shops.inbox.depth().webhooks
    with worker(database_url) as process:
        wait_until(lambda: service.shops.inbox.depth().webhooks <= before - 10)
        process.kill()
    service.forget_killed_processes()
    assert work_off(service) > 0

    assert sent(service) == each_once(webhooks)


def test_a_worker_that_is_stopped_hands_its_jobs_back(service, database_url):
    webhooks = webhooks_of(160)
    for request in webhooks.values():
        assert service.post(request)[0] == 202
    with worker(database_url) as process:
        wait_until(lambda: service.shops.inbox.depth().webhooks <= 150)
        process.terminate()
        assert process.wait(PATIENCE) == 0

    left = service.shops.inbox.depth().webhooks
    assert 0 < left < 160
    assert work_off(service) == left  # at once: no lease has to end first
    assert sent(service) == each_once(webhooks)

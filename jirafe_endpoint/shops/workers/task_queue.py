"""Work for connected shops as Celery tasks, over RabbitMQ or Redis, for more than one machine.

All data stays in the tables. A task only names its row: a leased job of the inbox, or the turn to
read the next page of a shop. A lost task is queued again once the lease or turn has expired; a task
that is delivered twice finds its row finished and does nothing.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from celery import Celery, signals
from kombu.exceptions import OperationalError
from sqlalchemy import make_url

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.shops.history.imports import Turn
from jirafe_endpoint.shops.inbox import Job
from jirafe_endpoint.shops.workers.background import (
    AT_ONCE,
    FAILURE_PAUSE,
    Background,
    InboxWorker,
    Workers,
)

READ_AT_ONCE = AT_ONCE // 2
"""Shops that all processes together read at once, so that their webhooks do not wait."""

_VISIBLE_AGAIN = 3600  # seconds after which Redis delivers a task again that was not finished

log = logging.getLogger(__name__)

# Celery would log each task, although its messages or its page are logged, and kombu warns of
# delayed tasks, of which there are none.
logging.getLogger("celery").setLevel(logging.WARNING)
logging.getLogger("kombu.transport.native_delayed_delivery").setLevel(logging.ERROR)


class TaskQueue:
    """Runs tasks in this process, and queues work that is due for any process.

    While the broker cannot be reached, this process does that work itself, at once.
    """

    def __init__(self, shops: Shops, broker_url: str, database_url: str) -> None:
        """Use the broker; workers on the same database share a queue."""
        self._shops = shops
        self._stopping = Event()
        self._reachable_from = 0.0  # the broker, by the monotonic clock
        self._dispatchers = self._all_dispatchers()
        self._celery = Celery("jirafe", broker=broker_url, set_as_current=False)
        self._celery.conf.update(_configuration(broker_url, queue_name(database_url)))
        self._process = self._task("inbox.process", self._process_job)
        self._read = self._task("shop.read_page", self._read_page)

    def run(self) -> None:
        """Work until SIGTERM, and end once the tasks in progress are done."""
        signals.setup_logging.connect(_keep_logging, weak=False)
        signals.worker_shutting_down.connect(self._stop, weak=False)
        worker = self._celery.Worker(
            pool_cls="threads",  # they share transactions and posts to Jirafe
            concurrency=AT_ONCE,
            quiet=True,
            without_gossip=True,
            without_heartbeat=True,
            without_mingle=True,
        )
        self._dispatchers.start()
        worker.start()
        self._dispatchers.stop()

    def _all_dispatchers(self) -> Workers:
        dispatchers: list[Background] = [InboxWorker(self._shops.inbox, self._put_job)]
        if self._shops.sync_interval:
            put_turn = self._shops.sync_worker(begin=self._put_turn, most=READ_AT_ONCE)
            dispatchers.append(put_turn)
        return Workers(*dispatchers)

    def _stop(self, **_: Any) -> None:
        self._stopping.set()
        self._dispatchers.stop(0)

    def _task(self, name: str, function: Callable[..., None]) -> Any:
        def run(*arguments: str) -> None:
            try:
                function(*arguments)
            except DatabaseUnavailableError as error:
                log.warning("A task of site %s is retried later: %s", arguments[0], error)
            except Exception:  # Celery would log the text of the error
                log.exception("Unexpected error in the task %s of site %s", name, arguments[0])

        return self._celery.task(name=name, shared=False)(run)

    def _put(self, task: Any, *arguments: str) -> bool:
        """Queue a task; return whether the broker accepted it."""
        if time.monotonic() < self._reachable_from:
            return False
        try:
            task.apply_async(arguments, retry=False)
        except OperationalError as error:
            self._reachable_from = time.monotonic() + FAILURE_PAUSE
            log.warning("The broker cannot be reached: %s", type(error).__name__)
            return False
        return True

    def _put_job(self, job: Job) -> None:
        if not self._put(self._process, job.site, job.subject, job.owner):
            self._shops.jobs.process(job)

    def _put_turn(self, turn: Turn) -> bool:
        return self._put(self._read, turn.site, turn.reader)

    def _process_job(self, site: str, subject: str, owner: str) -> None:
        job = self._shops.inbox.resume(site, subject, owner)
        if job:
            self._shops.jobs.process(job)

    def _read_page(self, site: str, reader: str) -> None:
        shop, turn = self._shops.connections.get(site), Turn(site, reader)
        goes_on = shop is not None and self._shops.reader.read_page(shop, turn, self._stopping)
        if goes_on and not self._put_turn(turn):
            self._shops.imports.give_back(turn)


def _keep_logging(**_: Any) -> None:
    """Keep Celery from setting up its own logging, which it does if this signal has no receiver."""


def queue_name(database_url: str) -> str:
    """Return the name of the queue of all workers on a database."""
    url = make_url(database_url).set(password=None).render_as_string()
    return f"jirafe-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _configuration(broker_url: str, queue: str) -> dict[str, Any]:
    is_redis = broker_url.startswith("redis")
    of_redis = {"visibility_timeout": _VISIBLE_AGAIN, "global_keyprefix": f"{queue}:"}
    of_rabbitmq = {"confirm_publish": True, "confirm_timeout": 5.0}
    return {
        "broker_connection_max_retries": None,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": of_redis if is_redis else of_rabbitmq,
        "task_acks_late": True,
        "task_default_queue": queue,
        "task_default_queue_type": "classic" if is_redis else "quorum",
        "task_ignore_result": True,
        "task_reject_on_worker_lost": True,
        "worker_enable_remote_control": False,
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,
    }

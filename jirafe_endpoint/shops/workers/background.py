"""Background work, in each web process and in `flask worker`."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.shops.inbox import Inbox, Job

AT_ONCE = 8
"""The number of jobs that a process works on at once; their events share posts to Jirafe."""

IDLE_PAUSE = 0.5
"""Seconds between two checks of an inbox with nothing due."""

STEP = 0.02
"""Seconds between two checks while there is work."""

FAILURE_PAUSE = 5.0
"""Seconds before a retry after the database failed."""

log = logging.getLogger(__name__)


class Background(ABC):
    """Work done by a thread until it is stopped, or until `is_alive` returns False."""

    def __init__(self, name: str, is_alive: Callable[[], bool]) -> None:
        self.stopping = threading.Event()
        self._name = name
        self._is_alive = is_alive
        self._thread: threading.Thread | None = None

    @abstractmethod
    def run(self) -> None:
        """Work until `is_stopping`, and finish what was started."""

    def start(self) -> None:
        """Run in a separate thread."""
        # A daemon, so that only `join` waits for it.
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def join(self, patience: float | None = None) -> None:
        """Wait up to `patience` seconds for the thread to end."""
        if self._thread:
            self._thread.join(patience)

    def is_stopping(self) -> bool:
        """Whether no more work should begin."""
        return self.stopping.is_set() or not self._is_alive()


class Workers:
    """All background work of a process for connected shops."""

    def __init__(self, *workers: Background) -> None:
        self._workers = workers

    def start(self) -> None:
        """Start all."""
        for worker in self._workers:
            worker.start()

    def stop(self, patience: float | None = None) -> None:
        """Start no more work, and wait up to `patience` seconds for each worker to finish."""
        for worker in self._workers:
            worker.stopping.set()
        for worker in self._workers:
            worker.join(patience)


class InboxWorker(Background):
    """Takes jobs from the inbox and processes them until it is stopped.

    `process` finishes a job, or raises DatabaseUnavailableError. A job that it leaves unfinished
    comes again once its lease has ended. Once `is_alive` returns False, the worker stops.
    """

    def __init__(
        self,
        inbox: Inbox,
        process: Callable[[Job], None],
        is_alive: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__("inbox", is_alive)
        self._inbox = inbox
        self._process = process
        self._places = threading.Semaphore(AT_ONCE)

    def run(self) -> None:
        """Work until it is stopped, and finish the jobs that were started."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="inbox") as pool:
            while not self.is_stopping():
                self.stopping.wait(self._work(pool))

    def _work(self, pool: ThreadPoolExecutor) -> float:
        """Start as many jobs as there are free places; return the seconds until the next check."""
        places = self._free_places()
        try:
            jobs = self._inbox.take(places) if places else []
        except DatabaseUnavailableError as error:
            log.warning("The inbox cannot be read: %s", error)
            jobs, pause = [], FAILURE_PAUSE
        except Exception:  # or the inbox would not be read again until the next start
            log.exception("Unexpected error while reading the inbox")
            jobs, pause = [], FAILURE_PAUSE
        else:
            pause = STEP if jobs else IDLE_PAUSE
        for _ in range(places - len(jobs)):
            self._places.release()
        for job in jobs:
            pool.submit(self._do, job)
        return pause

    def _free_places(self) -> int:
        """Acquire all free places, waiting a while for the first; return how many."""
        if not self._places.acquire(timeout=IDLE_PAUSE):
            return 0
        places = 1
        while self._places.acquire(blocking=False):
            places += 1
        return places

    def _do(self, job: Job) -> None:
        try:
            if self.is_stopping():
                self._inbox.hand_back(job)
            else:
                self._process(job)
        except DatabaseUnavailableError as error:
            log.warning("A job of site %s is retried later: %s", job.site, error)
        except Exception:
            log.exception("Unexpected error in a job of site %s", job.site)
        finally:
            self._places.release()

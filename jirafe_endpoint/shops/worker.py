"""Work in the background: in each serving process, and in `flask worker`."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.shops.inbox import Inbox, Job

AT_ONCE = 8
"""Jobs that one process works on at once; their events share posts to Jirafe."""

IDLE_PAUSE = 0.5
"""Seconds between two looks into an inbox that had nothing due."""

STEP = 0.02
"""Seconds between two looks while there is work."""

FAILURE_PAUSE = 5.0
"""Seconds after which a database that failed is tried again."""

log = logging.getLogger(__name__)


class Background(ABC):
    """Something that a thread does until it is stopped, or until `is_alive` returns False."""

    def __init__(self, name: str, is_alive: Callable[[], bool]) -> None:
        self.stopping = threading.Event()
        self._name = name
        self._is_alive = is_alive
        self._thread: threading.Thread | None = None

    @abstractmethod
    def run(self) -> None:
        """Work until `is_stopping`, and end once what is under way is done."""

    def start(self) -> None:
        """Run in a separate thread."""
        # A daemon: `join` waits for it, and nothing else has to.
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def join(self, patience: float | None = None) -> None:
        """Wait so many seconds for the thread to end."""
        if self._thread:
            self._thread.join(patience)

    def is_stopping(self) -> bool:
        """Whether no more work should begin."""
        return self.stopping.is_set() or not self._is_alive()


class Workers:
    """Everything that a process does for connected shops in the background."""

    def __init__(self, *workers: Background) -> None:
        self._workers = workers

    def start(self) -> None:
        """Start all."""
        for worker in self._workers:
            worker.start()

    def stop(self, patience: float | None = None) -> None:
        """Begin no more work, and wait so many seconds for what is under way."""
        for worker in self._workers:
            worker.stopping.set()
        for worker in self._workers:
            worker.join(patience)


class InboxWorker(Background):
    """Takes jobs from the inbox and processes them until it is stopped.

    `process` settles a job, and raises DatabaseUnavailableError if it cannot. What it leaves
    leased comes again once the lease has ended. Once `is_alive` returns False, the worker stops.
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
        """Work until it is stopped, and end once the jobs under way are done."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="inbox") as pool:
            while not self.is_stopping():
                self.stopping.wait(self._work(pool))

    def _work(self, pool: ThreadPoolExecutor) -> float:
        """Begin as many jobs as there are places; return the seconds until the next look."""
        places = self._free_places()
        try:
            jobs = self._inbox.take(places) if places else []
        except DatabaseUnavailableError as error:
            log.warning("The inbox cannot be read: %s", error)
            jobs, pause = [], FAILURE_PAUSE
        else:
            pause = STEP if jobs else IDLE_PAUSE
        for _ in range(places - len(jobs)):
            self._places.release()
        for job in jobs:
            pool.submit(self._do, job)
        return pause

    def _free_places(self) -> int:
        """Acquire all places that are free, waiting a while for the first; return how many."""
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
            log.warning("A job of site %s comes again: %s", job.site, error)
        except Exception:
            log.exception("Unexpected error at a job of site %s", job.site)
        finally:
            self._places.release()

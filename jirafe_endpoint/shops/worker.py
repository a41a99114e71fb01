"""Works on the inbox in the background: in each serving process, and in `flask worker`."""

import logging
import threading
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


class InboxWorker:
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
        self._inbox = inbox
        self._process = process
        self._is_alive = is_alive
        self._stopping = threading.Event()
        self._places = threading.Semaphore(AT_ONCE)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread of its own."""
        # A daemon: `stop` waits for it, and nothing else has to.
        self._thread = threading.Thread(target=self.run, name="inbox", daemon=True)
        self._thread.start()

    def stop(self, patience: float | None = None) -> None:
        """Take no more jobs, and wait so many seconds for those under way."""
        self._stopping.set()
        if self._thread:
            self._thread.join(patience)

    def run(self) -> None:
        """Work until `stop` is called, and end once the jobs under way are done."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="inbox") as pool:
            while not self._is_stopping():
                self._stopping.wait(self._work(pool))

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

    def _is_stopping(self) -> bool:
        return self._stopping.is_set() or not self._is_alive()

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
            if self._is_stopping():
                self._inbox.hand_back(job)
            else:
                self._process(job)
        except DatabaseUnavailableError as error:
            log.warning("A job of site %s comes again: %s", job.site, error)
        except Exception:
            log.exception("Unexpected error at a job of site %s", job.site)
        finally:
            self._places.release()

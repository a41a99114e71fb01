"""Group commit: the writes of several threads share a transaction."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from database.errors import DatabaseUnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")

Write = Callable[[Connection, Sequence[Item]], Sequence[Result]]
"""Writes the items of several threads and returns a result for each."""


class PendingWrite(NamedTuple):
    """A write and its item, to be committed together with something else."""

    write: Write[Any, Any]
    item: Any


MAX_ITEMS = 256
"""The most items in a transaction: as many as a site can have in progress at once."""


@dataclass(eq=False)
class _Job:
    """An item to write, the thread that waits for it, and the outcome."""

    write: Write[Any, Any]
    item: Any
    durable: bool
    deadline: float
    is_queued: bool = True
    is_done: bool = False
    result: Any = None
    error: Exception | None = None
    baton: threading.Lock = field(default_factory=threading.Lock)
    """The thread sleeps by acquiring this, which costs less than a condition."""

    def __post_init__(self) -> None:
        """Let the thread sleep until it is woken."""
        self.baton.acquire()

    def wake(self) -> None:
        """Wake the thread; an extra wake-up does no harm."""
        if self.baton.locked():
            self.baton.release()


class GroupCommit:
    """Writes items of many threads in shared transactions.

    There is no background thread: one of the waiting threads writes for all that have queued during
    the previous transaction.
    """

    def __init__(
        self, begin: Callable[..., AbstractContextManager[Connection]], wait: float
    ) -> None:
        """Take a function that opens a transaction, and how many seconds an item may wait.

        `begin` gets a monotonic deadline, and as `durable` whether the commit has to be on disk.
        """
        self._begin = begin
        self._wait = wait
        self._lock = threading.Lock()
        self._queue: list[_Job] = []
        self._is_writing = False

    def run(self, write: Write[Item, Result], item: Item, *, durable: bool = True) -> Result:
        """Write the item, and return its result from `write` once it is committed.

        The commit is on disk if any item in it is `durable`; otherwise a crash of the machine may
        undo it.

        If `write` raises for several items, each is written in its own transaction, and the error
        is raised for the item that caused it. Raise DatabaseUnavailableError, at the latest after
        the wait if the item was not started by then.
        """
        job = _Job(write, item, durable, time.monotonic() + self._wait)
        with self._lock:
            self._queue.append(job)
        try:
            while self._must_write(job):
                self._write_batch()
        finally:
            self._leave(job)
        if job.error is not None:
            raise job.error
        result: Result = job.result
        return result

    def _must_write(self, job: _Job) -> bool:
        """Wait until the job is done or its thread has to write; return the latter."""
        while True:
            with self._lock:
                if job.is_done:
                    return False
                if not self._is_writing:
                    self._is_writing = True
                    return True
                is_first = job.is_queued and job is self._queue[0]
            left = job.deadline - time.monotonic()
            if job.is_queued and left <= 0:
                raise DatabaseUnavailableError("The database cannot be used: it is locked or busy")
            # Timers are slow, so only the first in the queue has one. The others are woken to be
            # the first. A write in progress ends soon, because its transaction has a deadline.
            job.baton.acquire(timeout=left if is_first else -1)

    def _leave(self, job: _Job) -> None:
        """Clean up after a thread that failed or was killed while it waited."""
        with self._lock:
            if job.is_queued:
                self._queue.remove(job)
                self._wake_next()

    def _wake_next(self) -> None:
        """Wake the first in the queue, which writes, or watches the time during a write."""
        if self._queue:
            self._queue[0].wake()

    def _write_batch(self) -> None:
        batch: list[_Job] = []
        try:
            time.sleep(0)  # let the threads that could write now join
            with self._lock:
                deadline = min(job.deadline for job in self._queue)
                durable = any(job.durable for job in self._queue)
            try:
                with self._begin(deadline, durable=durable) as connection:
                    batch = self._take(durable=durable)  # with those that joined meanwhile
                    results = _results(connection, batch)
            except Exception as error:  # noqa: BLE001 - it is raised in the thread it belongs to
                batch = batch or self._take(durable=durable)
                self._retry(batch, error)
            else:
                _succeed(batch, results)
        except BaseException:
            _fail(batch, DatabaseUnavailableError("The database cannot be used: interrupted"))
            raise
        finally:
            with self._lock:
                self._is_writing = False
                for job in batch:
                    job.is_done = True
                    job.wake()
                self._wake_next()

    def _take(self, *, durable: bool) -> list[_Job]:
        """Take the jobs of a transaction from the queue: those that must be on disk if it will."""
        with self._lock:
            batch = [job for job in self._queue if durable or not job.durable][:MAX_ITEMS]
            for job in batch:
                job.is_queued = False
            self._queue = [job for job in self._queue if job.is_queued]
            self._wake_next()
        return batch

    def _retry(self, jobs: list[_Job], error: Exception) -> None:
        """Write jobs one by one if the error is the fault of one of them; otherwise all failed."""
        if len(jobs) == 1 or not _is_of_one_item(error):
            _fail(jobs, error)
            return
        for job in jobs:
            try:
                with self._begin(job.deadline, durable=job.durable) as connection:
                    results = _results(connection, [job])
            except Exception as own:  # noqa: BLE001 - as above
                _fail([job], own)
            else:
                _succeed([job], results)


def _succeed(jobs: list[_Job], results: list[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        job.result = result


def _results(connection: Connection, jobs: list[_Job]) -> list[Any]:
    """Write the items, with one call per function; return the results by job."""
    places: defaultdict[Write[Any, Any], list[int]] = defaultdict(list)
    for place, job in enumerate(jobs):
        places[job.write].append(place)
    results: dict[int, Any] = {}
    for write, own in places.items():
        results |= zip(own, write(connection, [jobs[place].item for place in own]), strict=True)
    return [results[place] for place in range(len(jobs))]


def _is_of_one_item(error: Exception) -> bool:
    """Return whether the error is an item's fault, so that other items can be written."""
    kinds = {one.__name__ for one in type(error.__cause__).__mro__}  # the driver's or SQLAlchemy's
    is_refused_row = not kinds.isdisjoint(("IntegrityError", "DataError"))
    return is_refused_row or not isinstance(error, DatabaseUnavailableError)


def _fail(jobs: list[_Job], error: Exception) -> None:
    """Give each job a separate error, so that tracebacks of several threads do not mix."""
    for job in jobs:
        job.error = error if job is jobs[0] else type(error)(*error.args)

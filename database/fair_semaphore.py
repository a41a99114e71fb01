"""A semaphore that serves threads in the order of their arrival."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairSemaphore:
    """A number of slots, each handed to the thread that has waited longest.

    The pools and locks in libraries let a thread that releases something take it again at once, so
    that others starve under load.
    """

    def __init__(self, slots: int) -> None:
        self._lock = threading.Lock()
        self._free = slots
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def slot(self, timeout: float) -> Iterator[bool]:
        """Hold a slot; yield False if none became free within `timeout` seconds."""
        is_held = self._acquire(timeout)
        try:
            yield is_held
        finally:
            if is_held:
                self._release()

    def _acquire(self, timeout: float) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait(max(0, timeout))
        except BaseException:  # the thread was killed while it waited
            if self._leave(turn):
                self._release()
            raise
        return self._leave(turn)

    def _leave(self, turn: threading.Event) -> bool:
        """Stop waiting; return whether a slot was handed over."""
        with self._lock:
            if not turn.is_set():
                self._waiting.remove(turn)
        return turn.is_set()

    def _release(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

"""Work in the background of a process, until it is stopped."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable


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

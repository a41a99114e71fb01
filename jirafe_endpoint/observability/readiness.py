"""Whether the service can work now: checks that are bounded in time and asked in moderation."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

EXTENSION = "jirafe_endpoint_readiness"
"""Where an application keeps its checks."""

Check = Callable[[], str | None]
"""Returns what is wrong, in words that anybody may read; None where nothing is."""

LIMIT = 2.0
"""Seconds that a check may take."""

KEPT = 1.5
"""Seconds for which its result is told again."""

log = logging.getLogger(__name__)


class Readiness:
    """Runs checks at the same time, each in a thread of its own, and keeps their results a while.

    However often it is asked, a check runs once at a time; one that hangs is left alone.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """Take the checks by name."""
        self._checks = {name: _Watched(name, check) for name, check in checks.items()}

    def problems(self) -> dict[str, str | None]:
        """Return what is wrong by check, None where nothing is, within LIMIT seconds."""
        for check in self._checks.values():
            check.start()
        return {name: check.result() for name, check in self._checks.items()}


class _Watched:
    """One check, its thread and its last result."""

    def __init__(self, name: str, check: Check) -> None:
        self._name = name
        self._check = check
        self._changed = threading.Condition()
        self._is_running = False
        self._started = self._ended = float("-inf")
        self._problem: str | None = None

    def start(self) -> None:
        """Start the check unless it is running, or has ended just now."""
        with self._changed:
            now = time.monotonic()
            if self._is_running or now < self._ended + KEPT:
                return
            self._is_running, self._started = True, now
        # A daemon: one that hangs must not keep the process from ending.
        threading.Thread(target=self._run, name=f"check {self._name}", daemon=True).start()

    def result(self) -> str | None:
        with self._changed:
            left = self._started + LIMIT - time.monotonic()
            if self._changed.wait_for(lambda: not self._is_running, max(0, left)):
                return self._problem
        return f"No answer within {LIMIT:g} seconds."

    def _run(self) -> None:
        try:
            problem = self._check()
        except Exception as error:  # told as what it is: not ready
            log.exception("The check of %s failed", self._name)
            problem = f"Unexpected {type(error).__name__}."
        with self._changed:
            if problem and problem != self._problem:
                log.warning("Not ready: %s: %s", self._name, problem)
            self._problem = problem
            self._is_running, self._ended = False, time.monotonic()
            self._changed.notify_all()

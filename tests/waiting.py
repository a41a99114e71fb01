"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], object], seconds: float = 60, state: object = None) -> None:
    """Wait until `happened` returns something true; fail after that many seconds.

    `state` is called for what the failure should show.
    """
    deadline, pause = time.monotonic() + seconds, 0.001
    while not happened():
        assert time.monotonic() < deadline, state() if callable(state) else "it did not happen"
        time.sleep(pause)
        pause = min(2 * pause, 0.03)  # asking all the time would slow down what is waited for

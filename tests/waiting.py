"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable


def wait_until(happened: Callable[[], object], seconds: float = 60, state: object = None) -> None:
    """Wait until `happened` returns something true; fail after that many seconds.

    `state` is called for what the failure should show.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, state() if callable(state) else "it did not happen"
        time.sleep(0.002)

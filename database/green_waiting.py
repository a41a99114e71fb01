"""Waiting for Postgres among gevent's green threads."""

from gevent import get_hub  # type: ignore[import-untyped]
from gevent.monkey import get_original  # type: ignore[import-untyped]
from psycopg import waiting
from psycopg.abc import RV, PQGen
from psycopg.waiting import Ready

poll = get_original("select", "poll")
"""The system's own poll. gevent's lets all other green threads go first, even without a wait."""


def install() -> None:
    """Let psycopg wait on gevent's event loop instead of with `poll`, if it would use that.

    `poll` makes a poller and a timer for each wait, which cost more than most statements.
    """
    if waiting.wait is waiting.wait_poll:
        waiting.wait = _wait


def _wait(gen: PQGen[RV], fileno: int, interval: float = 0.0, timeout: float | None = None) -> RV:
    """Run a psycopg generator, which yields the event it waits for; return its result.

    psycopg and the event loop use the same bits for reading and writing.
    """
    if timeout is not None:
        return waiting.wait_poll(gen, fileno, interval, timeout)
    hub = get_hub()
    try:
        wanted = next(gen)
        while True:
            hub.wait(hub.loop.io(fileno, wanted))
            wanted = gen.send(Ready(wanted))
    except StopIteration as end:
        result: RV = end.value
        return result

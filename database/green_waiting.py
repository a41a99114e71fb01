"""Waiting for Postgres among gevent's green threads."""

from gevent import get_hub  # type: ignore[import-untyped]
from psycopg import waiting
from psycopg.abc import RV, PQGen
from psycopg.waiting import Ready


def install() -> None:
    """Have psycopg wait by gevent's own events, if green threads would wait by its `poll`.

    That makes a poller and a timer for each wait, which cost more than most statements.
    """
    if waiting.wait is waiting.wait_poll:
        waiting.wait = _wait


def _wait(gen: PQGen[RV], fileno: int, interval: float = 0.0, timeout: float | None = None) -> RV:
    """Return what the generator returns, which yields what it waits for.

    Its bits for reading and writing are those of the event loop.
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

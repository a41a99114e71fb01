"""Faults of an API, for the upstream of the tests to answer with."""

import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from tests.upstream import Answer, Sent, Upstream

Results = dict[str, list[dict[str, Any]]]
Reply = Answer | Callable[[socket.socket], None]

SUCCESS = {"success": True}
REFUSAL = {"success": False, "error_type": "validation", "errors": {"total": "is too odd"}}
UNKNOWN = {"success": False, "error_type": "unknown"}


@dataclass(frozen=True)
class Fault:
    """How a request is answered.

    `takes` where its events are accepted; `reply` makes the answer of their results, and `confirms`
    returns the kinds whose results can be read from it.
    """

    takes: bool
    reply: Callable[[Results], Reply]
    confirms: Callable[[Results], set[str]] = lambda results: set(results)


def reset(connection: socket.socket) -> None:
    """End the connection with RST, so that the caller sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _reset_in_mid_answer(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"cart": [{"succ')
    reset(connection)


def stall(connection: socket.socket) -> None:
    """Send nothing until the caller has disconnected."""
    connection.settimeout(30)
    with suppress(OSError):
        connection.recv(1)


def _drip(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        for _ in range(300):
            connection.sendall(b" ")
            time.sleep(0.05)


def _whole(results: Results) -> Answer:
    """Return the answer to a batch, or to a lone event's resource."""
    ((first, *others), *kinds) = results.values()
    if others or kinds:
        return Answer(200, json.dumps(results))
    return Answer(200 if first["success"] else 400, json.dumps(first))


def _half(results: Results) -> Answer:
    body = _whole(results).body
    return Answer(200, body[: len(body) // 2])


def _too_few(results: Results) -> Answer:
    (kind, given), *rest = results.items()
    return Answer(200, json.dumps({**dict(rest), kind: given[1:]}))


def _wrong_kind(results: Results) -> Answer:
    (_, given), *rest = results.items()
    return Answer(200, json.dumps({**dict(rest), "visit": given}))


def _all_but_the_first(results: Results) -> set[str]:
    return set(list(results)[1:])


def _none(_: Results) -> set[str]:
    return set()


def _raw(send: Callable[[socket.socket], None]) -> Callable[[Results], Reply]:
    return lambda _: send


def _status(status: int, body: str = "", **headers: str) -> Callable[[Results], Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(status, body, named)


FINE = Fault(True, _whole)
FAULTS = {
    "resets before": Fault(False, _raw(reset)),
    "resets after": Fault(True, _raw(reset), _none),
    "resets in mid-answer": Fault(True, _raw(_reset_in_mid_answer), _none),
    "stalls before": Fault(False, _raw(stall)),
    "stalls after": Fault(True, _raw(stall), _none),
    "drips": Fault(True, _raw(_drip), _none),
    "429": Fault(False, _status(429)),
    "429 with Retry-After": Fault(False, _status(429, Retry_After="1")),
    "503": Fault(False, _status(503)),
    "503 with Retry-After": Fault(False, _status(503, "<html>", Retry_After="1")),
    "500": Fault(False, _status(500, '{"success": false, "error_type": "unknown"}')),
    "500 after": Fault(True, _status(500), _none),
    "HTML": Fault(False, _status(200, "<html>Down for maintenance</html>")),
    "half JSON": Fault(True, _half, _none),
    "too few results": Fault(True, _too_few, _all_but_the_first),
    "a wrong kind": Fault(True, _wrong_kind, _all_but_the_first),
    "too large": Fault(False, _status(413)),
    "is not there": Fault(False, _raw(reset)),
}


def at_random(seed: int, share: float, upstream: Upstream) -> Callable[[Sent], Fault]:
    """Return a chooser that gives that share of the requests one of all faults."""
    rng = random.Random(seed)
    one_at_a_time = threading.Lock()

    def be_away() -> None:
        """Refuse connections for a while, as a server that is being restarted does."""
        with suppress(OSError):  # the test has ended
            upstream.listener.shutdown(socket.SHUT_RDWR)
            time.sleep(0.15)
            upstream.listener.listen(128)
        one_at_a_time.release()

    def choose(sent: Sent) -> Fault:
        name = rng.choice(list(FAULTS)) if rng.random() < share else ""
        if name == "is not there" and one_at_a_time.acquire(blocking=False):
            threading.Thread(target=be_away).start()
        if name == "too large" and not sent.path.endswith("/batch"):
            return FINE  # a lone event that is too large is refused for good
        return FAULTS.get(name, FINE)

    return choose


def in_turn(*faults: Fault) -> Callable[[Sent], Fault]:
    """Return a chooser that gives the first requests these faults."""
    prescribed = chain(faults, repeat(FINE))
    return lambda _: next(prescribed)


@contextmanager
def held(reply: Fault = FINE) -> Iterator[tuple[Fault, threading.Event, threading.Event]]:
    """Yield a fault that holds requests, an event set when one arrives, and one to release them."""
    come, go = threading.Event(), threading.Event()

    def hold(results: Results) -> Reply:
        come.set()
        assert go.wait(60)
        return reply.reply(results)

    try:
        yield Fault(reply.takes, hold, reply.confirms), come, go
    finally:
        go.set()

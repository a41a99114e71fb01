"""Deliver messages at least once, many at a time, each until it is answered 200."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests

from tests.simulator.wire.message import Message

GONE = 0
"""The status of a request whose connection broke or was not made."""

Send = Callable[[Message], tuple[int, Any]]
"""Sends a message once and returns the status and the JSON of the answer."""


@dataclass
class Outcome:
    """The outcome of a message: the status of each answer, and the last answer."""

    message: Message
    statuses: list[int] = field(default_factory=list)
    answer: Any = None

    @property
    def notes(self) -> list[dict[str, str]]:
        """Return the notifications of the last answer, none in the dialect without them."""
        notes: list[dict[str, str]] = (self.answer or {}).get("notifications", [])
        return notes

    @property
    def levels(self) -> set[str]:
        return {note["level"] for note in self.notes}


def sender(endpoint: str, api: str, timeout: float = 30) -> Send:
    """Return what posts hub messages to the endpoint, and the beacon's events to the API.

    Both are base URLs without the slash at the end.
    """
    local = threading.local()

    def send(message: Message) -> tuple[int, Any]:
        session = local.__dict__.setdefault("session", requests.Session())
        base = api if message.to_api else endpoint
        try:
            answer = session.post(base + message.path, json=message.body, timeout=timeout)
            return answer.status_code, answer.json()
        except (requests.RequestException, ValueError):
            return GONE, None

    return send


def interrupting(send: Send, every: int, interrupt: Callable[[], None]) -> Send:
    """Return a sender that also interrupts something every few requests."""
    numbers = count(1)

    def counted(message: Message) -> tuple[int, Any]:
        if next(numbers) % every == 0:
            interrupt()
        return send(message)

    return counted


def play(sent: Iterable[Message], send: Send, *, seconds: float, threads: int = 8) -> list[Outcome]:
    """Deliver the messages in about their order, and return what became of each.

    A message is sent again until it is answered 200 or time is up. One that is `in_order` waits
    for the earlier ones of its subject.
    """
    deadline = time.monotonic() + seconds
    in_progress: dict[tuple[str, str], list[Future[Outcome]]] = {}
    with ThreadPoolExecutor(threads) as pool:
        futures = []
        for message in sent:
            earlier = in_progress.setdefault(message.subject, [])
            # The pool starts them in this order, so those that are waited for have started.
            before = list(earlier) if message.in_order else []
            futures.append(pool.submit(_deliver, message, send, before, deadline))
            earlier.append(futures[-1])
        return [future.result() for future in futures]


def _deliver(
    message: Message, send: Send, before: list["Future[Outcome]"], deadline: float
) -> Outcome:
    wait(before)
    outcome, pause = Outcome(message), 0.05
    while True:
        status, outcome.answer = send(message)
        outcome.statuses.append(status)
        if status == requests.codes.ok or time.monotonic() > deadline:
            return outcome
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)

"""How fast a lane goes, and when it stops."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


class Watch(Protocol):
    """Who is told what the lanes do."""

    def post_starts(self, events: int) -> None:
        """Take note of a post of so many events."""

    def waiting(self) -> AbstractContextManager[Any]:
        """Return a block that a message is in a lane for."""

    def breakers_are_open(self, count: int) -> None:
        """Take note of how many lanes fail fast from now on."""


@dataclass(frozen=True)
class Pace:
    """How a lane sends; times in seconds.

    `post_time` is the longest that a post takes: a message with less time left is not sent any
    more. `waiters` is a slow lane's share of threads. `failures` posts that fail in a row make
    the lane fail fast, but for one post per `pause`.
    """

    interval: float
    in_flight: int
    most_events: int
    post_time: float
    waiters: int
    failures: int
    pause: float
    most_bytes: int = 10 * 1024 * 1024  # what Jirafe takes in one request

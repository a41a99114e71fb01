"""Paced group commit: what gathers for a site while posts are under way goes out as one batch."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jirafe_endpoint.jirafe.batching_policy import Pace
from jirafe_endpoint.jirafe.encoding import Outgoing
from jirafe_endpoint.jirafe.lane import Lane, Send
from jirafe_endpoint.jirafe.results import Result


class Lanes:
    """The lanes of a process, one per site and token; one that nobody uses is dropped."""

    def __init__(
        self,
        send: Callable[[str, str], Send],
        pace: Pace,
        now: Callable[[], float] = time.monotonic,
        breakers_are_open: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Take what gives a sender for a site and its token, the pace, and a clock.

        `breakers_are_open` is told whenever their number changes.
        """
        self._send = send
        self._pace = pace
        self._now = now
        self._breakers_are_open = breakers_are_open
        self._failing: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._lanes: dict[tuple[str, str], Lane] = {}

    def deliver(
        self, site: str, token: str, events: Sequence[Outgoing], deadline: float
    ) -> list[Result]:
        """Send a message's events, together and in order, and return what became of each.

        By the clock's time `deadline` this has returned. Events that it calls not sent in time
        never are.
        """
        with self._lane(site, token) as lane:
            return lane.deliver(events, deadline)

    def __len__(self) -> int:
        """Return how many lanes there are."""
        return len(self._lanes)

    @contextmanager
    def _lane(self, site: str, token: str) -> Iterator[Lane]:
        key = site, token
        with self._lock:
            if key not in self._lanes:
                self._drop_unused()
                self._lanes[key] = Lane(self._send(site, token), self._pace, self._now)
            lane = self._lanes[key]
            lane.users += 1
        try:
            yield lane
        finally:
            with self._lock:
                lane.users -= 1
                if lane.is_unused():
                    del self._lanes[key]
                self._look_at_breaker(key)

    def _drop_unused(self) -> None:
        """Drop the lanes that had to be kept for their open breaker."""
        for key in [key for key, lane in self._lanes.items() if lane.is_unused()]:
            del self._lanes[key]
            self._look_at_breaker(key)

    def _look_at_breaker(self, key: tuple[str, str]) -> None:
        is_failing = key in self._lanes and self._lanes[key].is_failing
        if is_failing != (key in self._failing):
            (self._failing.add if is_failing else self._failing.remove)(key)
            self._breakers_are_open(len(self._failing))

"""Limits on concurrent messages per site, so that no site crowds out others."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ALONE = 256
"""The number of messages that a site may have in progress while no other site sends any."""

TOGETHER = 4
"""The number of messages that a site may have in progress while other sites send, too.

Messages in progress share the processor, so a low number keeps everyone's wait short.
"""

REMEMBERED = 10.0
"""Seconds after its last message during which a site counts as sending."""

UNPROVEN, ALL_UNPROVEN = 64, 256
"""The most messages with an unproven token in progress: for one site and token, and in all."""


@dataclass
class _Places:
    """How many messages of a site are in progress, and those that wait, oldest first."""

    in_progress: int = 0
    waiting: deque[threading.Event] = field(default_factory=deque)


class SiteShares:
    """Lets each site have a number of messages in progress; forgets idle sites."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._sites: dict[str, _Places] = {}
        self._last_sent: dict[str, float] = {}  # the one silent for longest comes first
        self._unproven: Counter[tuple[str, bytes]] = Counter()

    @contextmanager
    def place(self, site: str, patience: float) -> Iterator[bool]:
        """Hold a place of the site; yield False if none becomes free within `patience` seconds.

        Messages get places in order of arrival.
        """
        is_held = self._enter(site, patience)
        try:
            yield is_held
        finally:
            if is_held:
                self._leave(site)

    @contextmanager
    def unproven_place(self, site_and_token: tuple[str, bytes]) -> Iterator[bool]:
        """Hold a place while a token is checked; yield False if none is free.

        Anybody with the key can name any site, so this takes none of the site's places and does
        not make it count as one that sends.
        """
        with self._lock:
            is_held = (
                self._unproven[site_and_token] < UNPROVEN and self._unproven.total() < ALL_UNPROVEN
            )
            self._unproven[site_and_token] += is_held
        try:
            yield is_held
        finally:
            with self._lock:
                self._unproven[site_and_token] -= is_held
                if not self._unproven[site_and_token]:
                    del self._unproven[site_and_token]

    def _enter(self, site: str, patience: float) -> bool:
        with self._lock:
            self._note(site)
            places = self._sites.setdefault(site, _Places())
            if not places.waiting and places.in_progress < self._share():
                places.in_progress += 1
                return True
            turn = threading.Event()
            places.waiting.append(turn)
            self._let_in(site)
        try:
            turn.wait(patience)
        except BaseException:  # the thread was killed while it waited
            if self._stop_waiting(site, turn):
                self._leave(site)
            raise
        return self._stop_waiting(site, turn)

    def _stop_waiting(self, site: str, turn: threading.Event) -> bool:
        """Stop waiting; return whether the message got a place."""
        with self._lock:
            if not turn.is_set():
                self._sites[site].waiting.remove(turn)
                self._let_in(site)
            return turn.is_set()

    def _leave(self, site: str) -> None:
        with self._lock:
            self._sites[site].in_progress -= 1
            self._let_in(site)

    def _let_in(self, site: str) -> None:
        """Give free places of a site to messages that wait; forget a site that has none left."""
        places = self._sites[site]
        while places.waiting and places.in_progress < self._share():
            places.in_progress += 1
            places.waiting.popleft().set()
        if not (places.in_progress or places.waiting):
            del self._sites[site]

    def _note(self, site: str) -> None:
        """Record that a site sends; forget sites that have not sent for a while."""
        self._last_sent.pop(site, None)
        self._last_sent[site] = now = self._now()
        while self._last_sent[first := next(iter(self._last_sent))] < now - REMEMBERED:
            del self._last_sent[first]

    def _share(self) -> int:
        """Return how many messages each site may have in progress."""
        return TOGETHER if len(self._last_sent) > 1 else ALONE

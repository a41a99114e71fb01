"""Batch messages to Jirafe by site (paced group commit).

There is no background thread: threads wait here for the results of their messages, and one of
them posts the batch for all.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from jirafe_endpoint.jirafe.encoding import EncodedEvent, Event, encode
from jirafe_endpoint.jirafe.results import Outcome, Result
from jirafe_endpoint.jirafe.site_queue import Limits, QueuedMessage, SiteQueue, State

_UNKNOWN = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")


class Client(Protocol):
    """Posts the events of a batch."""

    def send(
        self, site: str, token: str, events: Sequence[EncodedEvent], deadline: float
    ) -> list[Result]:
        """Post the events, and return the result of each by the deadline."""


class Batcher:
    """Sends messages, in batches for each site.

    A post may take `post_time` seconds; a message with less time left is not sent. `request_id`
    returns the id of the current thread's request. `on_post` is called with the number of events
    in each post, `on_breakers` with the number of open circuit breakers.
    """

    def __init__(
        self,
        client: Client,
        post_time: float,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        now: Callable[[], float] = time.monotonic,
        request_id: Callable[[], str] = str,
        on_post: Callable[[int], None] = lambda _: None,
        on_breakers: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._post_time = post_time
        self._limits = limits
        self._now = now
        self._request_id = request_id
        self._on_post = on_post
        self._on_breakers = on_breakers
        self._lock = threading.Lock()
        self._queues: dict[str, SiteQueue] = {}
        self._failing: set[str] = set()

    def send(self, site: str, token: str, events: Sequence[Event], deadline: float) -> list[Result]:
        """Send a message's events together and in order, and return the result of each.

        Return before `deadline`, in seconds of the clock `now`. Events that are reported as not
        sent in time are never sent.
        """
        if not events:
            return []
        request_id = self._request_id()
        encoded = [encode(event, request_id) for event in events]
        message = QueuedMessage(encoded, token, deadline - self._post_time, deadline)
        queue = self._enter(site, message)
        try:
            while message.state is not State.DONE:
                if message.state is State.POSTING:
                    self._post(site, queue, message.batch)
                else:
                    self._wait(queue, message)
        finally:
            self._leave(site, queue, message)
        return list(message.results)

    def __len__(self) -> int:
        """Return the number of sites with a queue."""
        return len(self._queues)

    def _enter(self, site: str, message: QueuedMessage) -> SiteQueue:
        with self._lock:
            if site not in self._queues:
                self._drop_unused()
                self._queues[site] = SiteQueue(self._limits)
            queue = self._queues[site]
            queue.users += 1
            queue.add(message, self._now())
        return queue

    def _leave(self, site: str, queue: SiteQueue, message: QueuedMessage) -> None:
        with self._lock:
            queue.leave(message, self._now())
            queue.users -= 1
            if queue.is_unused(self._now()):
                del self._queues[site]
            self._note_breaker(site)

    def _wait(self, queue: SiteQueue, message: QueuedMessage) -> None:
        timeout = message.wakes_at - self._now()
        if timeout > 0:
            message.baton.acquire(timeout=timeout)
        with self._lock:
            queue.wake_up(message, self._now())

    def _post(self, site: str, queue: SiteQueue, batch: Sequence[QueuedMessage]) -> None:
        events = [event for message in batch for event in message.events]
        deadline = min(self._now() + self._post_time, *(one.deadline for one in batch))
        results = [_UNKNOWN] * len(events)
        self._on_post(len(events))
        try:
            results = self._client.send(site, batch[0].token, events, deadline)
        finally:
            each = iter(results)
            own = [[next(each) for _ in message.events] for message in batch]
            with self._lock:
                queue.settle(batch, own, self._now())

    def _drop_unused(self) -> None:
        """Drop queues that were only kept for their circuit breaker."""
        for site in [site for site, one in self._queues.items() if one.is_unused(self._now())]:
            del self._queues[site]
            self._note_breaker(site)

    def _note_breaker(self, site: str) -> None:
        is_failing = site in self._queues and self._queues[site].is_failing
        if is_failing != (site in self._failing):
            (self._failing.add if is_failing else self._failing.remove)(site)
            self._on_breakers(len(self._failing))

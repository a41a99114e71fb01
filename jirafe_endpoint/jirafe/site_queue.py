"""The messages of one site that wait to be posted, and what may be posted when.

Nothing here waits or locks: `now` is an argument, in seconds of any steady clock. An idle site
posts at once. A busy one starts at most one post per `interval` and has at most `in_flight` under
way; what gathers meanwhile goes out as one batch. Two messages with a key in common are never in
two posts at once, nor in one post, and go in the order in which they came.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from jirafe_endpoint.jirafe.circuit_breaker import CircuitBreaker
from jirafe_endpoint.jirafe.encoding import EncodedEvent
from jirafe_endpoint.jirafe.results import Outcome, Result

_LATE = Result(Outcome.UNAVAILABLE, reason="Jirafe is busy; the events were not sent in time.")
_UNKNOWN = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")


@dataclass(frozen=True)
class Limits:
    """How much and how fast to post; times in seconds.

    After `failures` failed posts in a row, messages fail at once except for one post per `pause`.
    """

    interval: float = 0.005  # measured: longer slows callers down, shorter saves no more posts
    in_flight: int = 16
    events: int = 500  # in one batch, unless a single message has more
    size: int = 10 * 1024 * 1024  # bytes that Jirafe accepts in one request
    failures: int = 5
    pause: float = 5.0


class State(Enum):
    """Where a message is."""

    QUEUED = "queued"
    POSTING = "posting"
    """Its thread has to post the batch that the message is in, or is doing so."""
    IN_FLIGHT = "in flight"
    """It is in a batch that the thread of another message posts."""
    DONE = "done"


@dataclass(eq=False, slots=True)
class QueuedMessage:
    """The events of one message, and the thread that waits for their results."""

    events: Sequence[EncodedEvent]
    token: str
    latest_start: float
    """When a post has to start at the latest to end within the message's deadline."""
    deadline: float
    keys: frozenset[tuple[str, str]] = frozenset()
    size: int = 0
    state: State = State.QUEUED
    batch: "list[QueuedMessage]" = field(default_factory=list)
    results: Sequence[Result] = ()
    """Of its last post; a message that is queued again has some, too."""
    alarm: float = math.inf
    """When its thread has to look whether a post can start."""
    baton: threading.Lock = field(default_factory=threading.Lock)
    """The message's thread sleeps by acquiring this; a change of the message releases it."""

    def __post_init__(self) -> None:
        """Derive the keys and the size."""
        self.keys = frozenset(event.key for event in self.events if event.key)
        self.size = sum(len(event.data) for event in self.events)
        self.baton.acquire()

    @property
    def goes_alone(self) -> bool:
        """Whether it failed with others, and is posted once more without them."""
        return bool(self.results)

    @property
    def wakes_at(self) -> float:
        """When its thread has to wake even if nothing changes."""
        return min(self.alarm, self.latest_start) if self.state is State.QUEUED else self.deadline

    def wake(self) -> None:
        """Wake its thread; an extra wake-up does no harm."""
        if self.baton.locked():
            self.baton.release()

    def finish(self, results: Sequence[Result]) -> None:
        """Set the final results, unless it has them."""
        if self.state is not State.DONE:
            self.state, self.results = State.DONE, results
            self.wake()

    def fail(self, result: Result) -> None:
        """Set the same result for all events, unless a post had a better one."""
        self.finish(self.results or [result] * len(self.events))


class SiteQueue:
    """The messages to one site. Not thread-safe.

    Whenever a post can start, the thread of the first message of the batch is woken to do it, so
    a thread only ever posts while its own message is on its way. `users` counts the threads that
    work with the queue.
    """

    def __init__(self, limits: Limits) -> None:
        self.users = 0
        self._limits = limits
        self._queued: dict[QueuedMessage, None] = {}  # oldest first
        self._busy: set[tuple[str, str]] = set()
        self._in_flight = 0
        self._last_start = -math.inf
        self._breaker = CircuitBreaker(limits.failures, limits.pause)

    @property
    def is_failing(self) -> bool:
        """Whether the circuit breaker is open."""
        return self._breaker.is_open

    def is_unused(self, now: float) -> bool:
        """Whether a new queue would do as well."""
        return not self.users and self._breaker.is_forgettable(now)

    def add(self, message: QueuedMessage, now: float) -> None:
        """Queue the message, or fail it if the site's posts keep failing."""
        if rest := self._breaker.remaining(now):
            message.fail(_failing_fast(rest))
            return
        self._queued[message] = None
        self._start_posts(now)

    def wake_up(self, message: QueuedMessage, now: float) -> None:
        """Do what is due when a message's thread has woken."""
        if message.state is State.QUEUED:
            if now >= message.latest_start:
                del self._queued[message]
                message.fail(_LATE)
            if now >= message.alarm:
                message.alarm = math.inf
            self._start_posts(now)
        elif message.state is State.IN_FLIGHT and now >= message.deadline:
            message.fail(_UNKNOWN)

    def settle(
        self, batch: Sequence[QueuedMessage], results: Sequence[Sequence[Result]], now: float
    ) -> None:
        """End a post: hand out each message's results, and start what had to wait for it.

        If a batch made Jirafe fail, its messages are queued again to be posted one by one, so that
        only the one at fault fails again.
        """
        self._in_flight -= 1
        for message in batch:
            self._busy -= message.keys
            message.batch = []
        outcomes = {result.outcome for own in results for result in own}
        self._breaker.post_ended(now, failed=outcomes == {Outcome.UNAVAILABLE})
        for message, own in reversed(list(zip(batch, results, strict=True))):
            if len(batch) > 1 and own[0].is_server_error and self._can_wait(message, now):
                self._requeue(message, own)
            else:
                message.finish(own)
        if rest := self._breaker.remaining(now):
            for message in self._queued:
                message.fail(_failing_fast(rest))
            self._queued.clear()
        self._start_posts(now)

    def leave(self, message: QueuedMessage, now: float) -> None:
        """Remove a message after its thread has ended, for any reason."""
        self._queued.pop(message, None)
        if message.batch:  # its thread was to post, and has not
            self.settle(message.batch, [[_LATE] * len(one.events) for one in message.batch], now)
        message.fail(_UNKNOWN)
        self._start_posts(now)

    def _can_wait(self, message: QueuedMessage, now: float) -> bool:
        return message.state is not State.DONE and now < message.latest_start

    def _requeue(self, message: QueuedMessage, results: Sequence[Result]) -> None:
        message.state, message.results, message.alarm = State.QUEUED, results, math.inf
        self._queued = {message: None, **self._queued}  # older than whatever came meanwhile
        message.wake()

    def _start_posts(self, now: float) -> None:
        """Start every post that can start, and set an alarm for the next one."""
        while self._queued and self._next_start() <= now and (batch := self._take(now)):
            self._in_flight += 1
            self._last_start = now
            self._breaker.post_started(now)
            poster = batch[0]
            poster.state, poster.batch = State.POSTING, batch
            poster.wake()
        oldest = next(iter(self._queued), None)
        if oldest and now < self._next_start() < oldest.alarm:
            oldest.alarm = self._next_start()
            oldest.wake()

    def _next_start(self) -> float:
        """Return when a post may start, infinity if one has to end first."""
        if not self._in_flight:
            return -math.inf
        if self._in_flight >= self._limits.in_flight:
            return math.inf
        return self._last_start + self._limits.interval

    def _take(self, now: float) -> list[QueuedMessage]:
        """Take the messages of the next post out of the queue; none if all have to wait."""
        batch = list(self._fitting(now))
        for message in batch:
            del self._queued[message]
            message.state = State.IN_FLIGHT
            self._busy |= message.keys
        return batch

    def _fitting(self, now: float) -> Iterator[QueuedMessage]:
        """Yield what can go in one post: one token, no key that is busy or queued before."""
        blocked = set(self._busy)
        first: QueuedMessage | None = None
        events = size = 0
        for message in self._queued:
            if now >= message.latest_start:
                continue  # its thread is about to give up
            is_free = message.keys.isdisjoint(blocked)
            blocked |= message.keys
            if not is_free or (first and not self._joins(message, first, events, size)):
                continue
            first = first or message
            events, size = events + len(message.events), size + message.size
            yield message

    def _joins(self, message: QueuedMessage, first: QueuedMessage, events: int, size: int) -> bool:
        """Whether a message can go with those of `first`, which have so many events and bytes."""
        return (
            message.token == first.token
            and not (message.goes_alone or first.goes_alone)
            and events + len(message.events) <= self._limits.events
            and size + message.size <= self._limits.size
        )


def _failing_fast(rest: float) -> Result:
    reason = "Jirafe failed several times in a row and is not called for a moment."
    return Result(Outcome.UNAVAILABLE, reason=reason, retry_after=math.ceil(rest))

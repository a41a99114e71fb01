"""The queue of one site's messages to post, and the rules for when to post which.

Nothing here waits or locks: `now` is an argument, in seconds of any steady clock. An idle site
posts at once. A busy one starts at most one post per interval and has at most `in_flight` posts
in progress; the messages that arrive meanwhile are posted as one batch. Messages with a key in
common are posted one after another, in the order in which they arrived.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from jirafe_endpoint.jirafe.circuit_breaker import CircuitBreaker
from jirafe_endpoint.jirafe.encoding import EncodedEvent
from jirafe_endpoint.jirafe.pace import Pace
from jirafe_endpoint.jirafe.results import Outcome, Result

_LATE = Result(Outcome.UNAVAILABLE, reason="Jirafe is busy; the events were not sent in time.")
_UNKNOWN = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")


@dataclass(frozen=True)
class Limits:
    """The limits of a site's posts; times are in seconds.

    After `failures` failed posts in a row, messages fail at once, except for one post per `pause`.
    """

    interval: float = 0.005  # measured: a longer one slows callers, a shorter one does not help
    longest_interval: float = 0.1  # while posts wait at Jirafe until others are answered
    in_flight: int = 16
    events: int = 500  # in one batch, unless a single message has more
    size: int = 10 * 1024 * 1024  # bytes that Jirafe accepts in one request
    failures: int = 5
    pause: float = 5.0


class State(Enum):
    """The state of a message in the queue."""

    QUEUED = "queued"
    POSTING = "posting"
    """Its thread has to post the batch with the message, or is doing so."""
    IN_FLIGHT = "in flight"
    """The thread of another message posts the batch."""
    DONE = "done"


@dataclass(eq=False, slots=True)
class QueuedMessage:
    """The events of one message, whose thread waits for their results."""

    events: Sequence[EncodedEvent]
    token: str
    latest_start: float
    """The latest time to start a post so that it ends before the message's deadline."""
    deadline: float
    keys: frozenset[tuple[str, str]] = frozenset()
    size: int = 0
    state: State = State.QUEUED
    batch: "list[QueuedMessage]" = field(default_factory=list)
    results: Sequence[Result] = ()
    """The results of its last post; a message that is queued again has some too."""
    started: float = 0
    """The time at which its thread started to post the batch."""
    alarm: float = math.inf
    """The time at which its thread has to check whether a post can start."""
    baton: threading.Lock = field(default_factory=threading.Lock)
    """The message's thread sleeps by acquiring this lock; changing the message releases it."""

    def __post_init__(self) -> None:
        """Derive the keys and the size."""
        self.keys = frozenset(event.key for event in self.events if event.key)
        self.size = sum(len(event.data) for event in self.events)
        self.baton.acquire()

    @property
    def goes_alone(self) -> bool:
        """Whether it failed together with others, and is posted again without them."""
        return bool(self.results)

    @property
    def wakes_at(self) -> float:
        """The time at which its thread has to wake up even if nothing changes."""
        return min(self.alarm, self.latest_start) if self.state is State.QUEUED else self.deadline

    def wake(self) -> None:
        """Wake its thread. An extra wake-up does no harm."""
        if self.baton.locked():
            self.baton.release()

    def finish(self, results: Sequence[Result]) -> None:
        """Set the final results, unless they are set already."""
        if self.state is not State.DONE:
            self.state, self.results = State.DONE, results
            self.wake()

    def fail(self, result: Result) -> None:
        """Set the same result for all events, unless a post has given results."""
        self.finish(self.results or [result] * len(self.events))


class SiteQueue:
    """The messages to one site. Not thread-safe.

    When a post can start, the thread of the first message in the batch is woken to do it. So a
    thread posts only while its own message is being sent. `users` counts the threads that use the
    queue.
    """

    def __init__(self, limits: Limits) -> None:
        self.users = 0
        self._limits = limits
        self._queued: dict[QueuedMessage, None] = {}  # oldest first
        self._busy: set[tuple[str, str]] = set()
        self._in_flight = 0
        self._last_start = -math.inf
        self._pace = Pace(limits.interval, limits.longest_interval)
        self._breaker = CircuitBreaker(limits.failures, limits.pause)

    @property
    def is_failing(self) -> bool:
        """Whether the circuit breaker is open."""
        return self._breaker.is_open

    def is_unused(self, now: float) -> bool:
        """Whether a new queue would behave the same."""
        return not self.users and self._breaker.is_forgettable(now)

    def add(self, message: QueuedMessage, now: float) -> None:
        """Queue the message, or fail it if the site's posts keep failing."""
        if rest := self._breaker.remaining(now):
            message.fail(_failing_fast(rest))
            return
        self._queued[message] = None
        self._start_posts(now)

    def wake_up(self, message: QueuedMessage, now: float) -> None:
        """Update the queue after a message's thread has woken up."""
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
        """End a post: give each message its results, and start the posts that waited for it.

        If Jirafe failed on a batch, its messages are queued again to be posted one by one, so that
        only the one at fault fails again.
        """
        self._in_flight -= 1
        for message in batch:
            self._busy -= message.keys
            message.batch = []
        outcomes = {result.outcome for own in results for result in own}
        has_failed = outcomes == {Outcome.UNAVAILABLE}
        self._breaker.post_ended(now, failed=has_failed)
        if not has_failed:
            self._pace.post_ended(now - batch[0].started)
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
        if message.batch:  # its thread ended before it posted
            self.settle(message.batch, [[_LATE] * len(one.events) for one in message.batch], now)
        message.fail(_UNKNOWN)
        self._start_posts(now)

    def _can_wait(self, message: QueuedMessage, now: float) -> bool:
        return message.state is not State.DONE and now < message.latest_start

    def _requeue(self, message: QueuedMessage, results: Sequence[Result]) -> None:
        message.state, message.results, message.alarm = State.QUEUED, results, math.inf
        self._queued = {message: None, **self._queued}  # older than all that arrived since
        message.wake()

    def _start_posts(self, now: float) -> None:
        """Start every post that can start, and set an alarm for the next one."""
        while self._queued and self._next_start() <= now and (batch := self._take(now)):
            self._in_flight += 1
            self._last_start = now
            self._breaker.post_started(now)
            poster = batch[0]
            poster.state, poster.batch, poster.started = State.POSTING, batch, now
            poster.wake()
        oldest = next(iter(self._queued), None)
        if oldest and now < self._next_start() < oldest.alarm:
            oldest.alarm = self._next_start()
            oldest.wake()

    def _next_start(self) -> float:
        """Return the time from which a post may start, infinity if one has to end first."""
        if not self._in_flight:
            return -math.inf
        if self._in_flight >= self._limits.in_flight:
            return math.inf
        return self._last_start + self._pace.interval

    def _take(self, now: float) -> list[QueuedMessage]:
        """Take the messages of the next post from the queue; none if all have to wait."""
        batch = list(self._fitting(now))
        for message in batch:
            del self._queued[message]
            message.state = State.IN_FLIGHT
            self._busy |= message.keys
        return batch

    def _fitting(self, now: float) -> Iterator[QueuedMessage]:
        """Yield the messages for one post: with one token, and no key in use by an earlier one."""
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
        """Whether a message fits into the batch of `first`, which has `events` and `size` bytes."""
        return (
            message.token == first.token
            and not (message.goes_alone or first.goes_alone)
            and events + len(message.events) <= self._limits.events
            and size + message.size <= self._limits.size
        )


def _failing_fast(rest: float) -> Result:
    reason = "Jirafe failed several times in a row and is not called for a moment."
    return Result(Outcome.UNAVAILABLE, reason=reason, retry_after=math.ceil(rest))

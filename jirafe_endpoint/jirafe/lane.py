"""A lane: the way of many messages to one site, in few posts.

It has no thread of its own: of the threads that wait in it, one leads and posts for all. An idle
lane sends at once; a busy one sends at most one post per interval, and has at most so many under
way. Two messages about the same order, cart or category are never in two posts under way, nor in
one post, and go in the order in which they came.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jirafe_endpoint.jirafe.batching_policy import Pace
from jirafe_endpoint.jirafe.circuit_breaker import Breaker
from jirafe_endpoint.jirafe.encoding import Outgoing
from jirafe_endpoint.jirafe.results import Outcome, Result

Send = Callable[[Sequence[Sequence[Outgoing]]], list[list[Result]]]
"""Posts the events of several messages together, and returns each message's results."""

SLOW = 1.0
"""Seconds: where the eldest message waits for longer, a lane takes no more than its share."""

_LATE = Result(Outcome.UNAVAILABLE, reason="Jirafe is busy; the events were not sent in time.")
_UNKNOWN = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")
_CROWDED = Result(Outcome.UNAVAILABLE, reason="Jirafe is slow; too many messages wait for it.")


@dataclass(eq=False)
class _Parcel:
    """The events of one message, and where its thread is with them."""

    events: Sequence[Outgoing]
    keys: frozenset[tuple[str, str]]
    size: int
    arrived: float
    deadline: float
    turn: threading.Condition
    queued: bool = True
    posting: bool = False  # its thread is away, with a post for others
    results: list[Result] | None = None


class Lane:
    """The way to one site; `users` counts the threads that have hold of it."""

    def __init__(self, send: Send, pace: Pace, now: Callable[[], float]) -> None:
        """Take the sender, the pace and the clock."""
        self.users = 0
        self._send = send
        self._pace = pace
        self._now = now
        self._lock = threading.Lock()
        self._parcels: dict[_Parcel, None] = {}  # that wait for results, the eldest first
        self._leader: _Parcel | None = None  # whose thread posts next: there while any can
        self._leader_is_stuck = False  # until a post ends or a message comes
        self._in_flight = 0
        self._busy: set[tuple[str, str]] = set()
        self._last_post = -math.inf
        self._breaker = Breaker(pace.failures, pace.pause)

    def is_unused(self) -> bool:
        """Whether nobody has hold of it and its breaker remembers nothing of use."""
        return not self.users and self._breaker.is_forgettable(self._now())

    @property
    def is_failing(self) -> bool:
        """Whether its breaker is open."""
        return self._breaker.is_open

    def deliver(self, events: Sequence[Outgoing], deadline: float) -> list[Result]:
        """Send a message's events; as Lanes.deliver."""
        parcel = _Parcel(
            events=events,
            keys=frozenset(event.key for event in events if event.key),
            size=sum(len(event.data) for event in events),
            arrived=self._now(),
            deadline=deadline,
            turn=threading.Condition(self._lock),
        )
        with self._lock:
            if refusal := self._refusal(parcel.arrived):
                return [refusal] * len(events)
            self._join(parcel)
        try:
            while parcel.results is None:
                with self._lock:
                    batch = self._wait(parcel)
                if batch:
                    self._post(batch, parcel)
        finally:
            with self._lock:
                self._leave(parcel)
        return parcel.results

    def _refusal(self, now: float) -> Result | None:
        """Return why no more messages are taken, None where they are."""
        if rest := self._breaker.rest(now):
            return _failing_fast(rest)
        eldest = next(iter(self._parcels), None)
        crowded = eldest and len(self._parcels) >= self._pace.waiters
        return _CROWDED if crowded and eldest and now - eldest.arrived > SLOW else None

    def _join(self, parcel: _Parcel) -> None:
        self._parcels[parcel] = None
        if self._leader is None:
            self._leader = parcel
        elif self._leader_is_stuck:
            self._leader.turn.notify()

    def _leave(self, parcel: _Parcel) -> None:
        del self._parcels[parcel]
        if self._leader is parcel:
            self._pass_on()

    def _pass_on(self) -> None:
        """Make the eldest that can the leader, and wake it."""
        waiting = (p for p in self._parcels if p.queued and not p.posting)
        self._leader = next(waiting, None)
        if self._leader:
            self._leader.turn.notify()

    def _wait(self, parcel: _Parcel) -> list[_Parcel]:
        """Return the batch that this thread is to post, or [] once something has changed."""
        now = self._now()
        if parcel.results is not None:
            return []
        if self._leader is None and parcel.queued:
            self._leader = parcel
        left = parcel.deadline - now - (self._pace.post_time if parcel.queued else 0)
        if left <= 0:
            parcel.results = [_LATE if parcel.queued else _UNKNOWN] * len(parcel.events)
            parcel.queued = False
            return []
        if self._leader is not parcel:
            parcel.turn.wait(left)
            return []
        return self._lead(parcel, now, left)

    def _lead(self, parcel: _Parcel, now: float, left: float) -> list[_Parcel]:
        delay = self._delay(now)
        batch = [] if delay > 0 else self._take(now)
        if batch:
            self._pass_on()
            return batch
        self._leader_is_stuck = not 0 < delay < math.inf
        parcel.turn.wait(left if self._leader_is_stuck else min(left, delay))
        self._leader_is_stuck = False
        return []

    def _delay(self, now: float) -> float:
        """Return the seconds until a post may start; infinite where one has to end first."""
        if not self._in_flight:
            return 0.0
        if self._in_flight >= self._pace.in_flight:
            return math.inf
        return self._last_post + self._pace.interval - now

    def _take(self, now: float) -> list[_Parcel]:
        """Take what goes in the next post out of the queue; [] where all of it has to wait."""
        batch: list[_Parcel] = []
        blocked = set(self._busy)
        events = size = 0
        for parcel in self._parcels:
            if not parcel.queued or now + self._pace.post_time > parcel.deadline:
                continue
            full = events + len(parcel.events) > self._pace.most_events
            full = full or size + parcel.size > self._pace.most_bytes
            if parcel.keys.isdisjoint(blocked) and not (batch and full):
                batch.append(parcel)
                events, size = events + len(parcel.events), size + parcel.size
            blocked |= parcel.keys
        for parcel in batch:
            parcel.queued = False
            self._busy |= parcel.keys
        if batch:
            self._in_flight += 1
            self._last_post = now
            self._breaker.post_starts(now)
        return batch

    def _post(self, batch: list[_Parcel], poster: _Parcel) -> None:
        """Post the batch and hand out its results."""
        poster.posting = True
        results = [[_UNKNOWN] * len(parcel.events) for parcel in batch]
        try:
            results = self._send([parcel.events for parcel in batch])
        finally:
            with self._lock:
                poster.posting = False
                self._settle(batch, results)

    def _settle(self, batch: list[_Parcel], results: list[list[Result]]) -> None:
        now = self._now()
        self._in_flight -= 1
        for parcel, own in zip(batch, results, strict=True):
            self._busy -= parcel.keys
            self._tell(parcel, own)
        outcomes = {result.outcome for own in results for result in own}
        self._breaker.post_ended(now, failed=outcomes == {Outcome.UNAVAILABLE})
        if rest := self._breaker.rest(now):
            for parcel in self._parcels:
                if parcel.queued:
                    parcel.queued = False
                    self._tell(parcel, [_failing_fast(rest)] * len(parcel.events))
        if self._leader:
            self._leader.turn.notify()
        else:
            self._pass_on()

    def _tell(self, parcel: _Parcel, results: list[Result]) -> None:
        if parcel.results is None:
            parcel.results = results
            parcel.turn.notify()


def _failing_fast(rest: float) -> Result:
    return Result(
        Outcome.UNAVAILABLE,
        reason="Jirafe failed several times in a row and is given a rest.",
        retry_after=math.ceil(rest),
    )

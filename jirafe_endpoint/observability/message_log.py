"""What is noted of the message at work, for its log line and the metrics."""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

_PLAIN = re.compile(r"[A-Za-z0-9_.:/#=+-]{1,64}")


class Event(Protocol):
    """What is counted of an event: its kind."""

    @property
    def kind(self) -> str: ...  # noqa: D102


@dataclass(slots=True)
class Step:
    """A block whose time, in seconds, is added to those of the same name."""

    times: dict[str, float]
    name: str
    start: float = 0

    def __enter__(self) -> None:
        """Begin."""
        self.start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Take the time."""
        self.times[self.name] = self.times.get(self.name, 0) + time.perf_counter() - self.start


@dataclass(slots=True)
class Record:
    """One request: what came, how it ended, and how long each step took, in seconds.

    `number` is that of its cart or order, `why` says what went wrong, None where nothing did.
    `events` counts by kind and result, such as ("order", "accepted"). Where a step comes several
    times its times are added.
    """

    started: float = field(default_factory=time.perf_counter)
    type: str | None = None
    message_id: str | int | None = None
    site: str | None = None
    number: str | int | None = None
    outcome: str = "sent"
    why: str | None = None
    is_dead_letter: bool = False
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: dict[str, float] = field(default_factory=dict)

    def step(self, name: str) -> "Step":
        """Return a block whose time is taken as that of a step."""
        return Step(self.steps, name)

    def count(self, events: Iterable[Event], results: Iterable[str | None]) -> None:
        """Count the events by their results; those that have none yet are not counted."""
        for event, result in zip(events, results, strict=True):
            if result:
                self.events[event.kind, result] += 1

    def line(self) -> dict[str, Any]:
        """Return what its log line tells, besides the answer: times in milliseconds."""
        by_result: Counter[str] = Counter()
        for (_, result), count in self.events.items():
            by_result[result] += count
        steps = self.steps | {"all": time.perf_counter() - self.started}
        return {
            "message_id": loggable(self.message_id),
            "type": loggable(self.type),
            "site": self.site,
            "number": loggable(self.number),
            "outcome": self.outcome,
            **({"why": self.why} if self.why else {}),
            "events": dict(by_result),
            "ms": {name: round(seconds * 1000, 1) for name, seconds in steps.items()},
        }


_current: ContextVar[Record] = ContextVar("record")


def start() -> Record:
    """Return a new record, which from here on is this thread's current one."""
    record = Record()
    _current.set(record)
    return record


def current() -> Record:
    """Return the record of the message at work; one that nobody reads where there is none."""
    return _current.get(None) or Record()


def loggable(told: str | int | None) -> str | None:
    """Return an id or a type of the hub's as a log line may show it.

    That is itself where it looks like one, else a hash of it: what else somebody calls an id may
    be an e-mail address or a name.
    """
    if told is None or _PLAIN.fullmatch(text := str(told)):
        return None if told is None else text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

"""A record of the current message, for its log line and the metrics."""

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
    """An event as the metrics see it."""

    @property
    def kind(self) -> str: ...  # noqa: D102


@dataclass(slots=True)
class Step:
    """A context manager that adds its duration, in seconds, to the total for its name."""

    times: dict[str, float]
    name: str
    start: float = 0

    def __enter__(self) -> None:
        """Start the timer."""
        self.start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Add the elapsed time."""
        self.times[self.name] = self.times.get(self.name, 0) + time.perf_counter() - self.start


@dataclass(slots=True)
class Record:
    """One request: its message, its outcome, and the seconds that each step took.

    `number` is the number of the cart or order; `why` is the reason for a failure, or None.
    `events` has counts by kind and result, such as ("order", "accepted"). `steps` has the total
    seconds of each step.
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
        """Return a context manager that measures a step."""
        return Step(self.steps, name)

    def count(self, events: Iterable[Event], results: Iterable[str | None]) -> None:
        """Count the events by result; skip those that have none yet."""
        for event, result in zip(events, results, strict=True):
            if result:
                self.events[event.kind, result] += 1

    def start_again(self) -> None:
        """Forget how the message ended, because it is processed again."""
        self.events.clear()
        self.outcome = "sent"

    def lose_accepted(self) -> None:
        """Count accepted events as unavailable instead, because they could not be stored."""
        for kind, result in list(self.events):
            if result == "accepted":
                self.events[kind, "unavailable"] += self.events.pop((kind, result))

    def line(self) -> dict[str, Any]:
        """Return the fields of the log line, except the status; times are in milliseconds."""
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
    """Start a new record, make it the current one, and return it."""
    record = Record()
    _current.set(record)
    return record


def current() -> Record:
    """Return the current record, or a throwaway one outside of a request."""
    return _current.get(None) or Record()


def loggable(value: str | int | None) -> str | None:
    """Return an id or a type from the hub in a form that is safe to log.

    Anything that does not look like an id is hashed, since it may be an e-mail address or a name.
    """
    if value is None or _PLAIN.fullmatch(text := str(value)):
        return None if value is None else text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

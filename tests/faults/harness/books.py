"""The books of an upstream: the events it received, its answers, and what it accepted.

The tests of faults compare with them.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mappers import Event
from tests.faults.harness.faults import FINE, REFUSAL, SUCCESS, UNKNOWN, Fault, Reply
from tests.upstream import Sent

_STATES = ("cart", "order-accepted", "category")


@dataclass(frozen=True)
class Key:
    """What identifies an event: its name, its object's number, and its date."""

    name: str
    number: str
    date: str

    @property
    def subject(self) -> tuple[str, str]:
        """The object of which this is a state."""
        return self.name, self.number


def key(kind: str, body: Mapping[str, Any]) -> Key:
    date = body.get("change_date") or body.get("cancel_date") or body["order_date"]
    return Key(Event(kind, dict(body)).name, body.get("order_number") or body["id"], date)


@dataclass
class Entry:
    """An event that reached the upstream: whether it was accepted, and the service learned it."""

    key: Key
    body: dict[str, Any]
    accepted: bool
    confirmed: bool


@dataclass
class Books:
    """The answers of an upstream, and the requests it received.

    `choose` gives each request its fault, `refuses` the events that are never accepted.
    """

    choose: Callable[[Sent], Fault] = lambda _: FINE
    refuses: Callable[[Key], bool] = lambda _: False
    fails: Callable[[Key], bool] = lambda _: False
    entries: list[Entry] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, sent: Sent) -> Reply:
        kind = sent.path.rpartition("/")[2]
        events: dict[str, list[Any]] = sent.json if kind == "batch" else {kind: [sent.json]}
        with self.lock:
            fault = self.choose(sent)
            results = {
                kind: [self._result(key(kind, body)) for body in bodies]
                for kind, bodies in events.items()
            }
            confirmed = fault.confirms(results)
            for kind, bodies in events.items():
                for body, result in zip(bodies, results[kind], strict=True):
                    accepted = fault.takes and result is SUCCESS
                    self.entries.append(
                        Entry(key(kind, body), body, accepted, accepted and kind in confirmed)
                    )
        return fault.reply(results)

    def _result(self, one: Key) -> dict[str, Any]:
        if self.refuses(one):
            return REFUSAL
        return UNKNOWN if self.fails(one) else SUCCESS

    @property
    def accepted(self) -> list[Key]:
        return [entry.key for entry in self.entries if entry.accepted]

    def sent_after_the_service_knew(self) -> list[Key]:
        """Return the events that came again after the service had learned of their acceptance."""
        known: set[Key] = set()
        again = []
        for entry in self.entries:
            again += [entry.key] if entry.key in known else []
            known |= {entry.key} if entry.confirmed else set()
        return again

    def last_states(self) -> dict[tuple[str, str], str]:
        """Return the date of the state that was accepted last, by object."""
        return {one.subject: one.date for one in self._states()}

    def newest_states(self) -> dict[tuple[str, str], str]:
        """Return the newest date that was accepted, by object."""
        return {one.subject: one.date for one in sorted(self._states(), key=lambda one: one.date)}

    def _states(self) -> list[Key]:
        """Return what was accepted and tells a change_date; a cancellation goes with its order."""
        return [one for one in self.accepted if one.name in _STATES]

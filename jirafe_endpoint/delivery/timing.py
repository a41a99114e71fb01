"""The Jirafe Events API and the state as they are, with note taken of what they do."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from jirafe_endpoint.jirafe.batcher import Batcher
from jirafe_endpoint.jirafe.results import Result
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.state.claims import Busy, Claim, Finished, Key, State
from mappers import Event


class ObservedJirafe:
    """Delivers, and notes the time and each event's result."""

    def __init__(
        self, batcher: Batcher, waiting: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        """Take what delivers, and a block to stay in while it does."""
        self._batcher = batcher
        self._waiting = waiting

    def deliver(
        self, site: str, token: str, events: Sequence[Event], deadline: float
    ) -> list[Result]:
        """Deliver as the other does."""
        noted = message_log.current()
        with noted.step("deliver"), self._waiting():
            results = self._batcher.send(site, token, events, deadline)
        noted.count(events, [result.outcome.value for result in results])
        return results


class ObservedState:
    """Remembers, and notes the times, repeats and dead letters."""

    def __init__(self, state: State) -> None:
        """Take what remembers."""
        self._state = state

    def claim(
        self,
        site: str,
        identity: str,
        keys: Sequence[Key],
        customers: Sequence[str],
        *,
        again: bool = False,
    ) -> Claim | Finished | Busy:
        """Claim as the other does."""
        noted = message_log.current()
        with noted.step("claim"):
            told = self._state.claim(site, identity, keys, customers, again=again)
        if isinstance(told, Finished):
            noted.outcome = "repeated"
        return told

    def settle(self, claim: Claim, **kept: Any) -> None:
        """Settle as the other does."""
        noted = message_log.current()
        with noted.step("settle"):
            self._state.settle(claim, **kept)
        noted.is_dead_letter = kept.get("dead_letter") is not None

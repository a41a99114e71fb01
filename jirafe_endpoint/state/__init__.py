"""The endpoint's state: messages, facts about a site, and dead letters.

It is stored per site, shared by all processes, and contains no tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from database.migrations import prepare
from database.transactions import Database
from jirafe_endpoint.state.claims import Claims
from jirafe_endpoint.state.dead_letters import DeadLetters
from jirafe_endpoint.state.optimistic import OptimisticClaims

__all__ = ["EXTENSION", "State", "open_state", "prepare"]

EXTENSION = "jirafe_endpoint_state"
"""The key of the state in an application's extensions."""


@dataclass(frozen=True)
class State:
    """The parts of the state."""

    claims: Claims | OptimisticClaims
    dead_letters: DeadLetters
    database: Database
    clock: Callable[[], datetime]


def open_state(
    database: Database, clock: Callable[[], datetime], lease_seconds: float | None
) -> State:
    """Return the state in a database, without connecting yet.

    Claims are exclusive for `lease_seconds`, or optimistic if that is None, which requires that
    events are stored in the same database.
    """
    claims: Claims | OptimisticClaims = OptimisticClaims(database, clock)
    if lease_seconds is not None:
        claims = Claims(database, clock, lease_seconds)
    return State(claims, DeadLetters(database, clock), database, clock)

"""What the endpoint remembers: messages, what was last sent, customers, and dead letters.

It is kept by site, in any number of processes at once, and holds no token.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from database.migrations import prepare
from database.transactions import Database
from jirafe_endpoint.state.dead_letters import DeadLetters
from jirafe_endpoint.state.messages import State

__all__ = ["EXTENSION", "Store", "open_store", "prepare"]

EXTENSION = "jirafe_endpoint_state"
"""Where an application keeps its store."""


@dataclass(frozen=True)
class Store:
    """The parts of the store."""

    state: State
    dead_letters: DeadLetters
    database: Database
    clock: Callable[[], datetime]


def open_store(database: Database, clock: Callable[[], datetime], lease_seconds: float) -> Store:
    """Return a store in a database that `prepare` prepares; nothing connects yet."""
    state = State(database, clock, lease_seconds)
    return Store(state, DeadLetters(database, clock), database, clock)

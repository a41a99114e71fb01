"""What the service and its store tell each other about a message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Key(NamedTuple):
    """A cart, an order, a category and the like by its number; `kind` says which."""

    kind: str
    number: str


@dataclass(frozen=True)
class Snapshot:
    """What was last sent of it: the date of that state, and its items where it has such.

    `change_date` is "" as long as no message has told one: older than every date.
    """

    change_date: str
    items: list[Any] | None


@dataclass(frozen=True)
class Claim:
    """Leave to work on a message and its keys until the lease ends, and what is remembered.

    `identity` is the message's. `first_seen` are dates by customer id, `sent` the fingerprints of
    those events of the message that were accepted in earlier tries.
    """

    site: str
    identity: str
    owner: str
    keys: tuple[Key, ...]
    snapshots: dict[Key, Snapshot]
    first_seen: dict[str, str]
    sent: frozenset[str]


@dataclass(frozen=True)
class Finished:
    """The message was finished before, with this reply."""

    reply: dict[str, Any]


@dataclass(frozen=True)
class Busy:
    """The message, or one of its keys, is being worked on."""


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be processed, and why, in texts.

    Its `id` and times, in UTC, are None until it is kept; `replayed_at` until it was replayed.
    """

    site: str
    message_id: str | None
    type: str
    payload: dict[str, Any]
    errors: Sequence[str]
    id: int | None = None
    created_at: str | None = None
    replayed_at: str | None = None


class State(Protocol):
    """What is remembered; both methods raise DatabaseUnavailableError."""

    def claim(
        self,
        site: str,
        identity: str,
        keys: Sequence[Key],
        customers: Sequence[str],
        *,
        again: bool = False,
    ) -> Claim | Finished | Busy:
        """Return leave to work on a message, and what is remembered of its keys and customers.

        It goes by its `identity`. `again` gives leave to work on one that was finished, too.
        """

    def settle(
        self,
        claim: Claim,
        *,
        reply: dict[str, Any] | None,
        sent: Iterable[str],
        snapshots: Mapping[Key, Snapshot],
        customers: Mapping[str, str],
        dead_letter: DeadLetter | None = None,
    ) -> None:
        """Give a claim back and keep what came of it.

        `reply` is for its repeats, where it is finished; `sent` are the fingerprints of all of its
        events that were accepted, for those that come again and are not.
        """

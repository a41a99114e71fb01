"""What the service and its store tell each other about a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Key:
    """A cart, an order, a category and the like by its number; `kind` says which."""

    kind: str
    number: str


@dataclass(frozen=True)
class Snapshot:
    """What was last sent of it: its change_date, and its items where it has such."""

    change_date: str
    items: list[Any] | None


@dataclass(frozen=True)
class Claim:
    """Leave to work on a message and its keys until the lease ends, and what is remembered.

    `first_seen` are dates by customer id, `sent` the fingerprints of those events of the message
    that were accepted in an earlier try.
    """

    site: str
    message_id: str | None
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

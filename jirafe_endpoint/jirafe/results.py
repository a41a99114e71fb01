"""What became of an event that was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """The ends that the sending of an event can have."""

    ACCEPTED = "accepted"
    OUTDATED = "outdated"
    """Not sent: a newer state was sent already."""
    REFUSED = "refused"
    """For good: the same event will never be accepted."""
    UNAUTHORIZED = "unauthorized"
    """Until the merchant mends site or token."""
    UNAVAILABLE = "unavailable"
    """For now, or not known: it is to be sent again."""


@dataclass(frozen=True, slots=True)
class Result:
    """The end of one event.

    `errors` are Jirafe's words for a refusal, by the field's path; `reason` tells the others in
    a few of ours; `retry_after` is in seconds.
    """

    outcome: Outcome
    errors: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    retry_after: int = 5


ACCEPTED = Result(Outcome.ACCEPTED)
OUTDATED = Result(Outcome.OUTDATED)

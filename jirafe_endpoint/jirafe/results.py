"""The result of sending one event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from database.group_commit import PendingWrite


class Outcome(Enum):
    """What can happen to an event."""

    ACCEPTED = "accepted"
    OUTDATED = "outdated"
    """Not sent: a newer state was sent before."""
    REFUSED = "refused"
    """Jirafe will never accept this event."""
    UNAUTHORIZED = "unauthorized"
    """Not accepted until the merchant corrects the site or the token."""
    UNAVAILABLE = "unavailable"
    """Failed for now, or the result is unknown: the event has to be sent again."""


RETRY_AFTER = 5
"""Seconds to wait unless Jirafe asks for a different time."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one event.

    `errors` are Jirafe's words for a refusal, by field path. `reason` explains every other failure
    in our words. `retry_after` is in seconds. `is_server_error` means that Jirafe failed on the
    whole request, perhaps because of another event in it. An accepted event may still have to be
    stored, with `storing`.
    """

    outcome: Outcome
    errors: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    retry_after: int = RETRY_AFTER
    is_server_error: bool = False
    storing: PendingWrite | None = None


ACCEPTED = Result(Outcome.ACCEPTED)
OUTDATED = Result(Outcome.OUTDATED)

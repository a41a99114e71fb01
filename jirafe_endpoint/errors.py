"""Errors, one class for each way that the caller reacts.

EndpointError
├── UnreadableMessageError   not a hub message: rejected, and the hub sends it again
├── RefusedMessageError      retrying is pointless: the merchant is notified
├── MerchantMustActError     a parameter is missing or refused: retried until it is corrected
└── TryAgainError            temporary: retried later
    └── TooManyError         the site exceeds its share
"""

from collections.abc import Sequence
from typing import ClassVar

from jirafe_endpoint.messages.notifications import Notification


class EndpointError(Exception):
    """A message that was not delivered completely, with the notifications for the merchant.

    `why` is for the operator's log and quotes neither the message nor Jirafe; it defaults to the
    last notification's description. `outcome` names the error in log lines and metrics.
    """

    outcome: ClassVar[str]

    def __init__(
        self,
        notifications: Sequence[Notification],
        message_id: str | int | None = None,
        *,
        why: str | None = None,
    ) -> None:
        super().__init__("; ".join(notification.subject for notification in notifications))
        self.notifications = notifications
        self.message_id = message_id
        self.why = why or notifications[-1].description


class UnreadableMessageError(EndpointError):
    """The request is not a hub message."""

    outcome = "unreadable"


class RefusedMessageError(EndpointError):
    """The message cannot be processed, and no retry will change that."""

    outcome = "refused"


class MerchantMustActError(EndpointError):
    """The message cannot be processed until the merchant has corrected a parameter."""

    outcome = "needs_action"


class TryAgainError(EndpointError):
    """The message can be processed later, in `retry_after` seconds."""

    outcome = "later"

    def __init__(
        self,
        notifications: Sequence[Notification],
        message_id: str | int | None = None,
        *,
        retry_after: int,
        why: str | None = None,
    ) -> None:
        super().__init__(notifications, message_id, why=why)
        self.retry_after = retry_after


class TooManyError(TryAgainError):
    """The site sends more than its share."""

    outcome = "too_many"

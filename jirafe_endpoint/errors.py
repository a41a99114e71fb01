"""One class per decision that the caller makes.

EndpointError
├── UnreadableMessageError   not a hub message: the hub is told so, and sends it again
├── RefusedMessageError      no retry will change it: the merchant is told
├── MerchantMustActError     a parameter is missing or refused: sent again until it is mended
└── TryAgainError            Jirafe cannot take it for now: sent again
    └── TooManyError         its site sends more than its share: sent again
"""

from collections.abc import Sequence

from jirafe_endpoint.messages.notifications import Notification


class EndpointError(Exception):
    """A message that was not delivered whole, with what the merchant is told of it.

    `why` is what the log tells the operator: no word of it is the hub's or Jirafe's.
    """

    def __init__(
        self,
        notifications: Sequence[Notification],
        message_id: str | int | None = None,
        *,
        why: str | None = None,
    ) -> None:
        """Keep the answer: its notifications, and the id of the message it is for.

        Where `why` is not told, the last notification's words are ours.
        """
        super().__init__("; ".join(notification.subject for notification in notifications))
        self.notifications = notifications
        self.message_id = message_id
        self.why = why or notifications[-1].description


class UnreadableMessageError(EndpointError):
    """What came is not a hub message."""


class RefusedMessageError(EndpointError):
    """The message cannot be processed, and no retry will change that."""


class MerchantMustActError(EndpointError):
    """The message cannot be processed until the merchant has mended a parameter."""


class TryAgainError(EndpointError):
    """The message can be processed later, in `retry_after` seconds."""

    def __init__(
        self,
        notifications: Sequence[Notification],
        message_id: str | int | None = None,
        *,
        retry_after: int,
        why: str | None = None,
    ) -> None:
        """Keep the answer and the seconds."""
        super().__init__(notifications, message_id, why=why)
        self.retry_after = retry_after


class TooManyError(TryAgainError):
    """The message's site has more messages under way than its share."""

"""What would become of a message: nothing is sent, and nothing remembered."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jirafe_endpoint.delivery.outcomes import Outcomes
from jirafe_endpoint.delivery.service import mapped
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.messages.services import MESSAGE_TYPES
from mappers import Event

Check = Callable[[str, dict[str, Any]], Mapping[str, str]]
"""What is wrong with an event of a kind by the API's schemas: texts by path, none if valid."""


@dataclass(frozen=True)
class Previewed:
    """The events of a message with what is wrong with each, and what the hub would be told."""

    events: list[tuple[Event, Mapping[str, str]]]
    notifications: list[Notification]

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is shown."""
        return {
            "events": [
                {"kind": event.kind, "name": event.name, "event": event.body, "errors": errors}
                for event, errors in self.events
            ],
            "notifications": [note.as_dict() for note in self.notifications],
        }


class Preview:
    """The use case, with its collaborators."""

    def __init__(self, clock: Callable[[], datetime], check: Check) -> None:
        """Take an aware clock, and what checks events by the API's schemas."""
        self._clock = clock
        self._check = check

    def of(self, message: Message, supported: Collection[str] = MESSAGE_TYPES) -> Previewed:
        """Return what would become of a message where `supported` message types are taken.

        Site and token are of no account, and so is what was sent before: `previous_items` are
        those that the message itself tells. The notifications are those of an API that accepts
        every valid event.
        """
        if message.type not in supported:
            return Previewed([], [notifications.unsupported(message.type, supported)])
        try:
            events = mapped(message, self._clock())
        except EndpointError as error:
            return Previewed([], list(error.notifications))
        checked = [(event, self._check(event.kind, event.body)) for event in events]
        results = [(event, _result(errors)) for event, errors in checked]
        return Previewed(checked, list(Outcomes(message, results).reply().notifications))


def _result(errors: Mapping[str, str]) -> Result:
    return Result(Outcome.REFUSED, errors) if errors else ACCEPTED

"""Preview the events of a message without sending or storing anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from jirafe_endpoint.delivery import drafts
from jirafe_endpoint.delivery.outcomes import Outcomes
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.messages.notifications import MOST_PROBLEMS, Notification
from jirafe_endpoint.messages.services import ANY, HubService
from mappers import Event

Check = Callable[[str, dict[str, Any]], Mapping[str, str]]
"""Validates an event of a kind by the API's schemas; returns errors by path."""


EXTENSION = "jirafe_endpoint_preview"
"""The key among the application's extensions."""


@dataclass(frozen=True)
class Previewed:
    """The events of a message, each with its errors, and the notifications for the hub."""

    events: list[tuple[Event, Mapping[str, str]]]
    notifications: list[Notification]

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as a JSON object."""
        return {
            "events": [
                {"kind": event.kind, "name": event.name, "event": event.body, "errors": errors}
                for event, errors in self.events
            ],
            "notifications": [note.as_dict() for note in self.notifications],
        }


class Preview:
    """Previews messages; `check` validates events by the API's schemas."""

    def __init__(self, clock: Callable[[], datetime], check: Check) -> None:
        self._clock = clock
        self._check = check

    def of(self, message: Message, service: HubService = ANY) -> Previewed:
        """Return the events and notifications of a message, as if it were posted to a service.

        Site and token are not needed. The preview does not know what was sent before, and assumes
        an API that accepts every valid event.
        """
        try:
            draft = drafts.read(message, service.types, self._clock())
            mapped = drafts.events(message, draft, {})
        except EndpointError as error:
            return Previewed([], list(error.notifications))
        checked = self._checked(mapped.events)
        results = [(event, _result(errors)) for event, errors in checked]
        reply = Outcomes(message, results, mapped.warnings).reply()
        return Previewed(checked, list(reply.notifications))

    def _checked(self, events: list[Event]) -> list[tuple[Event, Mapping[str, str]]]:
        """Return the events with their errors, at most MOST_PROBLEMS in total."""
        checked: list[tuple[Event, Mapping[str, str]]] = []
        left = MOST_PROBLEMS
        for event in events:
            errors = self._check(event.kind, event.body) if left else {}
            shown = dict(islice(errors.items(), left))
            left -= len(shown)
            checked.append((event, shown))
        return checked


def _result(errors: Mapping[str, str]) -> Result:
    return Result(Outcome.REFUSED, errors) if errors else ACCEPTED

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
"""Returns what is wrong with an event of a kind by the API's schemas: texts by path."""


EXTENSION = "jirafe_endpoint_preview"
"""The key among the application's extensions."""


@dataclass(frozen=True)
class Previewed:
    """The events of a message with what is wrong with each, and the hub's notifications."""

    events: list[tuple[Event, Mapping[str, str]]]
    notifications: list[Notification]

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as JSON."""
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
        """Return what would become of a message that is posted to a service.

        Site and token are not needed, and nothing that was sent before is known. The
        notifications are those of an API that accepts every valid event.
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
        """Return the events with their problems, at most MOST_PROBLEMS in total."""
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

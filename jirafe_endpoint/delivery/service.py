"""The use cases: what is done with a message."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

import mappers
from jirafe_endpoint.delivery.attempts import Attempts
from jirafe_endpoint.errors import RefusedMessageError
from jirafe_endpoint.messages import envelopes, notifications, parameters
from jirafe_endpoint.messages.message import Message, Reply
from jirafe_endpoint.messages.services import MESSAGE_TYPES
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.state.claims import DeadLetter
from mappers import Event, MappingError

_MAPPING_PARAMETERS = [one.name for one in parameters.MAPPING]


def mapped(message: Message, now: datetime) -> list[Event]:
    """Return the events of a message, which is one of MESSAGE_TYPES.

    Raises MerchantMustActError where a parameter is missing without which it has none, and
    RefusedMessageError where it cannot be mapped.
    """
    message.require(*parameters.required_by(message.subject))
    texts = {name: message.text(name).strip() for name in _MAPPING_PARAMETERS}
    told = {name: text for name, text in texts.items() if text}
    try:
        with message_log.current().step("map"):
            return mappers.map_message(message.type, message.payload, told, now)
    except MappingError as error:
        problem = f"The message could not be mapped: {error}"
        note = notifications.problem(message.main_event, problem)
        raise RefusedMessageError([note], message.message_id) from error


class Service:
    """The endpoint's use cases, with their collaborators."""

    def __init__(self, attempts: Attempts, clock: Callable[[], datetime], patience: float) -> None:
        """Take what tries to deliver, an aware clock, and the seconds that a message may take."""
        self._attempts = attempts
        self._clock = clock
        self._patience = patience

    def receive(self, message: Message, supported: Collection[str] = MESSAGE_TYPES) -> Reply:
        """Map the message, deliver its events, and return what the hub is told.

        `supported` are the message types taken where the message came in. Raises an
        EndpointError where not every event was accepted.
        """
        deadline = time.monotonic() + self._patience
        if message.type not in supported:
            return self._refuse(message, _unsupported(message, supported), deadline)
        return self._process(message, *message.site_and_token(), deadline)

    def replay(self, letter: DeadLetter, token: str) -> Reply:
        """Process a dead letter once more, and return what the merchant is told.

        Events of it that were accepted before are not sent again. Raises as `receive` does.
        """
        deadline = time.monotonic() + self._patience
        envelope = {"message": letter.type, "message_id": letter.message_id}
        message = envelopes.message(envelope | {"payload": letter.payload}, None)
        own = {"site_id": letter.site, "access_token": token}
        message = replace(message, parameters={**message.parameters, **own})
        if message.type not in MESSAGE_TYPES:
            raise _unsupported(message, MESSAGE_TYPES)
        return self._process(message, *message.site_and_token(), deadline, again=True)

    def _process(
        self, message: Message, site: str, token: str, deadline: float, *, again: bool = False
    ) -> Reply:
        try:
            events = mapped(message, self._clock())
        except RefusedMessageError as error:
            return self._refuse(message, error, deadline)
        return self._attempts.deliver(message, site, token, events, deadline, again=again)

    def _refuse(self, message: Message, error: RefusedMessageError, deadline: float) -> Reply:
        """Keep the message for a look and a replay, where it tells whose it is."""
        if site := message.site:
            return self._attempts.refuse(message, site, error, deadline)
        raise error


def _unsupported(message: Message, supported: Collection[str]) -> RefusedMessageError:
    note = notifications.unsupported(message.type, supported)
    return RefusedMessageError([note], message.message_id, why=note.subject)

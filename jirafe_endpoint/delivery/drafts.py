"""Turn a message into its draft and events, and mapping errors into EndpointErrors."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jirafe_endpoint.errors import RefusedMessageError
from jirafe_endpoint.messages import notifications, parameters
from jirafe_endpoint.messages.message import Message
from mappers import Draft, Key, Mapped, MappingError, read_message


@dataclass(frozen=True)
class _Refused:
    """The draft of a message that cannot be processed."""

    error: RefusedMessageError
    locks: tuple[Key, ...] = ()
    recalls: tuple[Key, ...] = ()

    def events(self, memory: Mapping[Key, Any]) -> Mapped:  # noqa: ARG002 - as every draft
        raise self.error


def read(message: Message, supported: Collection[str], now: datetime) -> Draft:
    """Return the draft of a message. If it cannot be processed, the draft's `events` raises.

    Raise MerchantMustActError if a required parameter is missing.
    """
    if message.type not in supported:
        return _Refused(unsupported(message, supported))
    message.require(*parameters.required_by(message.subject))
    try:
        return read_message(message.type, message.payload, message.mapping_parameters, now)
    except MappingError as error:
        return _Refused(_unmappable(message, error))


def events(message: Message, draft: Draft, memory: Mapping[Key, Any]) -> Mapped:
    """Return the events of a draft. Raise RefusedMessageError."""
    try:
        return draft.events(memory)
    except MappingError as error:
        raise _unmappable(message, error) from error


def unsupported(message: Message, supported: Collection[str]) -> RefusedMessageError:
    """Return the error for a message of a type that the service does not support."""
    note = notifications.unsupported(message.type, supported)
    return RefusedMessageError([note], message.message_id, why=note.subject)


def _unmappable(message: Message, error: MappingError) -> RefusedMessageError:
    note = notifications.unmappable(message.main_event, error.errors)
    return RefusedMessageError([note], message.message_id)

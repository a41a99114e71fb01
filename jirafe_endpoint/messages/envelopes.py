"""The hub's two dialects: messages (v5) and webhooks (v6), in and out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from jirafe_endpoint.errors import UnreadableMessageError
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import PREFIX, Message, Reply

DEPTH = 100
"""Arrays and objects within one another: some can be read that could not be written again."""

_PREFIXES = ("jirafe.", "jirafe_")


@dataclass(frozen=True)
class Dialect:
    """How the hub wraps a message, and how it reads the answer.

    `read` makes a message of an envelope and its type where the envelope does not say; it raises
    UnreadableMessageError, which names the field that is missing or wrong. `answer` is the body
    of a reply. `prefix` is that of the endpoint's parameters.
    """

    read: Callable[[Mapping[str, Any], str | None], Message]
    answer: Callable[[Reply], dict[str, Any]]
    prefix: str


def parsed(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request's body; raises UnreadableMessageError."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The library's text ends in the place; what stands there may be personal data.
        raise _unreadable(f"The body is not valid JSON: {error.msg}.") from error
    if not isinstance(envelope, dict):
        raise _unreadable("The body is not a JSON object.")
    could_be_deep = body.count(b"{") + body.count(b"[") > DEPTH  # most are small, and to be spared
    if could_be_deep and _is_deeper_than(DEPTH, envelope):
        raise _unreadable(f"The body is nested more than {DEPTH} deep.")
    return envelope


def message(envelope: Mapping[str, Any], default_type: str | None) -> Message:
    """Return the message of a v5 envelope; `default_type` is for one that does not name its own."""
    message_id = _id(envelope, "message_id")
    told = envelope.get("message")
    kind = default_type if told in (None, "") else told
    if not isinstance(kind, str):
        problem = "Missing data for required field." if kind is None else "Not a valid string."
        raise _unreadable(f"message: {problem}", message_id)
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        problem = "Missing data for required field." if payload is None else "Not a valid object."
        raise _unreadable(f"payload: {problem}", message_id)
    parameters = _parameters(payload, "payload.parameters", message_id)
    return Message(kind, message_id, payload, parameters)


def webhook(envelope: Mapping[str, Any], kind: str | None) -> Message:
    """Return the message of a v6 envelope: the cart, order … and the parameters stand in itself."""
    request_id = _id(envelope, "request_id")
    payload = {name: value for name, value in envelope.items() if name != "request_id"}
    parameters = _parameters(payload, "parameters", request_id)
    return Message(kind or "", request_id, payload, parameters, WEBHOOKS.prefix)


def _notifications(reply: Reply) -> dict[str, Any]:
    echoed = {} if reply.message_id is None else {"message_id": reply.message_id}
    return echoed | {"notifications": [note.as_dict() for note in reply.notifications]}


def _summary(reply: Reply) -> dict[str, Any]:
    echoed = {} if reply.message_id is None else {"request_id": reply.message_id}
    return echoed | {"summary": notifications.summary(reply.notifications, reply.summary)}


def _id(envelope: Mapping[str, Any], name: str) -> str | int | None:
    told = envelope.get(name)
    if isinstance(told, bool) or not isinstance(told, str | int | None):
        raise _unreadable(f"{name}: Not a valid string.")
    return told


def _parameters(
    payload: Mapping[str, Any], path: str, message_id: str | int | None
) -> dict[str, Any]:
    """Return the parameters by name; ours, with a prefix, go before another's of that name.

    They are an object, or a list of objects with `name` and `value`.
    """
    told = payload.get("parameters")
    if told is None:
        return {}
    if isinstance(told, dict):
        pairs = list(told.items())
    elif isinstance(told, list) and all(isinstance(one, dict) for one in told):
        pairs = [(one.get("name"), one.get("value")) for one in told]
    else:
        raise _unreadable(f"{path}: Not a valid list of parameters.", message_id)
    pairs = [(name, value) for name, value in pairs if isinstance(name, str)]
    ours = {name[len("jirafe.") :]: value for name, value in pairs if name.startswith(_PREFIXES)}
    return dict(pairs) | ours


def _is_deeper_than(depth: int, value: Any) -> bool:
    level = [value]
    while level and depth:
        depth -= 1
        level = [
            one
            for parent in level
            for one in (parent.values() if type(parent) is dict else parent)
            if type(one) is dict or type(one) is list  # quicker than isinstance, for JSON as good
        ]
    return bool(level)


def _unreadable(description: str, message_id: str | int | None = None) -> UnreadableMessageError:
    return UnreadableMessageError([notifications.unreadable(description)], message_id)


MESSAGES = Dialect(message, _notifications, PREFIX)
WEBHOOKS = Dialect(webhook, _summary, "jirafe_")

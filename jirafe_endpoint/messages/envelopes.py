"""The hub's two dialects: messages (v5) and webhooks (v6), in and out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from jirafe_endpoint.errors import UnreadableMessageError
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.message import PREFIX, Message, Reply

DEPTH = 100
"""The greatest nesting of arrays and objects. Deeper ones can be read, but not written again."""

LONGEST_ID = 1000
"""Characters of a message's id, which every answer repeats."""

_PREFIXES = ("jirafe.", "jirafe_")


@dataclass(frozen=True)
class Dialect:
    """How the hub wraps a message, and how it reads the answer.

    `read` takes an envelope and a default type, and returns the message. It raises
    UnreadableMessageError naming the field that is missing or wrong. `answer` returns the body for
    a reply. `prefix` is that of the endpoint's parameters.
    """

    read: Callable[[Mapping[str, Any], str | None], Message]
    answer: Callable[[Reply], dict[str, Any]]
    prefix: str


def parsed(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a request's body. Raise UnreadableMessageError."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The library's full text quotes the body, which may be personal data.
        raise _unreadable(f"The body is not valid JSON: {error.msg}.") from error
    if not isinstance(envelope, dict):
        raise _unreadable("The body is not a JSON object.")
    could_be_deep = body.count(b"{") + body.count(b"[") > DEPTH  # the full check is slow
    if could_be_deep and _is_deeper_than(DEPTH, envelope):
        raise _unreadable(f"The body is nested more than {DEPTH} deep.")
    return envelope


def message(envelope: Mapping[str, Any], default_type: str | None) -> Message:
    """Return the message of a v5 envelope; without a type, it is of the `default_type`."""
    message_id = _id(envelope, "message_id")
    name = envelope.get("message")
    kind = default_type if name in (None, "") else name
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
    """Return the message of a v6 envelope, which contains the cart or order and the parameters."""
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
    value = envelope.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise _unreadable(f"{name}: Not a valid string.")
    if isinstance(value, str) and len(value) > LONGEST_ID:
        raise _unreadable(f"{name}: Longer than {LONGEST_ID} characters.")
    return value


def _parameters(
    payload: Mapping[str, Any], path: str, message_id: str | int | None
) -> dict[str, Any]:
    """Return the parameters by name, without our prefix; those that have it take precedence.

    The hub sends an object, or a list of objects with `name` and `value`.
    """
    parameters = payload.get("parameters")
    if parameters is None:
        return {}
    if isinstance(parameters, dict):
        pairs = list(parameters.items())
    elif isinstance(parameters, list) and all(isinstance(one, dict) for one in parameters):
        pairs = [(one.get("name"), one.get("value")) for one in parameters]
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
            if type(one) is dict or type(one) is list  # faster than isinstance
        ]
    return bool(level)


def _unreadable(description: str, message_id: str | int | None = None) -> UnreadableMessageError:
    return UnreadableMessageError([notifications.unreadable(description)], message_id)


MESSAGES = Dialect(message, _notifications, PREFIX)
WEBHOOKS = Dialect(webhook, _summary, "jirafe_")

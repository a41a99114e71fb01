"""The hub's v5 envelope: what comes in, and the answer that goes out."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from jirafe_endpoint import notifications
from jirafe_endpoint.errors import MerchantMustActError, UnreadableMessageError
from jirafe_endpoint.notifications import Notification

PREFIX = "jirafe."

DEPTH = 100
"""Arrays and objects within one another: some can be read that could not be written again."""

_CREDENTIALS = {
    "site_id": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "access_token": re.compile(r"[!-~]{1,512}"),
}


@dataclass(frozen=True)
class Message:
    """One message of the hub.

    `type` is such as "order:new", `parameters` go by their names without prefix.
    """

    type: str
    message_id: str | int | None
    payload: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @property
    def main_event(self) -> str:
        """The name of the event that the message is mainly about, such as "order-accepted"."""
        subject, _, change = self.type.partition(":")
        if subject == "order":
            return "order-canceled" if change.startswith("cancel") else "order-accepted"
        return {"taxon": "category", "user": "customer"}.get(subject, subject)

    @property
    def identity(self) -> str | None:
        """What a repeat of the message has in common with it, None where it has no id.

        That is more than the id: senders that number badly must not lose what they send.
        """
        if self.message_id is None:
            return None
        told = {name: value for name, value in self.payload.items() if name != "parameters"}
        digest = hashlib.sha256(orjson.dumps([self.type, told], option=orjson.OPT_SORT_KEYS))
        return f"{self.message_id} {digest.hexdigest()[:32]}"

    @property
    def site(self) -> str | None:
        """The Jirafe site, None where there is no valid one."""
        site = self.text("site_id")
        return site if _CREDENTIALS["site_id"].fullmatch(site) else None

    def site_and_token(self) -> tuple[str, str]:
        """Return the Jirafe site and its access token.

        Raises MerchantMustActError where one is missing, and UnreadableMessageError where one
        could not stand in a URL or a header.
        """
        self.require(*_CREDENTIALS)
        malformed = [
            name for name, form in _CREDENTIALS.items() if not form.fullmatch(self.text(name))
        ]
        if malformed:
            raise UnreadableMessageError(
                [self._parameter_problem(malformed, "Not a valid value.")], self.message_id
            )
        return self.text("site_id"), self.text("access_token")

    def require(self, *names: str) -> None:
        """Raise MerchantMustActError where a parameter is missing, naming all that are."""
        missing = [name for name in names if self.parameters.get(name) in (None, "")]
        if missing:
            raise MerchantMustActError(
                [self._parameter_problem(missing, "Missing data for required parameter.")],
                self.message_id,
            )

    def text(self, name: str) -> str:
        """Return a parameter's text, "" where it has none: no list or object is a text."""
        value = self.parameters.get(name)
        is_text = isinstance(value, str | int) and not isinstance(value, bool)
        return str(value) if is_text else ""

    def _parameter_problem(self, names: Sequence[str], problem: str) -> Notification:
        told = " ".join(f"{PREFIX}{name}: {problem}" for name in names)
        return notifications.problem(self.main_event, told)


@dataclass(frozen=True)
class Reply:
    """The answer to a message."""

    notifications: Sequence[Notification]
    message_id: str | int | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any], message_id: str | int | None) -> "Reply":
        """Return the answer that `as_dict` told, for a message."""
        return cls([Notification(**note) for note in told["notifications"]], message_id)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as the hub reads it; `message_id` only where the message had one."""
        echoed = {} if self.message_id is None else {"message_id": self.message_id}
        return echoed | {"notifications": [note.as_dict() for note in self.notifications]}


def read(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a request's body; raises UnreadableMessageError."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The library's text ends in the place; what stands there may be personal data.
        raise _unreadable(f"The body is not valid JSON: {error.msg}.") from error
    if not isinstance(envelope, dict):
        raise _unreadable("The body is not a JSON object.")
    if _is_deeper_than(DEPTH, envelope):
        raise _unreadable(f"The body is nested more than {DEPTH} deep.")
    return envelope


def message(envelope: Mapping[str, Any], default_type: str | None) -> Message:
    """Return the message of an envelope.

    `default_type` is what it is where the envelope does not say. Raises
    UnreadableMessageError, which names the field that is missing or wrong.
    """
    message_id = envelope.get("message_id")
    if isinstance(message_id, bool) or not isinstance(message_id, str | int | None):
        raise _unreadable("message_id: Not a valid string.")
    told = envelope.get("message")
    kind = default_type if told in (None, "") else told
    if not isinstance(kind, str):
        problem = "Missing data for required field." if kind is None else "Not a valid string."
        raise _unreadable(f"message: {problem}", message_id)
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        problem = "Missing data for required field." if payload is None else "Not a valid object."
        raise _unreadable(f"payload: {problem}", message_id)
    return Message(kind, message_id, payload, _parameters(payload.get("parameters"), message_id))


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


def _parameters(told: Any, message_id: str | int | None) -> dict[str, Any]:
    """Return the parameters by name; ours, with the prefix, go before another's of that name."""
    if told is None:
        return {}
    if isinstance(told, dict):
        pairs = list(told.items())
    elif isinstance(told, list) and all(isinstance(one, dict) for one in told):
        pairs = [(one.get("name"), one.get("value")) for one in told]
    else:
        raise _unreadable("payload.parameters: Not a valid list of parameters.", message_id)
    pairs = [(name, value) for name, value in pairs if isinstance(name, str)]
    ours = {name.removeprefix(PREFIX): value for name, value in pairs if name.startswith(PREFIX)}
    return dict(pairs) | ours


def _unreadable(description: str, message_id: str | int | None = None) -> UnreadableMessageError:
    return UnreadableMessageError([notifications.unreadable(description)], message_id)

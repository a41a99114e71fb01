"""What the hub sends and is answered, whatever the envelope."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from jirafe_endpoint.errors import MerchantMustActError, UnreadableMessageError
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.messages.parameters import PARAMETERS

_CREDENTIALS = {one.name: re.compile(one.allowed) for one in PARAMETERS if one.allowed}
"""Site and token, of the forms that can stand in a URL and in a header."""


_NUMBERED = ("cart", "order", "product", "taxon")

PREFIX = "jirafe."
"""What the documents know the parameters by; a webhook's have another."""


@dataclass(frozen=True)
class Message:
    """One message of the hub.

    `type` is such as "order:new", `parameters` go by their names without `prefix`, which the
    merchant knows them by.
    """

    type: str
    message_id: str | int | None
    payload: Mapping[str, Any]
    parameters: Mapping[str, Any]
    prefix: str = PREFIX

    @property
    def subject(self) -> str:
        """What the message is about, in the hub's word, such as "order" or "taxon"."""
        return self.type.partition(":")[0]

    @property
    def main_event(self) -> str:
        """The name of the event that the message is mainly about, such as "order-accepted"."""
        if self.subject == "order":
            is_canceled = self.type.startswith("order:cancel")
            return "order-canceled" if is_canceled else "order-accepted"
        return {"taxon": "category", "user": "customer"}.get(self.subject, self.subject)

    @property
    def number(self) -> str | int | None:
        """What the merchant knows its cart, order, product or taxon by, None where it has none.

        People have none, for that would be a person's data, nor has what nobody knows here.
        """
        if self.subject not in _NUMBERED:
            return None
        renderings = (self.payload.get(name) for name in (self.subject, "original"))
        told = [one for one in renderings if isinstance(one, dict)]
        values = (one.get(name) for one in told for name in ("number", "sku", "id"))
        return next((one for one in values if type(one) in (str, int) and one != ""), None)

    @property
    def has_id(self) -> bool:
        """Whether a message with the same content can be told from it."""
        return self.message_id not in (None, "")

    @property
    def identity(self) -> str:
        """What a repeat of the message has in common with it.

        That is more than the id: senders that number badly must not lose what they send.
        """
        told = {name: value for name, value in self.payload.items() if name != "parameters"}
        digest = hashlib.sha256(orjson.dumps([self.type, told], option=orjson.OPT_SORT_KEYS))
        return f"{self.message_id if self.has_id else ''} {digest.hexdigest()[:32]}"

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
        self._refuse_missing(_CREDENTIALS)
        malformed = [
            name for name, form in _CREDENTIALS.items() if not form.fullmatch(self.text(name))
        ]
        if malformed:
            raise UnreadableMessageError(
                [self._parameter_problem(malformed, "Not a valid value.")], self.message_id
            )
        return self.text("site_id"), self.text("access_token")

    def require(self, *names: str) -> None:
        """Raise MerchantMustActError where a parameter is missing or no text, naming all such."""
        self._refuse_missing(names)
        self._refuse([name for name in names if not self.text(name).strip()], "Not a valid value.")

    def text(self, name: str) -> str:
        """Return a parameter's text, "" where it has none: no list or object is a text."""
        value = self.parameters.get(name)
        is_text = isinstance(value, str | int) and not isinstance(value, bool)
        return str(value) if is_text else ""

    def _refuse_missing(self, names: Iterable[str]) -> None:
        missing = [name for name in names if self.parameters.get(name) in (None, "")]
        self._refuse(missing, "Missing data for required parameter.")

    def _refuse(self, names: Sequence[str], problem: str) -> None:
        if names:
            raise MerchantMustActError([self._parameter_problem(names, problem)], self.message_id)

    def _parameter_problem(self, names: Sequence[str], problem: str) -> Notification:
        told = " ".join(f"{self.prefix}{name}: {problem}" for name in names)
        return notifications.problem(self.main_event, told)


@dataclass(frozen=True)
class Reply:
    """The answer to a message; `summary` is one sentence for a message that was sent whole."""

    notifications: Sequence[Notification]
    message_id: str | int | None = None
    summary: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any], message_id: str | int | None) -> "Reply":
        """Return the answer that `as_dict` told, for a message."""
        notes = [Notification(**note) for note in told["notifications"]]
        return cls(notes, message_id, told.get("summary", ""))

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as it is kept."""
        notes = [note.as_dict() for note in self.notifications]
        return {"notifications": notes, "summary": self.summary}

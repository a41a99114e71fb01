"""A hub message and the reply to it, independent of the envelope."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from jirafe_endpoint.errors import MerchantMustActError, UnreadableMessageError
from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.messages.parameters import MAPPING, PARAMETERS
from mappers.events import once_property

_CREDENTIALS = {one.name: re.compile(one.allowed) for one in PARAMETERS if one.allowed}
"""The formats of site and token, which are safe in a URL and a header."""

_NUMBERED = ("cart", "order", "product", "taxon")

PREFIX = "jirafe."
"""The prefix of the parameters in messages; webhooks use another."""


@dataclass(frozen=True)
class Message:
    """One message of the hub.

    `type` is for example "order:new". The names of `parameters` are without `prefix`.
    """

    type: str
    message_id: str | int | None
    payload: Mapping[str, Any]
    parameters: Mapping[str, Any]
    prefix: str = PREFIX

    @property
    def subject(self) -> str:
        """What the message is about, in the hub's words, such as "order" or "taxon"."""
        return self.type.partition(":")[0]

    @property
    def main_event(self) -> str:
        """The name of the message's main event, such as "order-accepted"."""
        if self.subject == "order":
            is_canceled = self.type.startswith("order:cancel")
            return "order-canceled" if is_canceled else "order-accepted"
        return {"taxon": "category", "user": "customer"}.get(self.subject, self.subject)

    @property
    def number(self) -> str | int | None:
        """The number of the cart, order, product or taxon, or None.

        It is None for customers, because theirs would be personal data.
        """
        if self.subject not in _NUMBERED:
            return None
        renderings = (self.payload.get(name) for name in (self.subject, "original"))
        objects = [one for one in renderings if isinstance(one, dict)]
        values = (one.get(name) for one in objects for name in ("number", "sku", "id"))
        return next((one for one in values if type(one) in (str, int) and one != ""), None)

    @property
    def has_id(self) -> bool:
        """Whether it has an id, which tells it from another message with the same content."""
        return self.message_id not in (None, "")

    def identity(self, service: str) -> str:
        """Return a digest that only the repeats of a message at the same service share.

        It covers the content too, so that messages of a sender that reuses ids are not lost. It
        does not cover site and token.
        """
        content = {name: value for name, value in self.payload.items() if name != "parameters"}
        whole = [self.message_id, service, self.type, content, self.mapping_parameters]
        return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @once_property
    def mapping_parameters(self) -> dict[str, str]:
        """The non-empty parameters that the message's events depend on."""
        texts = ((one.name, self.text(one.name).strip()) for one in MAPPING)
        return {name: text for name, text in texts if text}

    @property
    def has_credentials(self) -> bool:
        """Whether it has a site and a token."""
        return bool(self.text("site_id") and self.text("access_token"))

    @property
    def site(self) -> str | None:
        """The Jirafe site, or None if it is missing or not valid."""
        site = self.text("site_id")
        return site if _CREDENTIALS["site_id"].fullmatch(site) else None

    def site_and_token(self) -> tuple[str, str]:
        """Return the Jirafe site and its access token.

        Raise MerchantMustActError if one is missing, and UnreadableMessageError if one cannot be
        part of a URL or header.
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
        """Raise MerchantMustActError listing every parameter that is missing or not a string."""
        self._refuse_missing(names)
        self._refuse([name for name in names if not self.text(name).strip()], "Not a valid value.")

    def text(self, name: str) -> str:
        """Return a string or integer parameter as text, otherwise ""."""
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
        problems = " ".join(f"{self.prefix}{name}: {problem}" for name in names)
        return notifications.problem(self.main_event, problems)


@dataclass(frozen=True)
class Reply:
    """The answer to a message; `summary` is a sentence if all events were accepted, else ""."""

    notifications: Sequence[Notification]
    message_id: str | int | None = None
    summary: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any], message_id: str | int | None) -> "Reply":
        """Return the answer from its stored form."""
        notes = [Notification(**note) for note in stored["notifications"]]
        return cls(notes, message_id, stored.get("summary", ""))

    def as_dict(self) -> dict[str, Any]:
        """Return the answer in its stored form."""
        notes = [note.as_dict() for note in self.notifications]
        return {"notifications": notes, "summary": self.summary}

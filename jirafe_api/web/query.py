"""Parse query parameters one by one, and report all errors at once."""

import re
from collections.abc import Mapping
from typing import TypeVar

from jirafe_api.contract.validation import shown
from jirafe_api.errors import Invalid
from jirafe_api.times import moment, stamp

T = TypeVar("T")


class Query:
    """The parameters of a query; call `refuse` before using any value."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._errors: dict[str, str] = {}
        self._known: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return any text."""
        return self._get(name)

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        """Return a whole number from `least` to `most`."""
        text = self._get(name)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,18}", text) and least <= int(text) <= most:
            return int(text)
        self._errors[name] = f"{shown(text)} is not a whole number from {least} to {most}"
        return default

    def choice(self, name: str, choices: Mapping[str, T]) -> T | None:
        """Return the value that a word stands for."""
        text = self._get(name)
        if text is not None and text not in choices:
            self._errors[name] = f"{shown(text)} is not one of {', '.join(choices)}"
        return None if text is None else choices.get(text)

    def time(self, name: str) -> str | None:
        """Return a time in UTC, in the format of `times.stamp`."""
        text = self._get(name)
        try:
            return None if text is None else stamp(moment(text))
        except ValueError:
            self._errors[name] = (
                f"{shown(text)} is not an ISO 8601 time such as 2026-01-31T12:00:00Z"
            )
            return None

    def key(self, name: str) -> str | None:
        """Return the key of an id."""
        text = self._get(name)
        if text is not None and not re.fullmatch(r"[ -~]{0,128}", text):
            self._errors[name] = f"{shown(text)} is not from the address of a next page"
        return text

    def reject(self, name: str, reason: str) -> None:
        """Refuse a parameter whatever its value."""
        if name in self._parameters:
            self._errors[name] = reason

    def refuse(self) -> None:
        """Raise Invalid, with errors by parameter, if any parameter was wrong or is unknown."""
        for name in self._parameters.keys() - self._known - self._errors.keys():
            choices = ", ".join(sorted(self._known))
            self._errors[name[:200]] = f"is not a parameter; the parameters are {choices}"
        if self._errors:
            raise Invalid(self._errors)

    def _get(self, name: str) -> str | None:
        self._known.add(name)
        return self._parameters.get(name)

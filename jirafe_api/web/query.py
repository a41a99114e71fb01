"""The parameters of a query: each parsed in its way, all that is nonsense told at once."""

import re
from collections.abc import Mapping
from typing import TypeVar

from jirafe_api.errors import Invalid
from jirafe_api.times import moment, stamp

T = TypeVar("T")


class Query:
    """What a query asks for; where it is nonsense `refuse` says so, and what was read is void."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        """Takes the parameters by name."""
        self._parameters = parameters
        self._errors: dict[str, str] = {}

    def text(self, name: str) -> str | None:
        """Any text."""
        return self._parameters.get(name)

    def number(self, name: str, usual: int, most: int) -> int:
        """A whole number from 1 on."""
        text = self._parameters.get(name, str(usual))
        if re.fullmatch(r"[0-9]{1,18}", text) and 1 <= int(text) <= most:
            return int(text)
        self._errors[name] = f"{text!r} is not a whole number from 1 to {most}"
        return usual

    def choice(self, name: str, choices: Mapping[str, T]) -> T | None:
        """What a word stands for, None where it is not given."""
        text = self._parameters.get(name)
        if text is not None and text not in choices:
            self._errors[name] = f"{text!r} is not one of {', '.join(choices)}"
        return None if text is None else choices.get(text)

    def time(self, name: str) -> str | None:
        """A time in UTC, as `times.stamp` makes."""
        text = self._parameters.get(name)
        try:
            return None if text is None else stamp(moment(text))
        except ValueError:
            self._errors[name] = f"{text!r} is not an ISO 8601 time such as 2026-01-31T12:00:00Z"
            return None

    def key(self, name: str) -> str | None:
        """The key of an id."""
        text = self._parameters.get(name)
        if text is not None and not re.fullmatch(r"[ -~]{0,128}", text):
            self._errors[name] = f"{text!r} is not from the address of a next page"
        return text

    def without(self, name: str, reason: str) -> None:
        """Takes a parameter for nonsense, whatever its value."""
        if name in self._parameters:
            self._errors[name] = reason

    def refuse(self) -> None:
        """Invalid where anything is nonsense, by the names of the parameters."""
        if self._errors:
            raise Invalid(self._errors)

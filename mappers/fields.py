"""The fields that all hub schemas share.

Every field reads null, and every text field the empty string, as "no value" (None).
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marshmallow import fields

LARGEST = 9007199254740992
"""The bound of Jirafe's numbers, 2^53: the integers that every JSON reader keeps exact."""

_LARGEST = Decimal(LARGEST)
_SCALARS = frozenset({str, int, float})  # the exact types that JSON has, so that bool is none

_PLAIN_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED_AMOUNT = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_LONGEST_AMOUNT = 64

_ARROW_FOR_COLON = re.compile(r"(?<!\s)\s*+=>\s*+")
_SPACE_BEFORE_ZONE = re.compile(r"(?<!\s)\s++(?=[+-]\d{2}:?\d{2}$)")


class HubField(fields.Field[Any]):
    """A field of a hub message: optional, and null where it has no value.

    `nothing` is what it reads as then.
    """

    nothing: Any = None

    def __init__(self) -> None:
        """Make it optional."""
        super().__init__(load_default=None, allow_none=True)

    def read(self, value: Any) -> Any:
        """Return what the value, which is not null, stands for; raises ValidationError."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.read(value)


class Text(HubField):
    """A trimmed text; numbers are read as their digits."""

    default_error_messages = {"invalid": "Not a valid string."}

    def read(self, value: Any) -> str | None:
        """Return the text, None where it is empty."""
        if type(value) not in _SCALARS:
            raise self.make_error("invalid")
        return str(value).strip() or None


class Identifier(HubField):
    """An id as a string: the hub sends numbers and strings alike."""

    default_error_messages = {"invalid": "Not a valid identifier."}

    def read(self, value: Any) -> str | None:
        """Return the id, None where it is empty."""
        if type(value) is not str and type(value) is not int:
            raise self.make_error("invalid")
        return str(value).strip() or None


class Amount(HubField):
    """A Decimal, exactly as written: `22.99`, `"22.99"`, `" 1,299.00"`."""

    default_error_messages = {
        "invalid": "Not a valid amount.",
        "range": f"Must be between -{LARGEST} and {LARGEST}.",
    }

    def read(self, value: Any) -> Decimal | None:
        """Return the amount, None for an empty text."""
        if type(value) is float and -LARGEST <= value <= LARGEST:
            return Decimal(str(value))
        if type(value) not in _SCALARS:
            raise self.make_error("invalid")
        text = str(value).strip()
        if not text:
            return None
        amount = self._parse(text)
        if not -_LARGEST <= amount <= _LARGEST:
            raise self.make_error("range")
        return amount

    def _parse(self, text: str) -> Decimal:
        if len(text) > _LONGEST_AMOUNT:
            raise self.make_error("range" if text.isdecimal() else "invalid")
        if _PLAIN_AMOUNT.fullmatch(text):
            return Decimal(text)
        if _GROUPED_AMOUNT.fullmatch(text):
            return Decimal(text.replace(",", ""))
        raise self.make_error("invalid")


class Quantity(Amount):
    """A whole number of pieces, as an int."""

    default_error_messages = {"invalid": "Not a valid integer."}

    def read(self, value: Any) -> int | None:  # type: ignore[override]
        """Return the number, None for an empty text."""
        amount = super().read(value)
        if amount is None:
            return None
        if amount != amount.to_integral_value():
            raise self.make_error("invalid")
        return int(amount)


class Flag(HubField):
    """A bool; `"true"` and `"false"` are read as well."""

    default_error_messages = {"invalid": "Not a valid boolean."}

    def read(self, value: Any) -> bool | None:
        """Return the flag, None for an empty text."""
        if value in ("", "true", "false"):
            return {"true": True, "false": False}.get(value)
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Timestamp(HubField):
    """An aware datetime in UTC.

    Read are ISO 8601 with or without offset, fraction or zone (none is UTC), the same with
    `=>` for each colon, as some hubs have it, and `01/31/2013 12:34:22 UTC`, month first.
    """

    default_error_messages = {"invalid": "Not a valid date."}

    def read(self, value: Any) -> datetime | None:
        """Return the moment, None for an empty text."""
        if not isinstance(value, str):
            raise self.make_error("invalid")
        text = value.strip()
        try:
            return _moment(text) if text else None
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error


class Place(HubField):
    """The name of a state or country, which the hub sends as a text and Spree as an object."""

    default_error_messages = {"invalid": "Not a valid string or object."}

    def __init__(self, *keys: str) -> None:
        """Name the object's keys to read, the best first."""
        super().__init__()
        self._keys = keys

    def read(self, value: Any) -> str | None:
        """Return the name, None where there is none."""
        names = [value.get(key) for key in self._keys] if isinstance(value, dict) else [value]
        told = [name for name in names if name is not None]
        if any(type(name) not in _SCALARS for name in told):
            raise self.make_error("invalid")
        texts = (str(name).strip() for name in told)
        return next((text for text in texts if text), None)


class Options(HubField):
    """`{"size": "M"}` as texts. A list names option types without their values: nothing."""

    default_error_messages = {"invalid": "Not a valid object."}

    def read(self, value: Any) -> dict[str, str]:
        """Return the options that have a value."""
        if not isinstance(value, dict | list):
            raise self.make_error("invalid")
        pairs = value.items() if isinstance(value, dict) else ()
        scalars = {str(k): str(v).strip() for k, v in pairs if isinstance(v, str | int | float)}
        return {key: text for key, text in scalars.items() if text}


class AsSent(HubField):
    """Whatever the hub sent, for values whose shape varies; the mapper looks for itself."""

    def read(self, value: Any) -> Any:
        """Return the value as it is."""
        return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _of_other_forms(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _of_other_forms(text: str) -> datetime:
    text = _ARROW_FOR_COLON.sub(":", text)
    text = _SPACE_BEFORE_ZONE.sub("", text.removesuffix("UTC").rstrip())
    return _month_first(text) if "/" in text else datetime.fromisoformat(text)


def _month_first(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %H:%M:%S" if ":" in text else "%m/%d/%Y").replace(
        tzinfo=UTC
    )

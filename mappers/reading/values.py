"""Read single values of hub messages, with one pure function per kind of value.

Each takes a value that is not null, and returns what it means, or None for an empty text. Each
raises ValueError, with a text for the sender, if it cannot read the value.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

LARGEST = 9007199254740992
"""The limit of Jirafe's numbers, 2^53; every JSON reader reads integers up to it exactly."""

OUT_OF_RANGE = f"Must be between -{LARGEST} and {LARGEST}."
LONGEST_IDENTIFIER = 255

_NO_AMOUNT = "Not a valid amount."
_NO_QUANTITY = "Not a valid integer."
_LONGEST_NUMBER = 64
_LONGEST_DATE = 64  # checked before any regular expression or parser sees the text
_SCALARS = frozenset({str, int, float})  # exact types, which excludes bool

_PLAIN_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED_AMOUNT = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_FLAGS = {"": None, "true": True, "false": False, "1": True, "0": False, 1: True, 0: False}
_SPACE_BEFORE_ZONE = re.compile(r"(?<!\s)\s++(?=[+-]\d{2}:?\d{2}$)")


def text(value: Any) -> str | None:
    """Return the trimmed text; a number is read as its digits."""
    if type(value) is str:
        return value.strip() or None
    if type(value) not in _SCALARS:
        raise ValueError("Not a valid string.")
    return str(value)


def text_or_none(value: Any) -> str | None:
    """Return the trimmed text of a value that may be null."""
    return None if value is None else text(value)


def currency(value: Any) -> str | None:
    """Return the currency code in capitals."""
    code = text(value)
    return code and code.upper()


def identifier(value: Any) -> str | None:
    """Return the id as text; hubs send numbers as well."""
    if type(value) is not str:
        is_exact = type(value) is float and value.is_integer() and abs(value) <= LARGEST
        if type(value) is not int and not is_exact:
            raise ValueError("Not a valid identifier.")
        value = str(int(value))
    if len(value) > LONGEST_IDENTIFIER:
        raise ValueError(f"Longer than {LONGEST_IDENTIFIER} characters.")
    return value.strip() or None


def amount(value: Any) -> Decimal | None:
    """Return the Decimal, exactly as written. Accepts `22.99`, `"22.99"` and `" 1,299.00"`."""
    if type(value) is str:
        if len(value) > _LONGEST_NUMBER:
            raise ValueError(OUT_OF_RANGE if value.isdecimal() else _NO_AMOUNT)
        return _amount_of(value)
    if type(value) is not int and type(value) is not float:
        raise ValueError(_NO_AMOUNT)
    return _number(value)


def quantity(value: Any) -> int | None:
    """Return the whole number of pieces."""
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return value
    try:
        number = amount(value)
    except ValueError as error:
        raise ValueError(str(error).replace(_NO_AMOUNT, _NO_QUANTITY)) from None
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError(_NO_QUANTITY)
    return int(number)


def flag(value: Any) -> bool | None:
    """Return the bool; 1, 0 and all four as text are accepted as well."""
    if type(value) is bool:
        return value
    try:
        return _FLAGS[value]
    except (KeyError, TypeError):  # TypeError: a list or an object is no key
        raise ValueError("Not a valid boolean.") from None


def moment(value: Any) -> str | None:
    """Return the moment in UTC as `2013-06-17T15:16:10.000Z`; these texts sort by time.

    Accepts ISO 8601 with or without offset and fraction (no offset means UTC), the same with `=>`
    for each colon, as some hubs write it, and `01/31/2013 12:34:22 UTC`, with the month first.
    """
    if type(value) is not str or len(value) > _LONGEST_DATE:
        raise ValueError("Not a valid date.")
    return _moment_of(value)


def place(*keys: str) -> Callable[[Any], str | None]:
    """Return a reader of states or countries: texts, or objects with one of the keys."""

    def read(value: Any) -> str | None:
        if type(value) is not dict:
            return text(value)
        for key in keys:
            if value.get(key) is not None and (name := text(value[key])):
                return name
        return None

    return read


def options(value: Any) -> dict[str, str]:
    """Return options such as `{"size": "M"}` as texts; a list has no values, so return {}."""
    if type(value) not in (dict, list):
        raise ValueError("Not a valid object.")
    pairs = value.items() if type(value) is dict else ()
    texts = {str(key): str(one).strip() for key, one in pairs if type(one) in _SCALARS}
    return {key: one for key, one in texts.items() if one}


def slug(name: str) -> str:
    """Return a name in a form for ids, which keeps C, C++ and C# apart."""
    return quote("-".join(name[:LONGEST_IDENTIFIER].lower().split()), safe="-", errors="replace")


def timestamp(now: datetime) -> str:
    """Return an aware datetime in the form of `moment`."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"  # for +00:00


@lru_cache(maxsize=4096, typed=True)  # typed, because 5 and 5.0 are written differently
def _number(value: float) -> Decimal:
    if value != value:  # NaN alone differs from itself
        raise ValueError(_NO_AMOUNT)
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(OUT_OF_RANGE)
    return Decimal(repr(value))


@lru_cache(maxsize=4096)
def _amount_of(value: str) -> Decimal | None:
    value = value.strip()
    if not value:
        return None
    if _PLAIN_AMOUNT.fullmatch(value):
        number = Decimal(value)
    elif _GROUPED_AMOUNT.fullmatch(value):
        number = Decimal(value.replace(",", ""))
    else:
        raise ValueError(_NO_AMOUNT)
    if not -LARGEST <= number <= LARGEST:
        raise ValueError(OUT_OF_RANGE)
    return number


@lru_cache(maxsize=4096)  # a message contains the same few dates many times
def _moment_of(value: str) -> str | None:
    stripped = value.strip()
    if not stripped:
        return None
    try:
        try:
            parsed = datetime.fromisoformat(stripped)
        except ValueError:
            parsed = _of_other_forms(stripped)
        return timestamp(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError("Not a valid date.") from None


def _of_other_forms(value: str) -> datetime:
    value = ":".join(part.strip() for part in value.split("=>"))
    value = _SPACE_BEFORE_ZONE.sub("", value.removesuffix("UTC").rstrip())
    if "/" not in value:
        return datetime.fromisoformat(value)
    form = "%m/%d/%Y %H:%M:%S" if ":" in value else "%m/%d/%Y"
    return datetime.strptime(value, form).replace(tzinfo=UTC)

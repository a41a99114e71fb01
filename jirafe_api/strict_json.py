"""Read JSON strictly, and write it fast."""

import json
import math
import re
from collections import Counter
from typing import Any

import orjson

DEPTH = 100
"""The greatest nesting of a value that can be checked and stored without RecursionError."""

_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<unstorable>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def parse(content: bytes) -> Any:
    """Return the value of strict JSON in UTF-8. Raise ValueError for anything else.

    That includes UTF-16, NaN, Infinity, numbers too large for a float, and nesting of more than 100
    levels. It also includes an object with two members of the same name, unless both have the same
    plain value, because one would be lost. NUL and lone surrogates, which databases cannot store,
    become U+FFFD.
    """
    text = content.decode("utf-8")
    if _UNSTORABLE.search(text):
        text = _ESCAPE.sub(_storable, text)
    try:
        value = json.loads(
            text,
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if text.count("[") + text.count("{") > DEPTH and _is_deeper_than(DEPTH, value):
        raise ValueError("nested too deep")
    return value


def dumps(value: Any) -> bytes:
    """Return compact JSON in UTF-8, with members in the order of the value."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer of more than 64 bits, a lone surrogate or 255 levels
        return json.dumps(value, separators=(",", ":")).encode()


def _storable(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["unstorable"] else escape[0]


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        times = Counter(name for name, _ in members)
        for name, member in members:
            if times[name] > 1 and (isinstance(member, dict | list) or member != value[name]):
                raise ValueError("a member is named twice")
    return value


def _is_deeper_than(depth: int, value: Any) -> bool:
    level: list[Any] = [[value]]
    while level and depth >= 0:
        members = (parent.values() if isinstance(parent, dict) else parent for parent in level)
        level = [one for some in members for one in some if isinstance(one, dict | list)]
        depth -= 1
    return bool(level)

"""Read JSON strictly, and write it fast."""

import json
import math
import re
from collections import Counter
from typing import Any

import orjson

DEPTH = 100
"""The greatest nesting of a value that can be checked and stored without RecursionError."""

_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LARGE_INTEGER = b"0" * 19
"""What all integers of more than 64 bits contain, with their digits as zeros."""

_PARENTHESES = bytes.maketrans(b"[{]}", b"(())")
_NOT_OUTLINE = bytes(set(range(256)) - set(b'"[]{}'))

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
    outline = _outline(content)
    has_large = _LARGE_INTEGER in content.translate(_DIGITS_AS_ZEROS)
    value = None if has_large else _plain(text, outline.count(b'"'))
    if value is None:
        value = _any(text)
    if outline.count(b"(") > DEPTH and _is_deeper_than(DEPTH, outline):
        raise ValueError("nested too deep")
    return value


def dumps(value: Any) -> bytes:
    """Return compact JSON in UTF-8, with members in the order of the value."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer of more than 64 bits, a lone surrogate or 255 levels
        return json.dumps(value, separators=(",", ":")).encode()


def _plain(text: str, quotes: int) -> Any:
    """Return the value of most JSON, in a third of the time of `_any`; None if it may be wrong.

    The parser takes the last of several members of one name. That it left one out shows in the
    number of quotes that begin or end a text, as a name has two.
    """
    try:
        value = orjson.loads(text)
        written = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # or nested too deep
        return None
    return value if _without_escapes(written).count(b'"') == quotes else None


def _outline(content: bytes) -> bytes:
    """Return the quotes and brackets of some JSON; all brackets are parentheses."""
    return _without_escapes(content).translate(_PARENTHESES, _NOT_OUTLINE)


def _without_escapes(content: bytes) -> bytes:
    """Return JSON in which every quote begins or ends a text."""
    if b"\\" not in content:
        return content
    return content.replace(b"\\\\", b"").replace(b'\\"', b"")


def _any(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error


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


def _is_deeper_than(depth: int, outline: bytes) -> bool:
    """Return whether JSON has more than `depth` levels, without a step for each value."""
    levels = b"".join(outline.replace(b'""', b"").split(b'"')[::2])  # what is not between quotes
    for _ in range(depth):
        levels = levels.replace(b"()", b"")  # the innermost level
    return bool(levels)

"""How values of any content stand in columns, on SQLite and Postgres alike."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import orjson

KEY_LENGTH = 85

_UNCLEAN = re.compile(r"[^ -~]")


def key(text: str) -> str:
    """Return at most 85 printable ASCII characters to know a text by; the text itself if clean.

    Postgres takes no NUL and indexes no more than 2,704 bytes; SQLite takes no lone surrogate.
    """
    if len(text) <= 64 and text.isascii() and text.isprintable():
        return text
    readable = _UNCLEAN.sub("?", text[:20])
    return f"{readable}~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def to_json(value: Any) -> str:
    """Return JSON that every database takes and that `json.loads` makes the same value of.

    NaN and the infinities, which are no JSON, become null.
    """
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(value, separators=(",", ":"))
    return text.decode() if text.isascii() else json.dumps(value, separators=(",", ":"))


def timestamp(time: datetime) -> str:
    """Return an aware time in UTC, such as 2026-03-02T14:06:02.000Z."""
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def milliseconds(time: datetime) -> int:
    """Return an aware time as milliseconds since 1970."""
    return int(time.timestamp() * 1000)

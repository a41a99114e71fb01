"""How values are stored in columns, whatever their content, on SQLite and Postgres alike."""

import codecs
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from mappers import Key

NAME_LENGTH = 85
DIGEST_LENGTH = 64

PURCHASES = {"cart": ("cart",), "order": ("order", "order-placed", "order-canceled")}
"""The kinds of facts named by the number of a cart or an order."""

READABLE = frozenset({*PURCHASES["cart"], *PURCHASES["order"], "category", "product", "variant"})
"""The kinds of facts whose names are not personal; all other names are stored as digests."""

_UNCLEAN = re.compile(r"[^ -~]")


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def person(text: str) -> str:
    """Return the stored form of a customer id or a lower-case e-mail address.

    It is a digest, with a prefix that distinguishes addresses from ids.
    """
    return f"{'@' if '@' in text else '#'}{digest(text)}"


def stored_name(key: Key) -> str:
    """Return the stored form of a key's name."""
    return readable(key.name) if key.kind in READABLE else digest(key.name)


def readable(text: str) -> str:
    """Return the text if it is short printable ASCII, otherwise its beginning and its digest.

    Postgres rejects NUL and indexes at most 2,704 bytes; SQLite rejects lone surrogates.
    """
    if len(text) <= DIGEST_LENGTH and text.isascii() and (text.isprintable() or not text):
        return text
    return f"{_UNCLEAN.sub('?', text[:20])}~{digest(text)}"


_ESCAPED = "jirafe_endpoint.escaped"
"""The name of the error handler that escapes what is not ASCII as JSON does."""


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(_ESCAPED, _escape)


def to_json(value: Any) -> str:
    """Return JSON that every database accepts and that `json.loads` turns into the same value.

    NaN and the infinities, which are not JSON, become null.
    """
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(value, separators=(",", ":"))
    return text.decode() if text.isascii() else text.decode().encode("ascii", _ESCAPED).decode()


def timestamp(time: datetime) -> str:
    """Return an aware time in UTC, such as 2026-03-02T14:06:02.000Z."""
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def milliseconds(time: datetime) -> int:
    """Return an aware time as milliseconds since 1970."""
    return int(time.timestamp() * 1000)

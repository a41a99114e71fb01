"""Verify the sender of a webhook, by a signature of the body or a secret in the path."""

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

TOLERANCE = 300
"""Seconds by which a signed timestamp may differ from the clock, as in Spree's own SDK."""

_BASE64_HEADER = "x-spree-hmac-sha256"  # Spree 4.6 to 5.2
_HEX_HEADER = "x-spree-webhook-signature"  # Spree 5.3 and later
TIMESTAMP_HEADER = "x-spree-webhook-timestamp"  # Spree 5.4 and later


class SignatureError(Exception):
    """The request was not signed with a secret of the shop; the text says what is wrong."""


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether the request has a signature, valid or not; Spree 4.4 and 4.5 send none."""
    named = lower(headers)
    return _BASE64_HEADER in named or _HEX_HEADER in named


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> None:
    """Raise SignatureError unless the body was signed with one of the secrets.

    A shop has several secrets while one replaces another, or if it has several endpoints. Spree
    5.4 and later also sign the time of sending, which has to be close to `now`.
    """
    named = lower(headers)
    if _HEX_HEADER in named:
        _verify_hex(named[_HEX_HEADER], named.get(TIMESTAMP_HEADER), body, secrets, now)
    elif _BASE64_HEADER in named:
        signatures = (base64.b64encode(_digest(secret, body)) for secret in secrets)
        _require(named[_BASE64_HEADER], signatures)
    else:
        raise SignatureError("The request has no signature.")


def verify_path_secret(given: str, secrets: Iterable[str]) -> None:
    """Raise SignatureError unless the secret in the path of the URL is one of the shop's."""
    _require(given, (secret.encode() for secret in secrets))


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def _verify_hex(
    signature: str, timestamp: str | None, body: bytes, secrets: Iterable[str], now: datetime
) -> None:
    signed = body if timestamp is None else _bytes(timestamp) + b"." + body
    _require(signature, (_digest(secret, signed).hex().encode() for secret in secrets))
    if timestamp is not None and abs(_seconds(timestamp) - now.timestamp()) > TOLERANCE:
        raise SignatureError("The signature is too old, or the clocks differ.")


def _seconds(timestamp: str) -> int:
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise SignatureError("The signature's timestamp is not a number of seconds.")
    return int(timestamp[:18])  # longer ones are wrong anyway, and slow to read


def _digest(secret: str, message: bytes) -> bytes:
    return hmac.digest(secret.encode(), message, "sha256")


def _require(given: str, expected: Iterable[bytes]) -> None:
    """Raise SignatureError unless a signature matches; compare in constant time."""
    matches = [hmac.compare_digest(_bytes(given), one) for one in expected]
    if not any(matches):
        raise SignatureError("The signature is wrong.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

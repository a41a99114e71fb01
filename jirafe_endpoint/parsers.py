"""What the text of a setting stands for; each raises ValueError, which says what is wrong with it.

The error never shows the text: it may be a secret.
"""

import ipaddress
import re
from urllib.parse import urlsplit

PRODUCTION, DEVELOPMENT = "production", "development"

LONGEST_WAIT = 25
"""Seconds: the platform's router gives up after 30."""

LONGEST_DEADLINE = 22
"""Seconds: with the third more that a locked state may take at the end, still under 30."""

MOST_DAYS = 36525
"""A hundred years."""

# Readers of URLs differ on what follows a backslash, a space or an @.
_URL_TEXT = re.compile(r"[!-~]+")
_AMBIGUOUS = frozenset("\\@?#")

_OTHER_VERSION = re.compile(r"/v(?!2$)[0-9]+$")


def environment(text: str) -> str:
    """Return PRODUCTION, DEVELOPMENT, or "" where it is not told."""
    told = text.strip()
    if told not in ("", PRODUCTION, DEVELOPMENT):
        raise ValueError(f"is neither {PRODUCTION} nor {DEVELOPMENT}")
    return told


def keys(text: str) -> tuple[str, ...]:
    """Return the keys, which stand between commas and spaces."""
    told = tuple(key for key in re.split(r"[,\s]+", text) if key)
    if not all(re.fullmatch(r"[!-~]{1,512}", key) for key in told):
        raise ValueError("has a key that a header cannot carry: use letters, digits, - and _")
    return told


def allowed(text: str) -> bool:
    """Return True for `allowed`, False for nothing."""
    if text.strip() not in ("", "allowed"):
        raise ValueError("is neither empty nor the word allowed")
    return bool(text.strip())


def url(text: str) -> str:
    """Return the base URL of an API without its last slash, "" for none."""
    told = text.strip().rstrip("/")
    if told and not _is_base_url(told):
        raise ValueError("is not a URL such as https://jirafe.example.com/v2")
    if _OTHER_VERSION.search(told):  # which takes some of the events, as others
        raise ValueError("is of another version of the API; the endpoint speaks version 2")
    return told


def is_plain_http(base_url: str) -> bool:
    """Whether what is sent to the URL is not encrypted."""
    return urlsplit(base_url).scheme == "http"


def is_loopback(base_url: str) -> bool:
    """Whether the URL is sure to be this machine."""
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def dsn(text: str) -> str:
    """Return Sentry's address of a project, "" for none."""
    told = text.strip()
    if told and not re.fullmatch(r"https?://[0-9A-Za-z]+@[^\s/@?#]+(/[^\s/@?#]+)*/[0-9]+", told):
        raise ValueError("is not a DSN such as https://KEY@sentry.example.com/1")
    return told


def seconds(text: str) -> float:
    """Return seconds that somebody may wait."""
    return _seconds(text, LONGEST_WAIT)


def deadline(text: str) -> float:
    """Return seconds after which a message is answered."""
    return _seconds(text, LONGEST_DEADLINE)


def count(text: str) -> int:
    """Return a whole number from 1 on."""
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text.strip()):
        raise ValueError("is not a whole number from 1 to 999999")
    return int(text)


def days(text: str) -> int:
    """Return a number of days that a calendar can count back."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text.strip()) or int(text) > MOST_DAYS:
        raise ValueError(f"is not a whole number from 1 to {MOST_DAYS}")
    return int(text)


def _seconds(text: str, most: int) -> float:
    try:
        told = float(text)
    except ValueError:
        told = 0
    if not 0 < told <= most:
        raise ValueError(f"is not between 0 and {most} seconds")
    return told


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        told = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(told) and bool(_URL_TEXT.fullmatch(text)) and _AMBIGUOUS.isdisjoint(text)

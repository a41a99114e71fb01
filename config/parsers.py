"""Parsers of settings; each raises a ValueError that says what is wrong.

The error never shows the text, which may be a secret. Texts come without surrounding spaces.
"""

import ipaddress
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

PRODUCTION, DEVELOPMENT = "production", "development"
LOG_FORMATS = ("json", "console")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
DEFAULT_DATABASE = "sqlite:///var/jirafe.db"
_ROOT = Path(__file__).resolve().parents[1]

LONGEST_WAIT = 25
"""The longest wait in seconds, because platforms time out after 30."""

LONGEST_DEADLINE = 22
"""The longest deadline in seconds; together with waits for a locked database, it is below 30."""

MOST_DAYS = 36525
"""A hundred years."""

SITE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The format of a site's id, which is used in URLs."""

TOKEN = re.compile(r"[!-~]{1,512}")
"""The format of a token or key, which is used in headers."""

# Parsers of URLs disagree about what follows a backslash, a space or an @.
_URL_TEXT = re.compile(r"[!-~]+")
_AMBIGUOUS = frozenset("\\@?#")

_OTHER_VERSION = re.compile(r"/v(?!2$)[0-9]{1,9}$")
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::([0-9]{1,5}))?")
_USUAL_PORTS = {"https": 443, "http": 80}
_SEPARATORS = re.compile(r"[,\s]")


def environment(text: str) -> str:
    """Return PRODUCTION, DEVELOPMENT, or "" if it is not set."""
    if text not in ("", PRODUCTION, DEVELOPMENT):
        raise ValueError(f"is neither {PRODUCTION} nor {DEVELOPMENT}")
    return text


def keys(text: str) -> tuple[str, ...]:
    """Return the keys, separated by commas and spaces."""
    found = _words(text)
    if not all(TOKEN.fullmatch(key) for key in found):
        raise ValueError("has a key that a header cannot carry: use letters, digits, - and _")
    return tuple(found)


def text(text: str) -> str:
    """Return the text."""
    return text


def locale(text: str) -> str:
    """Return the name of a locale, such as en_GB."""
    if not re.fullmatch(r"[a-z]{2,3}([_-][A-Za-z]{2,8}){0,2}", text):
        raise ValueError("is not a locale such as en_GB")
    return text


def allowed(text: str) -> bool:
    """Return True for `allowed`, False for an empty text."""
    if text not in ("", "allowed"):
        raise ValueError("is neither empty nor the word allowed")
    return bool(text)


def url(text: str) -> str:
    """Return the base URL of an API without its last slash, or ""."""
    base = text.rstrip("/")
    if base and not _is_base_url(base):
        raise ValueError("is not a URL such as https://jirafe.example.com/v2")
    if _OTHER_VERSION.search(base[-16:]):
        raise ValueError("is of another version of the API; the endpoint speaks version 2")
    return base


def dsn(text: str) -> str:
    """Return the address of a Sentry project, or ""."""
    if text and not re.fullmatch(r"https?://[0-9A-Za-z]+@[^\s/@?#]+(/[^\s/@?#]+)*/[0-9]+", text):
        raise ValueError("is not a DSN such as https://KEY@sentry.example.com/1")
    return text


def broker_url(text: str) -> str:
    """Return the URL of RabbitMQ or Redis, or ""."""
    if text and not (re.match(r"(amqp|redis)s?://[^/]", text) and _has_good_port(text)):
        raise ValueError("is neither amqp://USER:PASSWORD@HOST:PORT/NAME nor redis://HOST:PORT/0")
    return text


def database_url(text: str) -> str:
    """Return the SQLAlchemy URL; a relative SQLite file is in the project's folder."""
    text = text or DEFAULT_DATABASE
    if found := re.fullmatch(r"sqlite:///(?!:memory:)(.+)", text):
        is_relative = not found[1].startswith(("/", "file:"))
        return f"sqlite:///{_ROOT}/{found[1]}" if is_relative else text
    found = re.fullmatch(r"postgres(?:ql)?(?:\+psycopg)?(://.+)", text)
    if not found or not _has_good_port(text):
        raise ValueError("is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME")
    return f"postgresql+psycopg{found[1]}"


def sites(text: str) -> tuple[tuple[str, str], ...]:
    """Return the (site, token) pairs of `site:token` words; errors give the word's position."""
    pairs = [(site, token) for site, _, token in (word.partition(":") for word in _words(text))]
    for place, (site, token) in enumerate(pairs, start=1):
        if not (SITE.fullmatch(site) and TOKEN.fullmatch(token)):
            raise ValueError(f"pair {place} is not of the form site:token")
    return tuple(pairs)


def tracker_origins(text: str) -> dict[str, frozenset[str]]:
    """Return origins by site, from `site:origin` words; errors give the word's position."""
    origins: dict[str, frozenset[str]] = defaultdict(frozenset)
    for place, word in enumerate(_words(text), start=1):
        site, _, origin = word.partition(":")
        normal = _origin(origin)
        if not (SITE.fullmatch(site) and normal):
            raise ValueError(
                f"word {place} is not of the form site:https://host or site:https://host:port"
            )
        origins[site] |= {normal}
    return dict(origins)


def credentials(text: str) -> dict[str, dict[str, str]]:
    """Return credentials by site, from `site:name=value` words; errors give the word's position."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for place, word in enumerate(_words(text), start=1):
        site, _, named = word.partition(":")
        name, _, value = named.partition("=")
        if not (SITE.fullmatch(site) and name.isidentifier() and TOKEN.fullmatch(value)):
            raise ValueError(f"word {place} is not of the form site:name=value")
        found[site][name] = value
    return dict(found)


def addresses(text: str) -> str:
    """Return `*`, or IP addresses or networks separated by commas."""
    for word in [] if text == "*" else _words(text):
        try:
            ipaddress.ip_network(word)
        except ValueError:
            raise ValueError("is neither * nor a list of IP addresses") from None
    return ",".join(_words(text))


def log_format(text: str) -> str:
    """Return one of LOG_FORMATS."""
    return _one_of(LOG_FORMATS, text)


def log_level(text: str) -> str:
    """Return one of LOG_LEVELS."""
    return _one_of(LOG_LEVELS, text.lower())


def seconds(text: str) -> float:
    """Return a time limit in seconds."""
    return _seconds(text, LONGEST_WAIT)


def deadline(text: str) -> float:
    """Return the deadline for answering a message, in seconds."""
    return _seconds(text, LONGEST_DEADLINE)


def count(text: str) -> int:
    """Return a whole number from 1."""
    return _whole(text, 1, 99999)


def limit(text: str) -> int:
    """Return a whole number, 0 for no limit."""
    return _whole(text, 0, 99999)


def port(text: str) -> int | None:
    """Return a port number, or None if it is not set; 0 means any free port."""
    return _whole(text, 0, 65535) if text else None


def retention_days(text: str) -> int:
    """Return a number of days, at most a hundred years."""
    return _whole(text, 1, MOST_DAYS)


def events_retention_days(text: str) -> int:
    """Return a number of days, at most a hundred years; 0 means no limit."""
    return _whole(text or "0", 0, MOST_DAYS)


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]


def _one_of(names: tuple[str, ...], text: str) -> str:
    if text not in names:
        raise ValueError(f"is not one of {', '.join(names)}")
    return text


def _whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not least <= int(text) <= most:
        raise ValueError(f"is not a whole number from {least} to {most}")
    return int(text)


def _seconds(text: str, most: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= most:
        raise ValueError(f"is not between 0 and {most} seconds")
    return value


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(is_complete) and bool(_URL_TEXT.fullmatch(text)) and _AMBIGUOUS.isdisjoint(text)


def _has_good_port(text: str) -> bool:
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False


def _origin(text: str) -> str | None:
    """Return the origin as browsers send it, without the scheme's default port, or None."""
    found = _ORIGIN.fullmatch(text)
    if not found or not _has_good_port(text):
        return None
    scheme, host, number = found.groups()
    is_usual = number is None or int(number) == _USUAL_PORTS[scheme]
    return f"{scheme}://{host}" if is_usual else f"{scheme}://{host}:{int(number)}"

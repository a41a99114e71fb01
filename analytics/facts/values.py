"""Read keys, texts, dates and amounts from events."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from analytics.feed import FeedEvent, key
from analytics.money import NO_CURRENCY, digits, minor
from analytics.sites import Site
from analytics.tables import LABEL

Row = dict[str, Any]

_BELIEVED = timedelta(days=1)
"""How far a date may be ahead of the arrival, because of wrong clocks and dates without zone."""

_LONGEST_DATE, _LONGEST_CACHED = 64, 1000
"""The greatest lengths of a date, and of a text that is cached."""

_YEARS = range(1970, 2200)
"""Years that every driver can store, in any time zone."""

_NOT_STORABLE = re.compile("[\0-\x1f\x7f\ud800-\udfff]+")


class Reader:
    """Reads events by the settings of their site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._salt = site.customer_salt.encode()
        self._customers: dict[str, str] = {}  # who buys has several events

    def day(self, moment: datetime) -> date:
        """Return the local date of a moment."""
        return self.site.day(moment)

    def currency(self, value: Any) -> str:
        """Return a currency code, or the site's, since version 1 of the API has none."""
        code = label(value, 8).upper()
        return code or self.site.currency or NO_CURRENCY

    def customer(self, event: dict[str, Any]) -> str:
        """Return a keyed hash of the buyer's e-mail address, or else of the id."""
        customer = section(event, "customer")
        email = _text(customer.get("email")).strip().lower()
        return self.customer_key(
            email or _text(customer.get("id")) or _text(event.get("customer_id"))
        )

    def customer_key(self, name: str) -> str:
        """Return the keyed hash of an id or a lower-case e-mail address, "" for none."""
        if name and name not in self._customers:
            text = name.encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._salt, text, hashlib.sha256)
            self._customers[name] = digest.hex()[:32]
        return self._customers.get(name, "")


def changed_at(event: FeedEvent) -> datetime:
    """Return the date of the state, or the arrival if that date is too far in the future."""
    changed, received = parsed(event.changed_at), arrival(event)
    return received if changed is None or changed > received + _BELIEVED else changed


def version(event: FeedEvent) -> str:
    """Return a text that sorts by the date of the state, then by arrival.

    A date too far in the future sorts before every other.
    """
    changed, received = parsed(event.changed_at), arrival(event)
    is_believed = changed is not None and changed <= received + _BELIEVED
    date_text = event.changed_at if is_believed else ""
    return f"{date_text} {event.seq:019d}"


def seen_at(event: FeedEvent) -> datetime:
    """Return the browser's time of an event, or the arrival if they are more than a day apart."""
    body, received = parsed(event.event.get("timestamp")), arrival(event)
    return body if body and abs(body - received) <= _BELIEVED else received


def arrival(event: FeedEvent) -> datetime:
    """Return the time of arrival."""
    return parsed(event.received_at) or datetime(1970, 1, 1, tzinfo=UTC)


def parsed(text: Any) -> datetime | None:
    """Return the UTC time of an ISO 8601 text, or None if it is not valid or out of range."""
    return _parsed(text) if isinstance(text, str) and len(text) <= _LONGEST_DATE else None


@lru_cache(10_000)  # the dates of an event are needed again and again
def _parsed(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


def section(event: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object within an event, empty if it is missing."""
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def objects(event: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of an array within an event."""
    value = event.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def identity(value: Any) -> str:
    """Return the key of an id, "" for a placeholder."""
    text = value if isinstance(value, str) else _text(value)
    return _identity(text) if len(text) <= _LONGEST_CACHED else _identity.__wrapped__(text)


@lru_cache(20_000)  # the same few products, visits and customers come again and again
def _identity(text: str) -> str:
    text = text.strip()
    return "" if text in ("", "0") else key(text)


def label(value: Any, length: int = LABEL) -> str:
    """Return a text for display; one that is too long ends with an ellipsis."""
    return _label(_text(value)[:_LONGEST_CACHED], length)


@lru_cache(10_000)
def _label(text: str, length: int) -> str:
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _NOT_STORABLE.sub(" ", text))
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def amounts(event: dict[str, Any], currency: str, names: Iterable[str]) -> list[int]:
    """Return amounts in the minor unit of a currency."""
    places = digits(currency)
    return [minor(event.get(name), places) for name in names]


def whole(value: Any) -> int:
    """Return a quantity; raise AmountError if it is too large to count."""
    return minor(value, 0)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) else ""

"""An index from people to the events about them."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from jirafe_api.contract.kinds import V1_TRACKED, Event
from jirafe_api.storage.personal_data import (
    PURCHASES,
    customers_in,
    emails_of,
    ids_of,
    purchases_in,
    visit_of,
)
from jirafe_api.storage.tables import DIGEST_SIZE

_WITH_CUSTOMER = frozenset((*PURCHASES, "customer", *V1_TRACKED))
_WITH_MENTIONS = frozenset((*V1_TRACKED, "employee"))

# Addresses in search terms and URLs, even if they are not well-formed.
_PART = r"[^\s@<>\"'()?&=/,;:|]"
_ADDRESS = re.compile(rf"(?<!{_PART}){_PART}++@{_PART}++")


def digest(sort: str, name: str) -> bytes:
    """Return a name's form in the index; `sort` says what kind of name it is."""
    content = f"{sort}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=DIGEST_SIZE).digest()


def names(kind: str, event: Event, body: str) -> set[bytes]:
    """Return the digests of all names in an event that lead to a person.

    `body` is the event as JSON.
    """
    return {digest(sort, name) for sort, name in _names(kind, event, body)}


def _names(kind: str, event: Event, body: str) -> Iterator[tuple[str, str]]:
    if kind in _WITH_CUSTOMER:
        for customer in customers_in(kind, event):
            yield from (("customer", name) for name in ids_of(customer))
            yield from (("email", address) for address in emails_of(customer))
    if kind in V1_TRACKED:
        yield from visit_of(event)
        yield from purchases_in(kind, event)
    if kind in _WITH_MENTIONS and _may_have_address(body):
        yield from (("mention", address) for address in addresses_in(event))


def addresses_in(value: Any) -> Iterator[str]:
    """Yield the e-mail addresses in the texts of a JSON value, in lower case."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from addresses_in(member)
    elif isinstance(value, str) and _may_have_address(value):
        for text in {value, unquote(value), unquote_plus(value)}:
            yield from (found.strip(".").lower() for found in _ADDRESS.findall(text))


def _may_have_address(text: str) -> bool:
    return "@" in text or "%40" in text

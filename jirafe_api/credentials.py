"""Site names and bearer tokens: their format, and the hash that is stored instead of a token."""

import hashlib
import re

from config import parsers

SITE, TOKEN = parsers.SITE, parsers.TOKEN
_BEARER = re.compile(rf"bearer +({TOKEN.pattern}) *", re.IGNORECASE)


def bearer(header: str) -> str | None:
    """Return the token of an `Authorization` header, or None if it has no bearer token."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def digest(token: str) -> str:
    """Return the SHA-256 of a token in 64 hexadecimal digits, which is stored and compared."""
    return hashlib.sha256(token.encode()).hexdigest()


def loggable(site: str) -> str:
    """Return a well-formed site name unchanged, and `(malformed)` for anything else."""
    return site if SITE.fullmatch(site) else "(malformed)"

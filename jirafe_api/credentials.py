"""Site identifiers and bearer tokens: their form, and the only form in which a token is kept."""

import hashlib
import re

from config import parsers

SITE, TOKEN = parsers.SITE, parsers.TOKEN
_BEARER = re.compile(rf"bearer +({TOKEN.pattern}) *", re.IGNORECASE)


def bearer(header: str) -> str | None:
    """The token of an `Authorization` header, or None where it is not a bearer token."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def digest(token: str) -> str:
    """The SHA-256 of a token in 64 hexadecimal digits: what is stored and compared."""
    return hashlib.sha256(token.encode()).hexdigest()


def loggable(site: str) -> str:
    """The site as a log line may show it: itself where well formed, else `(malformed)`."""
    return site if SITE.fullmatch(site) else "(malformed)"

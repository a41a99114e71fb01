"""Access to the pages: two passwords, a signed cookie, and a check against forged requests."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

LIFETIME = 12 * 3600
"""Seconds that a sign-in lasts."""

_TRIES = 10
_WINDOW = 300.0
_MOST_REMEMBERED = 10_000
_SLOWED = 1.0
"""Seconds that each further attempt from a shared address takes."""

_PROOF = "proof"
_SINCE = "since"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Right(IntEnum):
    """What a password allows; a higher right includes the lower ones."""

    NONE = 0
    READ = 1
    OPERATE = 2


@dataclass(frozen=True)
class Passwords:
    """The passwords for each right; without any, sign-in is impossible."""

    dashboard: Sequence[str] = ()
    operator: Sequence[str] = ()

    @property
    def are_set(self) -> bool:
        """Return whether anybody can sign in."""
        return bool(self.dashboard or self.operator)

    def right_of(self, password: str) -> Right:
        """Return the right that a password gives; compare all passwords in constant time."""
        operate = [_same(password, one) for one in self.operator]
        read = [_same(password, one) for one in self.dashboard]
        if any(operate):
            return Right.OPERATE
        return Right.READ if any(read) else Right.NONE

    def sign_in(self, session: Any, password: str, now: float) -> Right:
        """Start the session if the password is correct, and return its right."""
        right = self.right_of(password)
        if right:
            session.clear()
            session[_PROOF] = self._proof(password)
            session[_SINCE] = int(now)
        return right

    def right_in(self, session: Any, now: float) -> Right:
        """Return the right of a session, which ends when its password changes."""
        since, proof = session.get(_SINCE), session.get(_PROOF)
        if not isinstance(since, int) or not isinstance(proof, str):
            return Right.NONE
        if not 0 <= now - since < LIFETIME:
            return Right.NONE
        if any(_same(proof, self._proof(one)) for one in self.operator):
            return Right.OPERATE
        if any(_same(proof, self._proof(one)) for one in self.dashboard):
            return Right.READ
        return Right.NONE

    def signing_key(self) -> bytes:
        """Return a key for signing cookies that all processes derive alike from the passwords."""
        if not self.are_set:
            return secrets.token_bytes(32)
        words = "\n".join([*self.operator, "", *self.dashboard]).encode()
        return hashlib.scrypt(words, salt=b"jirafe backoffice", n=2**14, r=8, p=1, dklen=32)

    @staticmethod
    def _proof(password: str) -> str:
        """Return a digest for the cookie, from which the password cannot be recovered."""
        return hmac.new(password.encode(), b"jirafe session", hashlib.sha256).hexdigest()[:32]


class Throttle:
    """Limits wrong passwords per client address: ten in five minutes.

    Behind an unknown proxy, many people share an address. It is slowed down instead of blocked, so
    that a stranger cannot lock the merchant out.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._failures: dict[str, list[float]] = {}

    def is_blocked(self, client: str, *, is_shared: bool = False) -> bool:
        """Return whether the client has to wait; if its address is shared, wait here instead."""
        with self._lock:
            is_over = len(self._recent(client)) >= _TRIES
        if is_over and is_shared:
            self._sleep(_SLOWED)
        return is_over and not is_shared

    def record_failure(self, client: str) -> None:
        """Count a wrong password."""
        with self._lock:
            times = [*self._recent(client)[1 - _TRIES :], self._monotonic()]
            self._failures.pop(client, None)  # so that the oldest is always the first
            self._failures[client] = times
            if len(self._failures) > _MOST_REMEMBERED:
                del self._failures[next(iter(self._failures))]

    def _recent(self, client: str) -> list[float]:
        earliest = self._monotonic() - _WINDOW
        return [one for one in self._failures.get(client, ()) if one > earliest]


def is_forged(method: str, headers: Any, host: str) -> bool:
    """Return whether a request that changes something comes from another website.

    Browsers send Sec-Fetch-Site, older ones Origin, and programs neither. This is the rule of Go's
    http.CrossOriginProtection.
    """
    if method in SAFE_METHODS:
        return False
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != host


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

"""Check that a site's token is valid, before a message can have any effect."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress

from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result

KEPT = 300.0
"""Seconds for which a proof is valid; each accepted event renews it."""

MOST = 10_000
"""The maximum number of proofs in memory."""

Prove = Callable[[str, str, float], Result]
"""Asks the API, before a deadline, whether it would accept events of a site with a token."""

_LATE = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")


class Proof:
    """The known proofs of sites' tokens, of which it stores only digests."""

    def __init__(self, prove: Prove, now: Callable[[], float] = time.monotonic) -> None:
        self._prove = prove
        self._now = now
        self._lock = threading.Lock()
        self._ends: dict[tuple[str, bytes], float] = {}
        self._asking: dict[tuple[str, bytes], Future[Result]] = {}

    def of(self, site: str, token: str, deadline: float) -> Result:
        """Return ACCEPTED if the token is the site's, otherwise a result with the reason.

        Concurrent calls for the same site and token ask the API once.
        """
        key = digested(site, token)
        with self._lock:
            if self._is_known(key):
                return ACCEPTED
            answer, is_first = self._asking.get(key), False
            if answer is None:
                answer, is_first = Future(), True
                self._asking[key] = answer
        if is_first:
            return self._ask(key, site, token, deadline, answer)
        try:
            return answer.result(max(0, deadline - self._now()))
        except LateError:
            return _LATE

    def is_known(self, site: str, token: str, patience: float = 0) -> bool:
        """Whether a token was proven lately to be the site's.

        Wait up to `patience` seconds for a check in progress.
        """
        key = digested(site, token)
        answer = self._asking.get(key)
        if patience and answer:
            with suppress(LateError):
                answer.result(patience)
        with self._lock:
            return self._is_known(key)

    def note(self, site: str, token: str, outcome: Outcome) -> None:
        """Renew the proof after an accepted event, and drop it if the token was refused."""
        key = digested(site, token)
        with self._lock:
            if outcome is Outcome.UNAUTHORIZED:
                self._ends.pop(key, None)
            elif outcome is Outcome.ACCEPTED:
                self._keep(key)

    def _ask(
        self,
        key: tuple[str, bytes],
        site: str,
        token: str,
        deadline: float,
        answer: Future[Result],
    ) -> Result:
        result = _LATE
        try:
            result = self._prove(site, token, deadline)
        finally:
            with self._lock:
                del self._asking[key]
                if result.outcome is Outcome.ACCEPTED:
                    self._keep(key)
            answer.set_result(result)
        return result

    def _is_known(self, key: tuple[str, bytes]) -> bool:
        return self._ends.get(key, 0) > self._now()

    def _keep(self, key: tuple[str, bytes]) -> None:
        self._ends.pop(key, None)  # so that the oldest is always the first
        self._ends[key] = self._now() + KEPT
        if len(self._ends) > MOST:
            del self._ends[next(iter(self._ends))]


def digested(site: str, token: str) -> tuple[str, bytes]:
    """Return a site and a digest of a token."""
    return site, hashlib.sha256(token.encode()).digest()

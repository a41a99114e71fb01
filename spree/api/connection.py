"""HTTP to a shop, with limits on time, size, retries and request rate."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)
from urllib3.exceptions import HTTPError

from spree.api.errors import CredentialError, ShopError, ShopUnavailableError

Params = Mapping[str, Any]

_CHUNK = 64 * 1024
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_backoff = wait_random_exponential(multiplier=1, max=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of requests to a shop; times are in seconds.

    Requests start at least `interval` apart. If the shop asks to wait, the connection waits up to
    `longest_wait`; longer waits are up to the caller.
    """

    connect_time: float = 5
    answer_time: float = 60
    answer_bytes: int = 32 * 1024 * 1024
    tries: int = 4
    interval: float = 0
    longest_wait: float = 120


class Connection:
    """Sends requests to one shop. Not thread-safe."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take a session, which its owner closes, and the shop's URL.

        Raise ShopError if the URL is not valid, or has a user or a query.
        """
        _require_address(url)
        session.trust_env = False  # a .netrc must not replace the credential
        self._session = session
        self._url = url.rstrip("/")
        self._limits = limits or Limits()
        self._clock = clock
        self._sleep = sleep
        self._next_start = clock()

    def get(
        self, path: str, headers: Mapping[str, str], params: Params | None = None
    ) -> dict[str, Any] | None:
        """Return the JSON object at the path, or None if there is nothing (404).

        Raise CredentialError, ShopUnavailableError after some retries, or another ShopError.
        """
        return self._retried("GET", path, headers, {"params": params or {}})

    def post(self, path: str, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Post a form, and return the JSON object in the answer, or None for 404."""
        return self._retried("POST", path, {}, {"data": form})

    def _retried(
        self, method: str, path: str, headers: Mapping[str, str], content: dict[str, Any]
    ) -> dict[str, Any] | None:
        retrying = Retrying(
            retry=retry_if_exception_type(ShopUnavailableError),
            stop=_stop_after(self._limits),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        result: dict[str, Any] | None = retrying(self._ask, method, path, headers, content)
        return result

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], content: dict[str, Any]
    ) -> dict[str, Any] | None:
        self._keep_apart()
        ends = self._clock() + self._limits.answer_time
        try:
            with self._session.request(
                method,
                f"{self._url}{path}",
                headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
                timeout=(self._limits.connect_time, self._limits.answer_time),
                allow_redirects=False,  # which would take the credential elsewhere
                stream=True,
                **content,
            ) as answer:
                what = f"{method} {path}"
                return self._read(answer, what, ends) if _is_there(answer, what) else None
        except (requests.RequestException, HTTPError) as error:
            # Not chained, because the texts of these errors quote the URL and would be logged.
            kind = type(error).__name__
            raise ShopUnavailableError(f"{method} {path}: no answer ({kind}).") from None

    def _keep_apart(self) -> None:
        wait = self._next_start - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next_start = self._clock() + self._limits.interval

    def _read(self, answer: requests.Response, what: str, ends: float) -> dict[str, Any]:
        body = bytearray()
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > self._limits.answer_bytes:
                raise ShopError(f"{what}: the answer is too large.")
            if self._clock() > ends:
                raise ShopUnavailableError(f"{what}: the answer took too long.")
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ShopError(f"{what}: the answer is not JSON.") from None
        if not isinstance(value, dict):
            raise ShopError(f"{what}: the answer is not a JSON object.")
        return value


def segment(text: str) -> str:
    """Return a number or id as one segment of a path. Raise ShopError if it cannot be one."""
    if not text.strip("."):
        raise ShopError("A number or id of a record must not be empty or all dots.")
    return quote(text, safe="")


def _require_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or "@" in url or "?" in url or "#" in url:
        raise ShopError("The shop's URL must be https://host, without a user or a query.")


def _is_there(answer: requests.Response, what: str) -> bool:
    """Return whether there is something to read. Raise ShopError if the shop refuses."""
    status = answer.status_code
    if status == 404:
        return False
    if status in (401, 403):
        raise CredentialError(f"{what}: the shop refuses the credential ({status}).")
    if 300 <= status < 400:
        raise ShopError(f"{what}: the shop redirects; use the address that it leads to.")
    if status in _TRANSIENT:
        retry_after = _seconds(answer.headers.get("Retry-After"))
        raise ShopUnavailableError(f"{what}: the shop answers {status}.", retry_after)
    if not 200 <= status < 300:
        raise ShopError(f"{what}: the shop answers {status}.")
    return True


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which may be a date."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    with suppress(ValueError, OverflowError):
        until = parsedate_to_datetime(retry_after)
        if until.tzinfo is not None:
            return max(0.0, (until - datetime.now(UTC)).total_seconds())
    return None


def _wait(state: RetryCallState) -> float:
    return _asked_for(state) or _backoff(state)


def _stop_after(limits: Limits) -> Callable[[RetryCallState], bool]:
    enough = stop_after_attempt(limits.tries)
    return lambda state: enough(state) or _asked_for(state) > limits.longest_wait


def _asked_for(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return getattr(error, "retry_after", None) or 0.0

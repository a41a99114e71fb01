"""The client of the Jirafe Events API: the one place from which events leave."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util import Timeout

from jirafe_endpoint.jirafe import responses
from jirafe_endpoint.jirafe.encoding import Outgoing, request_ids, resource_and_body
from jirafe_endpoint.jirafe.responses import Answer, Failure
from jirafe_endpoint.jirafe.results import Result

TRIES = 3
LONGEST_ANSWER = 10 * 1024 * 1024

_backoff = wait_random_exponential(multiplier=0.1, max=2)


class JirafeClient:
    """Sends events with a site's token, over connections that are used again."""

    def __init__(
        self, session: requests.Session, base_url: str, connect_time: float, post_time: float
    ) -> None:
        """Take the session, the API's URL with its version, and seconds.

        `connect_time` is for one connection, `post_time` for all that one call of `send` does.
        """
        self._session = session
        self._base_url = base_url
        self._connect_time = connect_time
        self._post_time = post_time

    def send(
        self, site: str, token: str, groups: Sequence[Sequence[Outgoing]]
    ) -> list[list[Result]]:
        """Send the events of several messages together, and return each message's results.

        Nothing is raised for what the network or the API do.
        """
        ends = time.monotonic() + self._post_time
        events = [event for group in groups for event in group]
        results = iter(self._results(f"{self._base_url}/{site}", token, events, ends))
        return [[next(results) for _ in group] for group in groups]

    def problem(self, seconds: float) -> str | None:
        """Return what keeps the API from answering, None where it answers anything but 5xx.

        Nothing is sent to it; the answer's body is not read.
        """
        try:
            with self._session.get(
                self._base_url,
                timeout=self._timeout(seconds),  # type: ignore[arg-type]
                allow_redirects=False,
                stream=True,
            ) as answer:
                told: Answer | Failure = Answer(answer.status_code, b"", None)
        except (requests.RequestException, HTTPError) as error:
            told = _failure(error)
        return responses.problem(told)

    def problem_of(self, site: str, token: str) -> str | None:
        """Return why the API would not take events of the site, None where it would.

        It is sent a batch without events.
        """
        ends = time.monotonic() + self._post_time
        url = f"{self._base_url}/{site}/batch"
        return responses.problem_of_site(self._ask(url, _headers(token, ""), b"{}", ends))

    def prove(self, site: str, token: str, ends: float) -> Result:
        """Return ACCEPTED if the token is the site's, else why that is not known or not so.

        The API is sent a batch without events.
        """
        url = f"{self._base_url}/{site}/batch"
        ends = min(ends, time.monotonic() + self._post_time)
        return responses.proof(self._ask(url, _headers(token, ""), b"{}", ends))

    def _results(
        self, site_url: str, token: str, events: Sequence[Outgoing], ends: float
    ) -> list[Result]:
        """Return each event's result; a request refused whole is halved to find the culprit."""
        resource, body = resource_and_body(events)
        headers = _headers(token, request_ids(events))
        answer = self._ask(f"{site_url}/{resource}", headers, body, ends)
        if len(events) > 1 and responses.refuses_the_request(answer):
            middle = len(events) // 2
            return [
                result
                for half in (events[:middle], events[middle:])
                for result in self._results(site_url, token, half, ends)
            ]
        return responses.results(answer, events)

    def _ask(
        self, url: str, headers: Mapping[str, str], body: bytes, ends: float
    ) -> Answer | Failure:
        """Return the API's answer, asked again in time where that does no harm."""
        retrying = Retrying(
            retry=retry_if_result(responses.may_be_asked_again),
            stop=stop_after_attempt(TRIES) | stop_before_delay(max(0, ends - time.monotonic())),
            wait=_wait,
            retry_error_callback=_last,
        )
        told: Answer | Failure = retrying(self._try, url, headers, body, ends)
        return told

    def _try(
        self, url: str, headers: Mapping[str, str], body: bytes, ends: float
    ) -> Answer | Failure:
        left = ends - time.monotonic()
        if left <= 0:
            return Failure("Jirafe did not answer in time.", was_sent=False)
        try:
            return self._post(url, headers, body, left)
        except (requests.RequestException, HTTPError) as error:
            return _failure(error)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes, left: float) -> Answer:
        answer = self._session.post(
            url,
            data=body,
            headers=headers,
            timeout=self._timeout(left),  # type: ignore[arg-type]
            allow_redirects=False,
            stream=True,
        )
        content = b""
        for chunk in answer.raw.stream(65536, decode_content=False):
            content += chunk
            if len(content) > LONGEST_ANSWER:
                answer.close()
                break
        return Answer(answer.status_code, content, responses.retry_after(answer.headers))

    def _timeout(self, left: float) -> Timeout:
        return Timeout(total=left, connect=min(left, self._connect_time))


def _headers(token: str, request_ids: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return headers | {"X-Request-ID": request_ids} if request_ids else headers


def _failure(error: Exception) -> Failure:
    """Return what the merchant is told of an error, never its own text, which quotes the URL."""
    if isinstance(error, requests.ConnectTimeout):
        return Failure("Jirafe could not be reached in time.", was_sent=False)
    if isinstance(error, requests.ConnectionError) and _is_refused(error):
        return Failure("Jirafe could not be reached.", was_sent=False)
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return Failure("Jirafe did not answer in time.", was_sent=True)
    return Failure("The connection to Jirafe broke.", was_sent=True)


def _is_refused(error: requests.ConnectionError) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _wait(state: RetryCallState) -> float:
    told: Any = state.outcome.result() if state.outcome else None
    asked = told.retry_after
    return float(asked) if asked is not None else _backoff(state)


def _last(state: RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None

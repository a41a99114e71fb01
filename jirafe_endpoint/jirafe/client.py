"""The client of the Jirafe Events API."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from jirafe_endpoint.jirafe import responses
from jirafe_endpoint.jirafe.encoding import EncodedEvent, request_ids, resource_and_body
from jirafe_endpoint.jirafe.responses import Answer, Failure
from jirafe_endpoint.jirafe.results import Result

TRIES = 3
BACKOFF = 0.1
"""The longest wait before the first retry, in seconds; it doubles with each further retry."""


class Transport(Protocol):
    """Sends requests to the API. Problems of the network or the API are returned, not raised."""

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, deadline: float, /
    ) -> Answer | Failure:
        """Return the answer to a POST below the API's base URL, by the monotonic deadline."""

    def probe(self, seconds: float, /) -> Answer | Failure:
        """Return the answer to a GET of the base URL."""


class JirafeClient:
    """Sends events with a site's token."""

    def __init__(self, transport: Transport, post_time: float) -> None:
        self._transport = transport
        self._post_time = post_time

    def send(
        self, site: str, token: str, events: Sequence[EncodedEvent], deadline: float
    ) -> list[Result]:
        """Send the events together, and return the result of each by the monotonic deadline.

        A request that is refused as a whole is halved to find the events at fault.
        """
        resource, body = resource_and_body(events)
        headers = _headers(token, request_ids(events))
        answer = self._post(f"/{site}/{resource}", headers, body, deadline)
        if len(events) > 1 and responses.refuses_the_request(answer):
            middle = len(events) // 2
            return [
                *self.send(site, token, events[:middle], deadline),
                *self.send(site, token, events[middle:], deadline),
            ]
        return responses.results(answer, events)

    def problem(self, seconds: float) -> str | None:
        """Return why the API cannot be reached within `seconds`, or None. No event is sent."""
        return responses.problem(self._transport.probe(seconds))

    def problem_of(self, site: str, token: str) -> str | None:
        """Return why the API would not accept events of the site, or None. No event is sent."""
        deadline = time.monotonic() + self._post_time
        answer = self._post(f"/{site}/batch", _headers(token, ""), b"{}", deadline)
        return responses.problem_of_site(answer)

    def prove(self, site: str, token: str, deadline: float) -> Result:
        """Return ACCEPTED if the token is the site's, otherwise a result with the reason.

        This sends the API a batch without events.
        """
        deadline = min(deadline, time.monotonic() + self._post_time)
        return responses.proof(self._post(f"/{site}/batch", _headers(token, ""), b"{}", deadline))

    def _post(
        self, path: str, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> Answer | Failure:
        """Return the answer; retry requests that had no effect, as long as time is left."""
        tries = 1
        answer = self._transport.post(path, headers, body, deadline)
        while tries < TRIES and responses.may_be_retried(answer):
            wait = answer.retry_after or random.uniform(0, BACKOFF * 2 ** (tries - 1))  # noqa: S311
            if time.monotonic() + wait >= deadline:
                break
            time.sleep(wait)
            tries += 1
            answer = self._transport.post(path, headers, body, deadline)
        return answer


def _headers(token: str, request_ids: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return headers | {"X-Request-ID": request_ids} if request_ids else headers

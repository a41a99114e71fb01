"""Interpret the API's answers: the result of each event that was sent. Pure functions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from jirafe_endpoint.jirafe.encoding import EncodedEvent
from jirafe_endpoint.jirafe.results import ACCEPTED, RETRY_AFTER, Outcome, Result

_UNREADABLE = Result(Outcome.UNAVAILABLE, reason="Jirafe's answer could not be read.")
_AGAIN = "; the message will be sent again."
_UNAUTHORIZED = {
    "authorization": "Jirafe says that the access token is not for this site. Correct the "
    f"parameter jirafe.site_id or jirafe.access_token{_AGAIN}",
    "invalid_token": "Jirafe does not know the access token. Correct the parameter "
    f"jirafe.access_token{_AGAIN}",
}
_REFUSED = {
    "bad_json": "Jirafe could not read the event.",
    "invalid_type": "Jirafe does not accept this type of event.",
}
_TOO_LARGE = Result(Outcome.REFUSED, {"": "The event is larger than Jirafe accepts."})
_LONGEST_WAIT = 3600

# Per event: as many as our own API reports, and more than a merchant reads.
_MOST_PROBLEMS = 100
_LONGEST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """The API's answer. `retry_after` is in seconds, or None if the API does not ask to wait."""

    status: int
    body: bytes
    retry_after: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason for no answer, and whether the API may have received the request anyway."""

    reason: str
    was_sent: bool
    retry_after: None = None


def may_be_retried(answer: Answer | Failure) -> bool:
    """Whether the request had no effect and may succeed in a moment."""
    if isinstance(answer, Failure):
        return not answer.was_sent
    return answer.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def refuses_the_request(answer: Answer | Failure) -> bool:
    """Whether the whole request was refused because of its size or form."""
    return isinstance(answer, Answer) and answer.status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def results(answer: Answer | Failure, events: Sequence[EncodedEvent]) -> list[Result]:
    """Return the result of each event of a request, single or a batch."""
    if isinstance(answer, Failure):
        return [Result(Outcome.UNAVAILABLE, reason=answer.reason)] * len(events)
    if answer.status != HTTPStatus.OK:
        return [_of_status(answer)] * len(events)
    body = _json(answer.body)
    return [of_event(body)] if len(events) == 1 else _of_batch(body, events)


def problem(answer: Answer | Failure) -> str | None:
    """Return why the API cannot be used now, or None."""
    if isinstance(answer, Failure):
        return answer.reason
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"Jirafe answered with status {answer.status}."
    return None


def problem_of_site(answer: Answer | Failure) -> str | None:
    """Return why a batch without events was not accepted, or None."""
    if isinstance(answer, Failure):
        return answer.reason
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return without_retry(_of_status(answer).reason)
    if answer.status != HTTPStatus.OK:
        return f"Jirafe answered with status {answer.status}."
    return None if isinstance(_json(answer.body), dict) else _UNREADABLE.reason


def without_retry(reason: str) -> str:
    """Return a reason without the promise that the message will be sent again."""
    return reason.replace(_AGAIN, ".")


def proof(answer: Answer | Failure) -> Result:
    """Return whether the answer to a batch without events proves the token.

    An API that refuses the form of the batch has accepted the token first.
    """
    if isinstance(answer, Failure):
        return Result(Outcome.UNAVAILABLE, reason=answer.reason)
    body = _json(answer.body)
    if answer.status == HTTPStatus.OK:
        return ACCEPTED if isinstance(body, dict) else _UNREADABLE
    error_type = body.get("error_type") if isinstance(body, dict) else None
    if answer.status == HTTPStatus.BAD_REQUEST and error_type in ("validation", *_REFUSED):
        return ACCEPTED
    if answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return Result(Outcome.UNAVAILABLE, reason=f"Jirafe answered with status {answer.status}.")
    return _of_status(answer)


def retry_after(header: str | None) -> int | None:
    """Return the seconds, at most an hour, that a Retry-After header asks for, or None."""
    try:
        seconds = Retry().parse_retry_after(header or "")
    except (InvalidHeader, ValueError, OverflowError):
        return None
    return max(1, min(int(seconds), _LONGEST_WAIT))


def _of_status(answer: Answer) -> Result:
    """Return the result of every event of a request that was not accepted."""
    body = _json(answer.body)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _unauthorized(body.get("error_type") if isinstance(body, dict) else None)
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _TOO_LARGE
    if answer.status == HTTPStatus.BAD_REQUEST:
        return of_event(body)
    reason = f"Jirafe answered with status {answer.status}."
    # A 503 means that the API is busy. Any other 5xx may be caused by one event.
    is_server_error = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_server_error &= answer.status != HTTPStatus.SERVICE_UNAVAILABLE
    return Result(
        Outcome.UNAVAILABLE,
        reason=reason,
        retry_after=answer.retry_after or RETRY_AFTER,
        is_server_error=is_server_error,
    )


def _of_batch(body: Any, events: Sequence[EncodedEvent]) -> list[Result]:
    """Return each event's own result, found by its kind and its position within its kind."""
    results = {
        kind: iter(body[kind])
        for kind, count in Counter(event.kind for event in events).items()
        if isinstance(body, dict) and isinstance(body.get(kind), list) and len(body[kind]) == count
    }
    return [of_event(next(results[e.kind])) if e.kind in results else _UNREADABLE for e in events]


def of_event(body: Any) -> Result:
    """Return the result of one event from the API's answer to it."""
    if not isinstance(body, Mapping):
        return _UNREADABLE
    if body.get("success") is True:
        return ACCEPTED
    error_type = body.get("error_type")
    if error_type == "validation":
        return Result(Outcome.REFUSED, _words(body.get("errors")))
    if isinstance(error_type, str) and error_type in _REFUSED:
        return Result(Outcome.REFUSED, {"": _REFUSED[error_type]})
    if isinstance(error_type, str) and error_type in _UNAUTHORIZED:
        return _unauthorized(error_type)
    return _UNREADABLE


def _unauthorized(error_type: object) -> Result:
    known = error_type if error_type == "authorization" else "invalid_token"
    return Result(Outcome.UNAUTHORIZED, reason=_UNAUTHORIZED[known])


def _words(errors: Any) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        return {"": "No reason was given."}
    reported = islice(errors.items(), _MOST_PROBLEMS)
    return {str(path)[:_LONGEST_WORDS]: str(words)[:_LONGEST_WORDS] for path, words in reported}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None

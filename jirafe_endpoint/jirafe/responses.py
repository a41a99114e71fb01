"""What the API's answers mean for the events that were sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from jirafe_endpoint.jirafe.encoding import Outgoing
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result

_UNREADABLE = Result(Outcome.UNAVAILABLE, reason="Jirafe's answer could not be read.")
_AGAIN = "; the message will be sent again."
_UNAUTHORIZED = {
    "authorization": "Jirafe says that the access token is not for this site. Mend the parameter "
    f"jirafe.site_id or jirafe.access_token{_AGAIN}",
    "invalid_token": "Jirafe does not know the access token. Mend the parameter "
    f"jirafe.access_token{_AGAIN}",
}
_REFUSED = {
    "bad_json": "Jirafe could not read the event.",
    "invalid_type": "Jirafe does not take this type of event.",
}
_TOO_LARGE = Result(Outcome.REFUSED, {"": "The event is larger than Jirafe takes."})
_LONGEST_WAIT = 3600

# Of one event: as many as our own API tells, and more than a merchant reads.
_MOST_PROBLEMS = 100
_LONGEST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered; `retry_after` are the seconds it asks to wait, None where not."""

    status: int
    body: bytes
    retry_after: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, and whether the API can have seen the request all the same."""

    reason: str
    was_sent: bool
    retry_after: None = None


def may_be_asked_again(told: Answer | Failure) -> bool:
    """Whether the request did nothing, and may do better in a moment."""
    if isinstance(told, Failure):
        return not told.was_sent
    return told.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def refuses_the_request(told: Answer | Failure) -> bool:
    """Whether the request was refused whole, for its size or its form."""
    return isinstance(told, Answer) and told.status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def results(told: Answer | Failure, events: Sequence[Outgoing]) -> list[Result]:
    """Return what became of each event of a request, a lone one or a batch."""
    if isinstance(told, Failure):
        return [Result(Outcome.UNAVAILABLE, reason=told.reason)] * len(events)
    if told.status != HTTPStatus.OK:
        return [_of_status(told)] * len(events)
    body = _json(told.body)
    return [_of_event(body)] if len(events) == 1 else _of_batch(body, events)


def problem(told: Answer | Failure) -> str | None:
    """Return why the API is of no use now, None where it can be asked."""
    if isinstance(told, Failure):
        return told.reason
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"Jirafe answered with status {told.status}."
    return None


def problem_of_site(told: Answer | Failure) -> str | None:
    """Return what is wrong with an answer to a batch without events, None where it is welcome."""
    if isinstance(told, Failure):
        return told.reason
    if told.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _of_status(told).reason.replace(_AGAIN, ".")
    if told.status != HTTPStatus.OK:
        return f"Jirafe answered with status {told.status}."
    return None if isinstance(_json(told.body), dict) else _UNREADABLE.reason


def proof(told: Answer | Failure) -> Result:
    """Return whether a token is proven by the answer to a batch without events.

    An API that refuses the batch for its form has looked at the token before.
    """
    if isinstance(told, Failure):
        return Result(Outcome.UNAVAILABLE, reason=told.reason)
    body = _json(told.body)
    if told.status == HTTPStatus.OK:
        return ACCEPTED if isinstance(body, dict) else _UNREADABLE
    error_type = body.get("error_type") if isinstance(body, dict) else None
    if told.status == HTTPStatus.BAD_REQUEST and error_type in ("validation", *_REFUSED):
        return ACCEPTED
    if told.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return Result(Outcome.UNAVAILABLE, reason=f"Jirafe answered with status {told.status}.")
    return _of_status(told)


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that the API asks to wait, within bounds; None where it does not."""
    try:
        seconds = Retry().parse_retry_after(headers.get("Retry-After", ""))
    except (InvalidHeader, ValueError, OverflowError):
        return None
    return max(1, min(int(seconds), _LONGEST_WAIT))


def _of_status(told: Answer) -> Result:
    """Return the result of every event of a request that was not taken."""
    body = _json(told.body)
    if told.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _unauthorized(body.get("error_type") if isinstance(body, dict) else None)
    if told.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _TOO_LARGE
    if told.status == HTTPStatus.BAD_REQUEST:
        return _of_event(body)
    reason = f"Jirafe answered with status {told.status}."
    if told.retry_after is None:
        return Result(Outcome.UNAVAILABLE, reason=reason)
    return Result(Outcome.UNAVAILABLE, reason=reason, retry_after=told.retry_after)


def _of_batch(body: Any, events: Sequence[Outgoing]) -> list[Result]:
    """Return each event's own result, told by its kind and its place among its kind."""
    told = {
        kind: iter(body[kind])
        for kind, count in Counter(event.kind for event in events).items()
        if isinstance(body, dict) and isinstance(body.get(kind), list) and len(body[kind]) == count
    }
    return [_of_event(next(told[e.kind])) if e.kind in told else _UNREADABLE for e in events]


def _of_event(body: Any) -> Result:
    """Return the result that the API gives for one event."""
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
    told = error_type if error_type == "authorization" else "invalid_token"
    return Result(Outcome.UNAUTHORIZED, reason=_UNAUTHORIZED[told])


def _words(errors: Any) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        return {"": "No reason was given."}
    told = islice(errors.items(), _MOST_PROBLEMS)
    return {str(path)[:_LONGEST_WORDS]: str(words)[:_LONGEST_WORDS] for path, words in told}


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None

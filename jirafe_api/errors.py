"""Every error response: type, status and body.

Refused
├── BadJson        400 bad_json
├── InvalidType    400 invalid_type
├── Invalid        400 validation
│   └── Implausible    422 validation
├── InvalidToken   403 invalid_token
├── NotAuthorized  403 authorization
├── Missing        404 unknown
├── NotFound       404 not_found
├── TooLarge       413 too_large
├── BadEncoding    415 bad_encoding
└── RateLimited    429 rate_limited

Every other failure is 503 unknown: the caller should send the event again later.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from jirafe_api.credentials import loggable

logger = logging.getLogger(__name__)

Answer = dict[str, Any]

RETRY_AFTER = 10
"""Seconds to wait after a 503."""


class Refused(Exception):  # noqa: N818 - named after the decision, like its kinds
    """A request, or one event in a batch, that the caller has to correct."""

    status = 400
    error_type = "unknown"
    headers: Mapping[str, str] = {}

    def answer(self) -> Answer:
        """Return the JSON object to answer with."""
        return {"success": False, "error_type": self.error_type}


class BadJson(Refused):
    """The body is incomplete, or is not strict JSON."""

    error_type = "bad_json"


class InvalidType(Refused):
    """There is no such kind of event."""

    error_type = "invalid_type"


class Invalid(Refused):
    """The JSON does not fit its schema; `errors` has the messages by path."""

    error_type = "validation"

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Take the messages by path, such as `items.0.price`."""
        super().__init__()
        self.errors = dict(errors)

    def answer(self) -> Answer:
        """Return the JSON object to answer with, including the errors."""
        return super().answer() | {"errors": self.errors}


class Implausible(Invalid):
    """The JSON fits its schema, but its content cannot be right; version 1 only."""

    status = 422


class InvalidToken(Refused):
    """The bearer token is missing or unknown."""

    status = 403
    error_type = "invalid_token"


class NotAuthorized(Refused):
    """The token belongs to another site, or the browser's page may not send for the site."""

    status = 403
    error_type = "authorization"


class Missing(Refused):
    """There is no such resource."""

    status = 404

    def answer(self) -> Answer:
        """Return the JSON object to answer with."""
        return unknown("Not found.")


class NotFound(Refused):
    """There is no event with this id."""

    status = 404
    error_type = "not_found"


class TooLarge(Refused):
    """A body of too many bytes or values, or a batch of too many events."""

    status = 413
    error_type = "too_large"
    message = "A request may have 10 MB, 100,000 events and 600,000 values; send them in parts."

    def answer(self) -> Answer:
        """Return the JSON object to answer with, and what to do about it."""
        return super().answer() | {"message": self.message}


class TooLargeToTrack(TooLarge):
    """The pageview or visit has too many bytes."""

    message = "A pageview or a visit may have 64 kB."


class TooLargeWrapper(TooLarge):
    """The version 1 wrapper has too many bytes, or repeats too many in its events."""

    message = (
        "A wrapper may have 256 kB, and so may all that is repeated in each of its events: "
        "org, site, timestamp, page, visit and customer."
    )


class BadEncoding(Refused):
    """The body is compressed in a way other than gzip."""

    status = 415
    error_type = "bad_encoding"
    headers: Mapping[str, str] = {"Accept-Encoding": "gzip"}
    message = "Send the body as it is, or compressed by gzip."

    def answer(self) -> Answer:
        """Return the JSON object to answer with, and what to do about it."""
        return super().answer() | {"message": self.message}


class GzipRefused(BadEncoding):
    """The pageview, visit or wrapper is compressed, which browsers never do."""

    headers: Mapping[str, str] = {"Accept-Encoding": "identity"}
    message = "Send the body as it is, not compressed."


class RateLimited(Refused):
    """Too many requests from one address, too many bytes for one site, or no room in memory."""

    status = 429
    error_type = "rate_limited"

    def __init__(self, seconds_to_wait: int) -> None:
        """Take the seconds after which the request can be sent again."""
        super().__init__()
        self.headers = {"Retry-After": str(seconds_to_wait)}


def register(app: Flask) -> None:
    """Answer every failure of `app` with JSON and `success: false`, and none with a 500."""
    app.register_error_handler(Refused, lambda error: (error.answer(), error.status, error.headers))
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, _unexpected)


def unknown(message: str | None) -> Answer:
    """Return the JSON object for a failure that has no type of its own."""
    return {"success": False, "error_type": "unknown", "message": message}


def http_error(error: HTTPException) -> Response:
    """Return the JSON answer to a request that Flask refuses."""
    response = error.get_response()
    response.data = json.dumps(unknown(error.description))
    response.content_type = "application/json"
    return response


def _unexpected(error: Exception) -> tuple[Answer, int, dict[str, str]]:
    site = loggable((request.view_args or {}).get("site", ""))
    logger.error("Answered 503 to %s of site %s", request.endpoint, site, exc_info=error)
    message = "An unexpected error occurred. Please try again later."
    return unknown(message), 503, {"Retry-After": str(RETRY_AFTER)}

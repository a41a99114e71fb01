"""What the API answers when it does not accept, and with which status: here and nowhere else.

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
└── BadEncoding    415 bad_encoding

Whatever else goes wrong is 503 unknown: the caller sends the event again later.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from jirafe_api.credentials import loggable

logger = logging.getLogger(__name__)

Answer = dict[str, Any]


class Refused(Exception):  # noqa: N818 - named after the decision, like its kinds
    """A request, or one event of a batch, that the caller has to change."""

    status = 400
    error_type = "unknown"
    headers: ClassVar[Mapping[str, str]] = {}

    def answer(self) -> Answer:
        """The JSON object to answer with."""
        return {"success": False, "error_type": self.error_type}


class BadJson(Refused):
    """The body cannot be read, or is not JSON that can be kept."""

    error_type = "bad_json"


class InvalidType(Refused):
    """There is no such kind of event."""

    error_type = "invalid_type"


class Invalid(Refused):
    """The JSON is not what it has to be; `errors` has a message by path."""

    error_type = "validation"

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Takes the messages by path, such as `items.0.price`."""
        super().__init__()
        self.errors = dict(errors)

    def answer(self) -> Answer:
        """The JSON object to answer with, errors included."""
        return super().answer() | {"errors": self.errors}


class Implausible(Invalid):
    """The JSON has the right form, and says what cannot be; version 1 alone minds."""

    status = 422


class InvalidToken(Refused):
    """No bearer token, or one that nobody was given."""

    status = 403
    error_type = "invalid_token"


class NotAuthorized(Refused):
    """A token, but not of this site; or a browser on a page that may not send for it."""

    status = 403
    error_type = "authorization"


class Missing(Refused):
    """There is nothing of that name to be had."""

    status = 404

    def answer(self) -> Answer:
        """The JSON object to answer with."""
        return unknown("There is nothing of that name here.")


class NotFound(Refused):
    """No event of this id."""

    status = 404
    error_type = "not_found"


class TooLarge(Refused):
    """A body of too many bytes, or a batch of too many events."""

    status = 413
    error_type = "too_large"
    message = "A request may have 10 MB and 100,000 events; send them in parts."

    def answer(self) -> Answer:
        """The JSON object to answer with, and what to do about it."""
        return super().answer() | {"message": self.message}


class TooLargeToTrack(TooLarge):
    """A pageview or a visit of too many bytes."""

    message = "A pageview or a visit may have 64 kB."


class TooLargeWrapper(TooLarge):
    """A wrapper of version 1 of too many bytes, or whose events would be too many together."""

    message = "A wrapper may have 256 kB, and 10 MB once it is joined to each of its events."


class BadEncoding(Refused):
    """A body that is compressed in another way than gzip."""

    status = 415
    error_type = "bad_encoding"
    headers: ClassVar[Mapping[str, str]] = {"Accept-Encoding": "gzip"}

    def answer(self) -> Answer:
        """The JSON object to answer with, and what to do about it."""
        return super().answer() | {"message": "Send the body as it is, or compressed by gzip."}


def register(app: Flask) -> None:
    """Makes every failure of `app` answer JSON with `success: false`, and none of them 500."""
    app.register_error_handler(Refused, lambda error: (error.answer(), error.status, error.headers))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def unknown(message: str | None) -> Answer:
    """The JSON object for a failure that has no name of its own."""
    return {"success": False, "error_type": "unknown", "message": message}


def _http_error(error: HTTPException) -> Response:
    response = error.get_response()
    response.data = json.dumps(unknown(error.description))
    response.content_type = "application/json"
    return response


def _unexpected(error: Exception) -> tuple[Answer, int]:
    site = loggable((request.view_args or {}).get("site", ""))
    logger.error("Answered 503 to %s of site %s", request.endpoint, site, exc_info=error)
    return unknown("An unexpected error occurred. Please try again later."), 503

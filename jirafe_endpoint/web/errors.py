"""Turns exceptions into answers: the only place that knows the hub's statuses."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from jirafe_endpoint.errors import (
    EndpointError,
    MerchantMustActError,
    RefusedMessageError,
    TooManyError,
    TryAgainError,
    UnreadableMessageError,
)
from jirafe_endpoint.messages.message import Reply
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.messages.services import SERVICES, dialect_at
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.web.home import is_for_people, lost

STATUSES: dict[type[EndpointError], HTTPStatus] = {
    UnreadableMessageError: HTTPStatus.BAD_REQUEST,
    RefusedMessageError: HTTPStatus.OK,
    MerchantMustActError: HTTPStatus.INTERNAL_SERVER_ERROR,
    TryAgainError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooManyError: HTTPStatus.TOO_MANY_REQUESTS,
}
"""The status of each error. The hub retries after any status but 200."""

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Answer every error of the application in the hub's form."""
    app.register_error_handler(EndpointError, _of_message)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_bug)


def _of_message(error: EndpointError) -> ResponseReturnValue:
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TryAgainError) else {}
    record = message_log.current()
    record.outcome, record.why = error.outcome, error.why
    body = _answer(error.notifications, error.message_id)
    return body, STATUSES[type(error)], headers


def _of_http(error: HTTPException) -> ResponseReturnValue:
    note = Notification("error", error.name, error.description or error.name)
    headers = dict(error.get_headers())
    headers.pop("Content-Type", None)
    record = message_log.current()
    record.outcome, record.why = "rejected", error.name
    status = error.code or HTTPStatus.BAD_REQUEST
    if is_for_people():
        return _page(note, status, headers)
    return _answer([note]), status, headers


def _page(note: Notification, status: int, headers: dict[str, str]) -> ResponseReturnValue:
    """Answer a browser that opened an address without a page."""
    title, text = note.subject, note.description
    if request.path.strip("/") in SERVICES:
        title = "Messages arrive here"
        text = "The hub posts messages to this address, so there is nothing to look at."
    elif status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        status, title = HTTPStatus.NOT_FOUND, "There is no page here"
        text = "Nothing is served at this address. Check it, or continue from here."
    return lost(title, text), status, headers | {"Vary": "Accept"}


def _of_bug(error: Exception) -> ResponseReturnValue:
    """Answer an unexpected exception with 503, so that the hub sends the message again."""
    log.error("Unexpected %s", type(error).__name__, exc_info=error)
    record = message_log.current()
    record.outcome, record.why = "failed", type(error).__name__
    note = Notification(
        "error", "The message could not be processed.", "An unexpected error occurred."
    )
    answer = _answer([note], record.message_id)
    return answer, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"}


def _answer(
    notifications: Sequence[Notification], message_id: str | int | None = None
) -> dict[str, Any]:
    return dialect_at(request.path).answer(Reply(notifications, message_id))

"""Reading the body of a request."""

from contextlib import ExitStack

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from jirafe_api.errors import BadJson, RateLimited
from jirafe_api.web.bodies import LARGEST, RETRY_AFTER, Bodies
from jirafe_endpoint.errors import TooManyError
from jirafe_endpoint.messages import notifications

MOST_CONTAINERS = 50_000
"""The most objects and lists in a message, several times those of the largest order of a real shop.

However short one is, it takes a hundred bytes or more of memory and some microseconds to read.
"""

MOST_VALUES = 250_000
"""The most values in a message. Members with names of their own take 500 bytes of memory each."""


def read_body(held: ExitStack, bodies: Bodies, sender: str = "") -> bytes:
    """Return the request's body, which has room in memory until `held` is closed.

    Raise RequestEntityTooLarge if it is over 10 MB, has more objects and lists than MOST_CONTAINERS
    or more values than MOST_VALUES, BadRequest if the client stops in the middle or is too slow,
    and TooManyError if there is no room.
    """
    try:
        body = bodies.read(held, request.stream, request.content_length, sender)
    except BadJson as error:
        raise BadRequest("The body ended too early or took too long.") from error
    except RateLimited as error:
        raise TooManyError([notifications.no_room()], retry_after=RETRY_AFTER) from error
    _check(body)
    return body


def _check(body: bytes) -> None:
    """Refuse what would take too much memory or time.

    Braces, brackets and commas in texts count too, as nothing is parsed here.
    """
    if len(body) > LARGEST:
        raise RequestEntityTooLarge("The message is larger than 10 MB.")
    containers = body.count(b"{") + body.count(b"[")
    if containers > MOST_CONTAINERS:
        raise _too_many(MOST_CONTAINERS, "objects and lists")
    if containers + body.count(b",") > MOST_VALUES:
        raise _too_many(MOST_VALUES, "values")


def _too_many(most: int, what: str) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The message has more than {most:,} {what}.")

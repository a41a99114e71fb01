"""Reading the body of a request."""

from typing import IO

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

LIMIT = 10 * 1024 * 1024
"""The largest message, in bytes: what Jirafe accepts in one request."""

MOST_CONTAINERS = 50_000
"""The most objects and lists in a message, several times those of the largest order of a real shop.

However short one is, it takes a hundred bytes or more of memory and some microseconds to read.
"""

MOST_VALUES = 250_000
"""The most values in a message. Members with names of their own take 500 bytes of memory each."""

_CHUNK = 64 * 1024


def read_body(stream: IO[bytes]) -> bytes:
    """Return the whole body.

    Raise RequestEntityTooLarge if it is over 10 MB, has more objects and lists than MOST_CONTAINERS
    or more values than MOST_VALUES, and BadRequest if the client stops in the middle or is too
    slow. Braces, brackets and commas in texts count too, as nothing is parsed here.
    """
    body = bytearray()
    try:
        while len(body) <= LIMIT and (chunk := stream.read(_CHUNK)):
            body += chunk
    except Exception as error:  # servers raise different errors for a damaged body
        raise BadRequest("The body ended too early or took too long.") from error
    if len(body) > LIMIT:
        raise RequestEntityTooLarge("The message is larger than 10 MB.")
    containers = body.count(b"{") + body.count(b"[")
    if containers > MOST_CONTAINERS:
        raise _too_many(MOST_CONTAINERS, "objects and lists")
    if containers + body.count(b",") > MOST_VALUES:
        raise _too_many(MOST_VALUES, "values")
    return bytes(body)


def _too_many(most: int, what: str) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The message has more than {most:,} {what}.")

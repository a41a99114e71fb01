"""Reading the body of a request."""

from typing import IO

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

LIMIT = 10 * 1024 * 1024
"""The largest message, in bytes: what Jirafe accepts in one request."""

_CHUNK = 64 * 1024


def read_body(stream: IO[bytes]) -> bytes:
    """Return the whole body.

    Raise RequestEntityTooLarge if it is over 10 MB, and BadRequest if the client stops in the
    middle or is too slow.
    """
    body = bytearray()
    try:
        while len(body) <= LIMIT and (chunk := stream.read(_CHUNK)):
            body += chunk
    except Exception as error:  # servers differ in what a broken body raises
        raise BadRequest("The body ended too early or took too long.") from error
    if len(body) > LIMIT:
        raise RequestEntityTooLarge("The message is larger than 10 MB.")
    return bytes(body)

"""The body of a request, within bounds."""

from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from flask import Response, g, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

LIMIT = 10 * 1024 * 1024
"""The largest message, in bytes: as much as Jirafe takes in one request."""

_MOST_DRAINED = 64 * 1024 * 1024
_CHUNK = 64 * 1024


def read_body(stream: IO[bytes]) -> bytes:
    """Return the whole body.

    Raises RequestEntityTooLarge past 10 MB, and BadRequest where the hub stops in the middle.
    """
    body = b"".join(_chunks(stream, LIMIT + 1))
    if len(body) > LIMIT:
        raise RequestEntityTooLarge("The message is larger than 10 MB.")
    return body


def drain(response: Response) -> Response:
    """Return the response once the rest of the body has been read, up to 64 MB.

    A caller that is cut off while it sends sees a broken pipe in place of the answer. One that
    stopped sending is not waited for again.
    """
    if "body_is_broken" in g:
        return response
    with suppress(BadRequest):
        for _ in _chunks(request.stream, _MOST_DRAINED):
            pass
    return response


def _chunks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    while most > 0 and (chunk := _next(stream, min(most, _CHUNK))):
        most -= len(chunk)
        yield chunk


def _next(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:  # servers differ in what a broken body raises
        g.body_is_broken = True
        raise BadRequest("The body ended too early.") from error

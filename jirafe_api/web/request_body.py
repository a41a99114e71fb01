"""Read request bodies of limited size as JSON values."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO, Any

from flask import request

from jirafe_api.errors import BadEncoding, BadJson, GzipRefused, TooLarge
from jirafe_api.strict_json import parse

LIMIT = 10 * 1024 * 1024
MOST_VALUES = 600_000
"""The most values of a body: 100,000 events of six. Some take 500 bytes of memory each.

Commas count, also in texts, as they are counted before anything is parsed.
"""

_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")


def json_of_client() -> Any:
    """Return the JSON value of a body of up to 10 MB and MOST_VALUES values, decompressing gzip."""
    encoding = _encoding()
    if encoding not in (*_PLAIN, *_GZIP):
        raise BadEncoding
    content = read(request.stream)
    content = gunzip(content) if encoding in _GZIP else content
    if content.count(b",") >= MOST_VALUES:
        raise TooLarge
    return json_of(content)


def json_of_browser(limit: int, refusal: type[TooLarge]) -> Any:
    """Return the JSON value of a body of up to `limit` bytes; browsers never compress."""
    if _encoding() not in _PLAIN:
        raise GzipRefused
    return json_of(read(request.stream, limit, refusal))


def json_of(content: bytes) -> Any:
    """Return the value of strict JSON. Raise BadJson if it is not valid."""
    try:
        return parse(content)
    except ValueError as error:
        raise BadJson from error


def read(stream: IO[bytes], limit: int = LIMIT, refusal: type[TooLarge] = TooLarge) -> bytes:
    """Return the whole body. Raise `refusal` past `limit` bytes, BadJson if it is cut off."""
    content = b"".join(_chunks(stream, limit + 1))
    if len(content) > limit:
        raise refusal
    return content


def gunzip(content: bytes) -> bytes:
    """Return the decompressed bytes. Raise TooLarge past 10 MB, BadJson if they are damaged."""
    try:
        decoded = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadJson from error
    if len(decoded) > LIMIT:
        raise TooLarge
    return decoded


def _encoding() -> str:
    return (request.content_encoding or "").strip().lower()


def _chunks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    while most > 0 and (chunk := _next_chunk(stream, min(most, 65536))):
        most -= len(chunk)
        yield chunk


def _next_chunk(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:  # servers raise different errors for a damaged body
        raise BadJson from error

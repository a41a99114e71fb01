"""Read request bodies of limited size as JSON values."""

import gzip
import io
import zlib
from contextlib import ExitStack
from typing import Any

from flask import request

from jirafe_api.api import current_api
from jirafe_api.errors import BadEncoding, BadJson, GzipRefused, TooLarge
from jirafe_api.strict_json import parse
from jirafe_api.web.bodies import LARGEST, SMALL, Bodies

MOST_VALUES = 600_000
"""The most values of a body: 100,000 events of six. Some take 500 bytes of memory each.

Commas count, also in texts, as they are counted before anything is parsed.
"""

_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")


def json_of_client(held: ExitStack, site: str) -> Any:
    """Return the JSON value of a body of up to 10 MB and MOST_VALUES values, decompressing gzip.

    The site has room for it until `held` is closed.
    """
    encoding = _encoding()
    if encoding not in (*_PLAIN, *_GZIP):
        raise BadEncoding
    announced, is_gzip = request.content_length, encoding in _GZIP
    if is_gzip and (announced or 0) > SMALL:
        announced = LARGEST  # to which it may inflate
    bodies = current_api().clients
    content = _read(held, bodies, announced, site, LARGEST, TooLarge)
    if is_gzip:
        if len(content) <= SMALL:
            held.enter_context(bodies.room(len(gunzip(content)), site))
        content = gunzip(content)
    if content.count(b",") >= MOST_VALUES:
        raise TooLarge
    return json_of(content)


def json_of_browser(held: ExitStack, limit: int, refusal: type[TooLarge]) -> Any:
    """Return the JSON value of a body of up to `limit` bytes; browsers never compress.

    The client's address has room for it until `held` is closed.
    """
    if _encoding() not in _PLAIN:
        raise GzipRefused
    bodies, address = current_api().browsers, request.remote_addr or ""
    return json_of(_read(held, bodies, request.content_length, address, limit, refusal))


def _read(
    held: ExitStack,
    bodies: Bodies,
    announced: int | None,
    sender: str,
    most: int,
    refusal: type[TooLarge],
) -> bytes:
    content = bodies.read(held, request.stream, announced, sender, most)
    if len(content) > most:
        raise refusal
    return content


def json_of(content: bytes) -> Any:
    """Return the value of strict JSON. Raise BadJson if it is not valid."""
    try:
        return parse(content)
    except ValueError as error:
        raise BadJson from error


def gunzip(content: bytes) -> bytes:
    """Return the decompressed bytes. Raise TooLarge past 10 MB, BadJson if they are damaged."""
    try:
        decoded = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadJson from error
    if len(decoded) > LARGEST:
        raise TooLarge
    return decoded


def _encoding() -> str:
    return (request.content_encoding or "").strip().lower()

"""The body of a request: its bytes within bounds, and the JSON value that they stand for."""

import gzip
import io
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from flask import g, request
from werkzeug.wrappers import Response

from jirafe_api.errors import BadEncoding, BadJson, TooLarge

LIMIT = 10 * 1024 * 1024
MOST_DRAINED = 64 * 1024 * 1024
DEPTH = 100
_ENCODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}
"""The content encodings that are taken, and whether each is gzip."""


def value(limit: int = LIMIT, refusal: type[TooLarge] = TooLarge) -> Any:
    """The JSON value that the request at work stands for, decoded where it came as gzip.

    BadEncoding where it came as anything else; `refusal` and BadJson as below.
    """
    encoding = (request.content_encoding or "").strip().lower()
    if encoding not in _ENCODINGS:
        raise BadEncoding
    content = read(request.stream, limit, refusal)
    return parse(gunzip(content, limit, refusal) if _ENCODINGS[encoding] else content)


def read(stream: IO[bytes], limit: int = LIMIT, refusal: type[TooLarge] = TooLarge) -> bytes:
    """The whole body; `refusal` beyond `limit` bytes, BadJson where not all of it is sent."""
    content = b"".join(_chunks(stream, limit + 1))
    if len(content) > limit:
        raise refusal
    return content


def gunzip(content: bytes, limit: int = LIMIT, refusal: type[TooLarge] = TooLarge) -> bytes:
    """What was compressed; `refusal` beyond `limit` bytes, inflating no more, BadJson if broken."""
    try:
        decoded = gzip.GzipFile(fileobj=io.BytesIO(content)).read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadJson from error
    if len(decoded) > limit:
        raise refusal
    return decoded


def drain(response: Response) -> Response:
    """The same response, after what the caller still sends was read, up to 64 MB.

    Callers that are cut off while they send see a broken pipe instead of the answer.
    """
    if "body_is_broken" in g:
        return response
    with suppress(BadJson):
        for _ in _chunks(request.stream, MOST_DRAINED):
            pass
    return response


def parse(content: bytes) -> Any:
    """The value of strict JSON in UTF-8, nested at most 100 deep; BadJson for all else.

    Refused are also what Python alone would take: UTF-16, NaN, Infinity and numbers that become
    one, and objects that name a member twice and differently, of which it would keep the last, or
    an array or an object twice, which may be meant as two. The bound on depth
    leaves room to check, keep and show a value without a RecursionError.
    """
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise BadJson from error
    if _deeper_than(DEPTH, value):
        raise BadJson
    return value


def _chunks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    while most > 0 and (chunk := _next_chunk(stream, min(most, 65536))):
        most -= len(chunk)
        yield chunk


def _next_chunk(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:  # servers differ in what a broken body raises
        g.body_is_broken = True
        raise BadJson from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        times = Counter(name for name, _ in members)
        for name, told in members:
            if times[name] > 1 and (isinstance(told, dict | list) or told != value[name]):
                raise ValueError("a member is there twice")
    return value


def _deeper_than(depth: int, value: Any) -> bool:
    level: list[Any] = [[value]]
    while level and depth >= 0:
        members = (parent.values() if isinstance(parent, dict) else parent for parent in level)
        level = [one for some in members for one in some if isinstance(one, dict | list)]
        depth -= 1
    return bool(level)

import io
import json

import pytest
from flask import Flask

from jirafe_api.body import DEPTH, LIMIT, parse, read
from jirafe_api.errors import BadJson, TooLarge


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"{} {}",
        b"NaN",
        b'{"a": [Infinity]}',
        b"-Infinity",
        b"1e999",
        b"[-1e999]",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32"),
        b'"\x00"',
        b"1" * 4301,
        b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_this_is_bad_json(content):
    with pytest.raises(BadJson):
        parse(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b' {"a": [1, 1.5, "x", null, true]} ', {"a": [1, 1.5, "x", None, True]}),
        ('"é\\u00e9"'.encode(), "éé"),
        (rb'"\ud800"', "\ud800"),
        (rb'"\u0000"', "\0"),
        (b"1" * 50, int("1" * 50)),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_this_is_good_json(content, value):
    assert parse(content) == value


def test_a_value_may_be_nested_a_hundred_deep():
    text = "[" * DEPTH + "]" * DEPTH
    assert json.dumps(parse(text.encode())) == text


def test_a_body_of_10_mb_is_read_and_a_byte_more_is_too_large():
    assert read(io.BytesIO(b"x" * LIMIT)) == b"x" * LIMIT
    with pytest.raises(TooLarge):
        read(io.BytesIO(b"x" * (LIMIT + 1)))


def test_a_body_that_breaks_off_is_bad_json():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    with Flask("reading").app_context(), pytest.raises(BadJson):
        read(Broken())

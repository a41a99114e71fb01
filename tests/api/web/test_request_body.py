import gzip
import json
import math
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jirafe_api import strict_json
from jirafe_api.errors import BadJson, TooLarge
from jirafe_api.strict_json import DEPTH
from jirafe_api.web.bodies import LARGEST
from jirafe_api.web.request_body import gunzip, json_of


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
        b'{"a": 1, "a": 2}',
        rb'{"\u0000": 1, "\ud800": 2}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": [1], "a": [1]}',
        b'[{"b": {"a": 1, "b": 2, "a": "1"}}]',
    ],
)
def test_invalid_json_is_refused(content):
    with pytest.raises(BadJson):
        json_of(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b' {"a": [1, 1.5, "x", null, true]} ', {"a": [1, 1.5, "x", None, True]}),
        ('"é\\u00e9"'.encode(), "éé"),
        (rb'"\ud800"', "\ufffd"),
        (rb'"a\u0000b\uDc00\ud83d\ude00\ud800\ud800"', "a\ufffdb\ufffd😀\ufffd\ufffd"),
        (rb'"\\u0000\\\u0000\\ud800"', "\\u0000\\\ufffd\\ud800"),
        (rb'{"\u0000": "\ud800\u0041"}', {"\ufffd": "\ufffdA"}),
        (b"1" * 50, int("1" * 50)),
        (b'[{"a": {"a": 1}}, {"a": 2, "A": 2}]', [{"a": {"a": 1}}, {"a": 2, "A": 2}]),
        (b'{"status": "accepted", "id": 1, "status": "accepted"}', {"status": "accepted", "id": 1}),
    ],
)
def test_valid_json_is_read(content, value):
    assert json_of(content) == value


NAMES = st.sampled_from(["a", "b", '"', "\\", '\\"', "é", "{", "\t"])
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63) - 1, 2**64, 10**25, -0.0])


@st.composite
def documents(draw, depth=3):
    """Return a text of JSON, maybe with a member twice and a mistake in it."""
    kind = draw(
        st.sampled_from(["object", "list", "name", "number"] if depth else ["name", "number"])
    )
    if kind == "name":
        return json.dumps(draw(NAMES), ensure_ascii=draw(st.booleans()))
    if kind == "number":
        return json.dumps(draw(NUMBERS))
    below = draw(st.lists(documents(depth - 1), max_size=4))
    if kind == "list":
        return f"[{', '.join(below)}]"
    return f"{{{', '.join(f'{json.dumps(draw(NAMES))}: {one}' for one in below)}}}"


def outcome(read, content):
    try:
        return repr(read(content))
    except ValueError:
        return "refused"


def slowly(content):
    """Return what Python's own parser finds, asked about every member and number."""

    def number(text):
        assert math.isfinite(float(text))
        return float(text)

    def members(pairs):
        last = dict(pairs)
        for name, value in pairs if len(last) < len(pairs) else ():
            is_twice = [other for other, _ in pairs].count(name) > 1
            assert not is_twice or (value == last[name] and not isinstance(value, dict | list))
        return last

    def refuse(_constant):
        raise AssertionError

    try:
        return json.loads(
            content.decode(), parse_float=number, parse_constant=refuse, object_pairs_hook=members
        )
    except AssertionError as error:
        raise ValueError from error


@given(documents(), st.sampled_from([None, '"', "}", "\\"]))
@settings(max_examples=300, deadline=None)
def test_json_is_read_as_by_pythons_own_parser_with_no_digit_lost(text, mistake):
    content = (text if mistake is None else text.replace(mistake, "", 1)).encode()

    assert outcome(strict_json.parse, content) == outcome(slowly, content)


def test_a_value_may_be_nested_a_hundred_deep():
    text = "[" * DEPTH + "]" * DEPTH
    assert json.dumps(json_of(text.encode())) == text


TEXTS_LIKE_NESTING = st.lists(st.text('[]{}"\\,x', max_size=8), max_size=9)


@given(TEXTS_LIKE_NESTING, TEXTS_LIKE_NESTING, st.sampled_from([DEPTH, DEPTH + 1]))
@settings(deadline=None)
def test_brackets_in_texts_do_not_count_as_nesting(before, after, depth):
    text = json.dumps(before)
    for level in range(depth - 1):
        text = f"[{text},{{}}]" if level % 2 else f'{{{json.dumps(str(after))}: {text}, "": []}}'

    if depth > DEPTH:
        with pytest.raises(BadJson):
            json_of(text.encode())
    else:
        assert json_of(text.encode()) == json.loads(text)


@pytest.mark.parametrize("content", [b"", b"{}", b" " * LARGEST])
def test_compressed_bodies_are_inflated_unchanged(content):
    assert gunzip(gzip.compress(content, mtime=0)) == content


def test_compressed_parts_in_a_row_are_one_body():
    assert gunzip(gzip.compress(b'{"a":', mtime=0) + gzip.compress(b" 1}")) == b'{"a": 1}'


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"\x1f\x8b",
        gzip.compress(b"{}", mtime=0)[:-1],
        gzip.compress(b"{}" * 99, mtime=0)[:-9],
        gzip.compress(b"{}", mtime=0)[:-8] + b"\0" * 8,
        gzip.compress(b"{}", mtime=0)[:12] + b"\xff" * 20,
        gzip.compress(b"{}", mtime=0) + b"{}",
    ],
)
def test_a_body_with_broken_compression_is_bad_json(content):
    with pytest.raises(BadJson):
        gunzip(content)


def test_a_body_that_inflates_beyond_10_mb_is_refused_before_its_end():
    bomb = gzip.compress(b" " * LARGEST, mtime=0) * 1000
    tracemalloc.start()
    with pytest.raises(TooLarge):
        gunzip(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * LARGEST + len(bomb)

"""Every regular expression of the project takes linear time."""

import ast
import importlib
import json
import re
import time

import pytest

from jirafe_api.storage import personal_data
from jirafe_endpoint.state import forgetting
from tests.project.test_project import ROOT, SOURCES, module_name

PARTS = [
    *("a", "0", " ", "@", "?", "=", "-", ".", ",", "%", "\\", "+", "/", ":", "\t", "\n", "'", "<"),
    *(
        "://",
        "bearer ",
        "basic ",
        "key",
        "token=",
        "a=",
        "?a",
        "a@a",
        "a@a.",
        "a.",
        "2026",
        "2026 ",
    ),
    *(
        "=>",
        "#<",
        "2026-01-01",
        "T00:00",
        "+00:00",
        "a ",
        "a,",
        "shop:",
        "https://",
        "-1",
        "1e",
        "é",
    ),
]
ENDS = ["", "\x00", "!", "@", "=x"]
LENGTH = 3_000

NOT_IMPORTED = ("app.py", "gevent_worker.py", "env.py")

BUILT = {
    ("jirafe_api.storage.personal_data", "_any_of"): personal_data._any_of,
    ("jirafe_endpoint.state.forgetting", "_any_of"): forgetting._any_of,
}
"""Functions that build a pattern, of any names."""


def patterns():
    """Return every pattern in the project, from calls of `re`, modules and JSON Schemas."""
    found = {}
    for path in SOURCES:
        for pattern, _ in calls(path):
            if isinstance(pattern, ast.Constant):
                found[pattern.value] = path.name
        if path.name not in NOT_IMPORTED:
            for pattern in compiled(
                list(vars(importlib.import_module(module_name(path))).values())
            ):
                found[pattern] = path.name
    for path in (ROOT / "jirafe_api" / "contract" / "schemas").rglob("*.json"):
        for pattern in of_schema(json.loads(path.read_text())):
            found[pattern] = path.name
    return sorted(found.items())


def calls(path):
    """Yield the pattern of each call of `re`, and the function around it, "" at module level."""
    waiting = [("", ast.parse(path.read_text()))]
    while waiting:
        function, node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name.startswith("re.") and name != "re.escape":
            yield node.args[0], function
        waiting += [(function, child) for child in ast.iter_child_nodes(node)]


def compiled(value):
    """Yield the patterns in a value, also inside lists, tuples, sets and dicts."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value.pattern
    elif isinstance(value, list | tuple | set | frozenset | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from compiled(one)


def of_schema(value):
    """Yield the patterns of a JSON Schema."""
    if isinstance(value, dict) and isinstance(value.get("pattern"), str):
        yield value["pattern"]
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from of_schema(one)


def seconds(pattern, text, times=3):
    """Return how long all ways of applying a pattern take, at best."""
    best = float("inf")
    for _ in range(times):
        start = time.thread_time()
        pattern.sub("", text)
        pattern.fullmatch(text)
        best = min(best, time.thread_time() - start)
    return best


def slow_text(pattern):
    """Return a text for which the time grows faster than its length, None if there is none."""
    for part in PARTS:
        for end in ENDS:
            short, long = (part * (n // len(part)) + end for n in (LENGTH, 2 * LENGTH))
            is_suspect = seconds(pattern, long, times=1) > 0.004
            if is_suspect and seconds(pattern, long) > 3 * seconds(pattern, short):
                return part, end
    return None


@pytest.mark.parametrize(("pattern", "module"), patterns())
def test_patterns_take_linear_time(pattern, module):
    assert slow_text(re.compile(pattern, re.IGNORECASE)) is None


@pytest.mark.parametrize("function", BUILT)
def test_patterns_take_linear_time_whatever_their_names(function):
    names = [part * times for part in PARTS for times in (1, 5)]

    assert slow_text(BUILT[function](names)) is None


def test_a_pattern_that_is_quadratic_is_found():
    assert slow_text(re.compile(r"://[^\s@]++@"))


def test_patterns_are_found_wherever_they_are_written():
    found = dict(patterns())

    assert r"[A-Za-z0-9_-]{1,64}" in found
    assert r"Longest" not in found
    assert any("gutschrift" in pattern for pattern in found)
    assert any("[^\\s@<>" in pattern for pattern in found)
    assert r"^[0-9]+$(?!\n)" in found
    assert list(compiled({"a": [(re.compile("x"),), {re.compile("y")}]})) == ["x", "y"]


def test_every_function_that_builds_a_pattern_is_tried():
    built = {
        (module_name(path), function)
        for path in SOURCES
        for pattern, function in calls(path)
        if function and not isinstance(pattern, ast.Constant)
    }

    assert built == BUILT.keys()

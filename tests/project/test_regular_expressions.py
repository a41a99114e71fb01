"""Every regular expression of the project takes twice the time for twice the text, no more."""

import ast
import importlib
import re
import time

import pytest

from tests.project.test_project import SOURCES, module_name

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

EXEMPT = {r"[^@\s]+@[^@\s]+": "is only ever matched against a whole text, by fullmatch"}
"""Patterns that are quadratic when searched for, and why that does no harm."""


def patterns():
    """Return every pattern in the project, from its constants and from its modules."""
    found = {}
    for path in SOURCES:
        if path.name in ("app.py", "gevent_worker.py", "env.py") or "versions" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.setdefault(first.value, path.name)
        for value in vars(importlib.import_module(module_name(path))).values():
            for one in value if isinstance(value, list | tuple) else [value]:
                for inner in one if isinstance(one, tuple) else [one]:
                    if isinstance(inner, re.Pattern) and isinstance(inner.pattern, str):
                        found[inner.pattern] = path.name
    return sorted(found.items())


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
def test_twice_the_text_takes_twice_the_time(pattern, module):
    if pattern not in EXEMPT:
        assert slow_text(re.compile(pattern, re.IGNORECASE)) is None


def test_a_pattern_that_is_quadratic_is_found():
    assert slow_text(re.compile(r"://[^\s@]++@"))

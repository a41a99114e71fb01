"""What the documents and the architecture promise of the project as a whole."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.endpoint.fixtures import FIXTURES

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "app.py",
    "analytics",
    "backoffice",
    "config",
    "gevent_worker.py",
    "logs.py",
    "database",
    "jirafe_endpoint",
    "jirafe_api",
    "mappers",
    "spree",
)
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in ([ROOT / package] if package.endswith(".py") else (ROOT / package).rglob("*.py"))
)


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def test_the_packages_depend_on_one_another_in_one_direction():
    command = [Path(sys.executable).with_name("lint-imports")]
    checked = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )

    assert checked.returncode == 0, checked.stdout


def test_events_are_sent_from_a_single_function():
    calls = [
        (module_name(path), node.func.attr)
        for path in SOURCES
        if module_name(path).startswith("jirafe_endpoint.jirafe")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"get", "post", "put", "request", "send", "urlopen"}
        and ast.unparse(node.func.value).endswith(("session", "pool"))
    ]

    # The other asks whether the API is there, and sends nothing.
    assert sorted(calls) == [
        ("jirafe_endpoint.jirafe.http_transport", "get"),
        ("jirafe_endpoint.jirafe.http_transport", "urlopen"),
    ]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_modules_and_functions_are_short(path):
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 50]

    assert (len(text.splitlines()) <= 260, long) == (True, [])


def test_every_fixture_has_its_three_files():
    names = {path.name.partition(".")[0] for path in FIXTURES.iterdir()}
    expected = {f"{name}{part}.json" for name in names for part in ("", ".events", ".reply")}

    assert {path.name for path in FIXTURES.iterdir()} == expected


def test_every_requirement_is_pinned_and_each_direct_one_has_its_reason():
    for part in ("", "-celery", "-dev", "-export"):
        document = f"requirements{part}.txt"
        ours, _, brought = read(document).partition("# What those bring along.")
        lines = [line for line in ours.splitlines() if re.match(r"[a-z]", line)]
        assert all(re.fullmatch(r"\S+==\S+ +# .+", line) for line in lines), document
        assert all("==" in line for line in brought.splitlines() if line.strip())


def pinned(text):
    """Return name==version of each requirement, spelled as pip-compile does."""
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==([^\s;]+)", text, re.M)
    return {f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}" for name, version in found}


@pytest.mark.parametrize(
    ("lock", "documents"),
    [
        ("requirements.lock", ["requirements.txt"]),
        (
            "requirements-dev.lock",
            [f"requirements{part}.txt" for part in ("", "-celery", "-export", "-dev")],
        ),
        ("requirements-celery.lock", ["requirements.txt", "requirements-celery.txt"]),
        ("requirements-bench.lock", ["requirements.txt", "requirements-bench.txt"]),
    ],
)
def test_a_lock_file_has_the_versions_of_the_requirements_and_a_hash_of_each(lock, documents):
    """If this fails after a change of the requirements: `make lock`."""
    entries = re.findall(r"^\w.*(?:\n .*)*", read(lock), re.M)

    assert pinned(read(lock)) == set().union(*(pinned(read(one)) for one in documents))
    assert [one for one in entries if " --hash=sha256:" not in one] == []


def test_git_keeps_no_secret_and_no_state():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()

    assert [name for name in listed if re.search(r"(\.env|\.db|\.sqlite3?|\.pem)$", name)] == []


def read(name):
    return (ROOT / name).read_text()

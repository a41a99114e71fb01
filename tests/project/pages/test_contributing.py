"""CONTRIBUTING.md, followed to the letter in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.serving import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "var", "build", "dist")


def blocks():
    """Return (path, language, text) of each code block; a path counts until the next one."""
    found, path = [], None
    for named, language, text in re.findall(
        r"^`([\w./]+)`$|^```(\w+)\n(.*?)^```$", PAGE, flags=re.M | re.S
    ):
        path = named or path
        if language:
            found.append((path, language, text))
    return found


def applied(diff, text):
    """Return a text after a diff without line numbers, whose context must be there just once."""
    lines = [(line[:1], line[1:]) for line in diff.splitlines(keepends=True)]
    before = "".join(rest for sign, rest in lines if sign != "+")
    after = "".join(rest for sign, rest in lines if sign != "-")
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy of the project in which the page was followed."""
    copy = tmp_path_factory.mktemp("followed") / "project"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    for path, language, text in blocks():
        file = copy / path
        assert file.exists() == (language == "diff"), path
        file.write_text(applied(text, file.read_text()) if language == "diff" else text)
    return copy


def run(project, *command):
    """Run a Python module in the project, and return its exit status and output."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=inherited | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_new_message_gets_the_documented_answer_and_becomes_the_documented_event(project):
    tests = ("tests/endpoint/delivery/test_fixtures.py", "tests/endpoint/web/test_manifest.py")
    chosen = ("-k", "stock or type or manifest_describes or page_lists")
    status, output = run(project, "pytest", "-n0", "--no-cov", "-v", *chosen, *tests)

    assert status == 0, output
    for path in ("/", "/import_stock"):
        assert f"_its_fixture[stock_change-{path}] PASSED" in output


def test_the_code_on_the_page_passes_lint(project):
    for command in (("ruff", "format", "--check"), ("ruff", "check")):
        status, output = run(project, *command, "--no-cache", ".")
        assert status == 0, output

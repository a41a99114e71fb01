"""The requirements, looked up in a database of known vulnerabilities."""

import json
import re
import subprocess
import sys

import pytest

from tests.serving import ROOT, free_port
from tests.upstream import Answer, running_upstream

FLAW = {
    "id": "PYSEC-2099-1",
    "summary": "Cookies go to strangers.",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


def audit(url, *arguments):
    done = subprocess.run(
        [sys.executable, ".ci/audit.py", "-s", "osv", "--osv-url", url, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


@pytest.fixture
def database():
    with running_upstream() as running:
        running.answer = lambda _: Answer(200, "{}")
        yield running


def test_every_pinned_requirement_is_looked_up(database):
    files = [ROOT / f"requirements{part}.txt" for part in ("", "-celery", "-dev", "-bench")]
    pinned = {
        (found[1].replace(".", "-"), found[2])
        for file in files
        for found in re.finditer(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", file.read_text(), re.M)
    }

    status, said = audit(database.url)

    asked = {(sent.json["package"]["name"], sent.json["version"]) for sent in database.requests}
    assert asked == pinned
    assert (status, said) == (0, f"{len(pinned)} requirements audited, 0 vulnerabilities.\n")


def test_a_known_vulnerability_fails_and_is_named(database):
    def answer(sent):
        is_flask = sent.json["package"]["name"] == "flask"
        return Answer(200, json.dumps({"vulns": [FLAW]} if is_flask else {}))

    database.answer = answer
    status, said = audit(database.url)

    assert status == 1
    assert "PYSEC-2099-1, fixed in 99.1.\n" in said
    assert said.endswith(" requirements audited, 1 vulnerabilities.\n")


def test_an_unreachable_database_is_reported_and_breaks_nothing():
    status, said = audit(f"http://127.0.0.1:{free_port()}/v1/query")

    assert status == 0
    assert said.startswith("NOT AUDITED: the database of vulnerabilities cannot be reached. ")


@pytest.mark.parametrize("answer", [Answer(503, ""), Answer(200, "<html>Sign in first</html>")])
def test_a_database_with_nonsensical_answers_is_reported_and_breaks_nothing(database, answer):
    database.answer = lambda _: answer
    status, said = audit(database.url)

    assert status == 0
    assert said.startswith("NOT AUDITED: the database of vulnerabilities cannot be reached. ")


def test_an_audit_with_any_other_error_fails(database):
    status, _ = audit(database.url, "--no-such-option")

    assert status == 1

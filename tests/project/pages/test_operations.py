"""The section "Where is order R123?" of docs/operations.md, followed to the letter."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests

from tests.serving import NOT_INHERITED, ROOT, free_port, wait_for
from tests.upstream import running_upstream

PAGE = (ROOT / "docs" / "operations.md").read_text()
(SECTION,) = re.findall(r"^## Where is order R123\?$(.*?)^## ", PAGE, re.M | re.S)
ASK_API, LIST_LETTERS, REPLAY, SEARCH_LOG = re.findall(r"^ {7}(\S.*)$", SECTION, re.M)
OUTCOMES = re.findall(r"^ +\| `(\w+)` \|", SECTION, re.M)
SITE, TOKEN, WRONG_TOKEN = "my-shop", "token-of-my-shop", "another-token-01"
ORDER = {
    "number": "R123",
    "status": "complete",
    "currency": "EUR",
    "placed_on": "2026-03-02T14:20:00Z",
    "updated_at": "2026-03-02T14:20:00Z",
    "totals": {"item": 20, "order": 20},
    "line_items": [{"sku": "TEE-M", "name": "T-shirt", "quantity": 2, "price": 10}],
}

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the page uses curl")


class Operator:
    """A terminal that runs the page's commands unchanged, with the hub beside it.

    `flask`, `curl` and `journalctl` are scripts that use this machine's address, log and site.
    """

    def __init__(self, folder, port, settings):
        self._url = f"http://127.0.0.1:{port}"
        self._bin, self._settings = folder / "bin", settings
        self._bin.mkdir()
        self._script("flask", f'cd {ROOT} && exec {sys.executable} -m flask --app app "$@"')
        self._script("journalctl", f"cat {folder}/log")
        replaced = f'"${{@/https:\\/\\/jirafe.example.com/{self._url}}}"'
        self._script("curl", f"exec {shutil.which('curl')} {replaced}")

    def _script(self, name, line):
        file = self._bin / name
        file.write_text(f"#!/bin/bash\n{line}\n")
        file.chmod(0o700)

    def run(self, command, typed=""):
        """Return the lines that a command prints, parsed if they are JSON."""
        done = subprocess.run(
            ["bash", "-c", command],
            env=self._settings | {"PATH": f"{self._bin}:{os.environ['PATH']}", "TOKEN": TOKEN},
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def deliver(self, token=TOKEN):
        """Deliver the order as the hub does, and return the status of the answer."""
        parameters = {"jirafe.site_id": SITE, "jirafe.access_token": token}
        message = {"message": "order:updated", "message_id": "m-1"}
        payload = {"order": ORDER, "parameters": parameters}
        return requests.post(self._url, json=message | {"payload": payload}, timeout=30).status_code

    def outcomes(self):
        """Return the outcomes that the log has for the order."""
        found = [line["outcome"] for line in self.run(SEARCH_LOG)]
        assert set(found) <= set(OUTCOMES)
        return found


@contextmanager
def operating(folder, **settings):
    """Serve the endpoint while the block runs, and yield its operator."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    settings = inherited | {
        "PYTHONPATH": str(ROOT),
        "APP_ENV": "development",
        "DATABASE_URL": f"sqlite:///{folder}/events.db",
        "WEB_CONCURRENCY": "1",
        **settings,
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "app:app"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--no-control-socket"], cwd=ROOT, env=settings, stdout=log, stderr=log
        )
        try:
            wait_for(port, server)
            yield Operator(folder, port, settings)
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture
def operator(tmp_path):
    with operating(tmp_path, JIRAFE_API_SITES=f"{SITE}:{TOKEN}") as one:
        yield one


def test_a_delivered_order_is_at_the_api_and_in_the_log(operator):
    assert operator.deliver() == 200

    (order,) = operator.run(ASK_API)
    assert order["event"]["order_number"] == "R123"
    assert operator.run(LIST_LETTERS) == []
    assert operator.outcomes() == ["sent"]


def test_an_order_with_a_wrong_token_arrives_with_the_retry_once_it_is_corrected(operator):
    assert operator.deliver(WRONG_TOKEN) == 500

    (answer,) = operator.run(ASK_API)
    assert answer["error_type"] == "not_found"
    assert operator.run(LIST_LETTERS) == []
    assert operator.outcomes() == ["needs_action"]

    assert operator.deliver() == 200
    (order,) = operator.run(ASK_API)
    assert order["event"]["order_number"] == "R123"
    assert operator.outcomes() == ["needs_action", "sent"]


def test_an_order_that_was_never_received_is_nowhere(operator):
    (answer,) = operator.run(ASK_API)

    assert answer["error_type"] == "not_found"
    assert operator.run(LIST_LETTERS) == []
    assert operator.outcomes() == []


def test_an_order_that_jirafe_refused_is_a_dead_letter_that_can_be_replayed(tmp_path):
    refusal = {"success": False, "error_type": "validation", "errors": {"total": "too odd"}}
    with running_upstream() as upstream, operating(tmp_path, JIRAFE_API_URL=upstream.url) as one:
        upstream.always(400, json.dumps(refusal))
        assert one.deliver() == 200

        (letter,) = one.run(LIST_LETTERS)
        assert letter["errors"] == [
            "Jirafe refused the order-accepted event for R123: total: too odd"
        ]
        assert one.outcomes() == ["refused"]

        upstream.always(200, '{"success": true}')
        replay = REPLAY.replace("17", str(letter["id"]))
        assert [note["level"] for note in one.run(replay, f"{TOKEN}\n")] == ["info"]
        assert upstream.requests[-1].json["order_number"] == "R123"

"""What an unexpected error sends to Sentry, and what it does not."""

import gzip
import json
import os
import subprocess
import sys

import pytest

from jirafe_endpoint import config, create_app
from tests.leaks import leaked
from tests.serving import ROOT
from tests.upstream import Answer

# The error contains the input; so do its cause, the locals, the headers, the URL and the body.
SCRIPT = """
import json, logging, sys, threading
from jirafe_endpoint import create_app

envelope = json.load(open("fixtures/order_new.json"))

def clock():
    person = envelope["payload"]["order"]["email"]
    try:
        raise KeyError(person)
    except KeyError as error:
        raise ValueError(f"{person} lives at 18 Harbour Lane, token demo-token") from error

app = create_app(clock=clock)
logging.getLogger("library").info("a breadcrumb of %s", envelope["payload"]["order"]["email"])
headers = {
    "X-Hub-Token": "demo-token",
    "Authorization": "Bearer demo-token",
    "Cookie": "who=Okafor",
    "X-Request-ID": "r-1",
}
answer = app.test_client().post("/import_new_order?who=Okafor", json=envelope, headers=headers)
assert answer.status_code == 503, answer.status_code
logging.getLogger("jirafe_endpoint").error("A letter to %s", "june.okafor@example.com")
thread = threading.Thread(target=clock)
thread.start()
thread.join()
"""


def run(tmp_path, script, *words, **settings):
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"} | settings
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def content(sent):
    zipped = sent.headers["Content-Encoding"] == "gzip"
    return (gzip.decompress(sent.body) if zipped else sent.body).decode()


@pytest.fixture
def dsn(upstream):
    upstream.answer = lambda _: Answer(200, "{}")
    return upstream.url.replace("http://", "http://0123abc@").replace("/v2", "/42")


def test_an_unexpected_error_is_reported_without_the_request(tmp_path, upstream, dsn):
    sites = "demo-shop:demo-token"
    run(tmp_path, SCRIPT, "--token", "demo-token", SENTRY_DSN=dsn, JIRAFE_API_SITES=sites)

    assert {sent.path for sent in upstream.requests} == {"/api/42/envelope/"}
    text = "\n".join(map(content, upstream.requests))
    events = [json.loads(line) for line in text.splitlines() if '"timestamp"' in line]
    event, letter, uncaught = sorted(events, key=lambda one: one["timestamp"])
    assert [(one["type"], one["value"]) for one in event["exception"]["values"]] == [
        ("KeyError", ""),
        ("ValueError", ""),
    ]
    places = [
        frame["function"] for frame in event["exception"]["values"][-1]["stacktrace"]["frames"]
    ]
    assert places[-1] == "clock"
    assert event["logentry"] == {"formatted": "Unexpected ValueError"}
    assert event["request"] == {"method": "POST"}
    assert event["tags"] == {"request_id": "r-1"}
    assert event["release"] == "jirafe-endpoint@1.0.0"
    assert letter["logentry"] == {"formatted": "A letter to (e-mail)"}
    assert [one["type"] for one in uncaught["exception"]["values"]] == ["KeyError", "ValueError"]
    assert leaked(text) == []


def test_an_expected_error_is_not_reported(tmp_path, upstream, dsn):
    script = (
        "from jirafe_endpoint import create_app\n"
        "client = create_app().test_client()\n"
        "assert client.post('/', data=b'{').status_code == 400\n"
        "assert client.post('/nothing').status_code == 404\n"
    )
    run(tmp_path, script, SENTRY_DSN=dsn)

    assert upstream.requests == []


def test_without_a_dsn_the_library_is_not_even_loaded(tmp_path):
    script = (
        "import sys\nfrom jirafe_endpoint import create_app\ncreate_app()\n"
        "print('sentry_sdk' in sys.modules)"
    )

    assert run(tmp_path, script, SENTRY_DSN="").stdout == "False\n"


@pytest.mark.parametrize(
    "dsn",
    [
        "sentry.example.com",
        "https://sentry.example.com/1",
        "https://key@host/project",
        "ftp://k@h/1",
    ],
)
def test_an_invalid_dsn_is_reported_and_not_shown(dsn):
    with pytest.raises(config.SettingError) as raised:
        create_app(SENTRY_DSN=dsn)

    assert str(raised.value) == "SENTRY_DSN: is not a DSN such as https://KEY@sentry.example.com/1"

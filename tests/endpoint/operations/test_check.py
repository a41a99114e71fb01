"""`flask check`: what an operator asks before anything is sent."""

import json
import os
import subprocess
import sys

import pytest

from tests.endpoint.fixtures import SITE, TOKEN, events_of
from tests.serving import ROOT, free_port
from tests.upstream import Answer

READY = [
    "settings: ok",
    "key: not set; anyone can send messages",
    "state: ok",
    "migrations: ok",
    "api: ok",
]
UNKNOWN_TOKEN = "Jirafe does not know the access token. Correct the parameter jirafe.access_token."

OTHERS_TOKEN = (
    "Jirafe says that the access token is not for this site. Correct the parameter "
    "jirafe.site_id or jirafe.access_token."
)


def check(app, *words, token=None):
    asked = None if token is None else f"{token}\n"
    result = app.test_cli_runner().invoke(args=["check", *words], input=asked)
    return result.exit_code, result.stdout.splitlines()


def test_without_a_site_everything_but_its_token_is_checked(make_app):
    given = [*READY, "token: not checked; name a site with --site"]

    assert check(make_app()) == (0, given)


def test_without_any_site_the_next_step_is_to_add_one(make_app):
    lines = [*READY, "site: none exists; add one with `flask sites add my-shop`"]

    assert check(make_app(JIRAFE_API_SITES="")) == (0, lines)


def test_a_missing_key_fails_in_production(tmp_path):
    settings = {"APP_ENV": "production", "DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "check"],
        cwd=ROOT,
        env=os.environ | settings | {"ENDPOINT_KEY": "", "JIRAFE_API_SITES": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )

    line = done.stdout.splitlines()[1]
    assert (done.returncode, line[:35]) == (1, "key: failed: ENDPOINT_KEY: is not s")


def test_a_site_of_the_hosted_api_needs_no_token(make_app):
    app = make_app()

    assert check(app, "--site", SITE) == (0, [*READY, "token: ok"])
    assert events_of(app.test_client()) == {}


def test_a_site_that_the_hosted_api_does_not_know_fails(make_app):
    problem = "The hosted API does not know site other."

    assert check(make_app(), "--site", "other") == (1, [*READY, f"token: failed: {problem}"])


@pytest.mark.parametrize(
    ("site", "token", "problem"),
    [
        (SITE, "wrong", UNKNOWN_TOKEN),
        ("other", TOKEN, OTHERS_TOKEN),
        ("../v2", TOKEN, "jirafe.site_id: Not a valid value."),
        (SITE, "a b", "jirafe.access_token: Not a valid value."),
    ],
)
def test_a_token_that_is_not_accepted_fails_and_says_why(
    hub_to_upstream, upstream, site, token, problem
):
    answers = {SITE: "invalid_token", "other": "authorization"}
    refusal = json.dumps({"success": False, "error_type": answers.get(site)})
    upstream.proof = Answer(403, refusal)

    assert check(hub_to_upstream.application, "--site", site, token=token) == (
        1,
        [*READY, f"token: failed: {problem}"],
    )


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (Answer(200, "{}"), "ok"),
        (Answer(403, '{"success": false, "error_type": "invalid_token"}'), UNKNOWN_TOKEN),
        (Answer(401, "no"), UNKNOWN_TOKEN),
        (Answer(200, "<html>"), "Jirafe's answer could not be read."),
        (Answer(302, ""), "Jirafe answered with status 302."),
        (Answer(400, "{}"), "Jirafe answered with status 400."),
        (Answer(413, "{}"), "Jirafe answered with status 413."),
        (Answer(500, "{}"), "Jirafe answered with status 500."),
    ],
)
def test_a_remote_api_is_checked_by_a_batch_without_events(
    hub_to_upstream, upstream, answer, given
):
    upstream.answer = lambda sent: Answer(404, "")
    upstream.proof = answer
    verdict = given if given == "ok" else f"failed: {given}"

    assert check(hub_to_upstream.application, "--site", SITE, token=TOKEN) == (
        0 if given == "ok" else 1,
        [*READY, f"token: {verdict}"],
    )
    assert [
        (sent.method, sent.path, sent.body, sent.headers["Authorization"])
        for sent in (*upstream.requests, *upstream.proofs)
    ] == [
        ("GET", "/v2", b"", None),
        ("POST", f"/v2/{SITE}/batch", b"{}", f"Bearer {TOKEN}"),
    ]


def test_the_token_is_prompted_for_and_never_shown(hub_to_upstream):
    words = ["check", "--site", SITE]
    runner = hub_to_upstream.application.test_cli_runner()

    asked = runner.invoke(args=words, input=f"{TOKEN}\n")
    assert (asked.exit_code, asked.stderr) == (0, f"Access token of site {SITE}: \n")
    assert TOKEN not in asked.output
    assert runner.invoke(args=[*words, "--token", TOKEN]).exit_code == 2


def test_a_check_that_fails_is_reported_and_the_others_still_run(make_app):
    app = make_app(JIRAFE_API_URL=f"http://127.0.0.1:{free_port()}/v2")

    assert check(app, "--site", SITE, token=TOKEN) == (
        1,
        [
            *READY[:4],
            "api: failed: Jirafe could not be reached.",
            "token: failed: Jirafe could not be reached.",
        ],
    )


def test_an_invalid_setting_is_named():
    flask = [sys.executable, "-m", "flask", "check"]
    environment = os.environ | {"JIRAFE_TIMEOUT": "soon", "DATABASE_URL": ""}
    done = subprocess.run(
        flask, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr) == (
        3,
        "JIRAFE_TIMEOUT: is not between 0 and 25 seconds\n",
    )

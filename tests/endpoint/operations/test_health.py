"""Whether the process lives, and whether it can work: /health and /ready."""

import threading

import psycopg
import pytest

from jirafe_endpoint.observability import readiness
from jirafe_endpoint.observability.readiness import Readiness
from tests.endpoint.fixtures import TOKEN
from tests.serving import free_port
from tests.waiting import wait_until

ALL_OK = {"status": "ok", "checks": {"state": "ok", "migrations": "ok", "api": "ok"}}
OUTDATED = 'The database\'s schema is outdated: run "flask migrate".'
UNKNOWN = "Not known, because the database cannot be used."


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """Ask each question again."""
    monkeypatch.setattr(readiness, "REUSED", 0.0)


@pytest.fixture
def make_app_on(make_app):
    """Return a maker of applications on Postgres, whose connections are closed at the end."""
    made = []

    def make(url):
        made.append(make_app(DATABASE_URL=url))
        return made[-1]

    yield make
    for app in made:
        app.extensions["jirafe_endpoint_state"].database.close()
        app.extensions["jirafe_api"].store.close()


def checks(app):
    answer = app.test_client().get("/ready")
    assert answer.json["status"] == ("ok" if answer.status_code == 200 else "failed")
    return answer.status_code, answer.json["checks"]


def test_health_and_readiness_need_no_key(make_app):
    hub = make_app(ENDPOINT_KEY="key").test_client()

    assert (hub.get("/health").status_code, hub.get("/health").json) == (200, {"status": "ok"})
    assert (hub.get("/ready").status_code, hub.get("/ready").json) == (200, ALL_OK)


def test_checking_a_site_sends_no_event(hub_to_upstream, upstream):
    assert hub_to_upstream.get("/ready").json == ALL_OK
    (sent,) = upstream.requests
    assert (sent.method, sent.path, sent.body) == ("GET", "/v2", b"")
    assert sent.headers["Authorization"] is None


def test_an_unreachable_api_is_named(make_app):
    app = make_app(JIRAFE_API_URL=f"http://127.0.0.1:{free_port()}/v2")

    assert checks(app) == (
        503,
        {"state": "ok", "migrations": "ok", "api": "Jirafe could not be reached."},
    )


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (200, "ok"),
        (302, "ok"),
        (404, "ok"),
        (500, "Jirafe answered with status 500."),
        (503, "Jirafe answered with status 503."),
    ],
)
def test_an_api_is_reachable_if_it_answers_anything_but_5xx(
    hub_to_upstream, upstream, status, given
):
    upstream.always(status, "{}", Location="http://elsewhere.invalid/")

    assert checks(hub_to_upstream.application)[1]["api"] == given
    assert len(upstream.requests) == 1


def test_an_unusable_database_is_reported_without_address_and_account(make_app, log):
    url = f"postgres://ann:pass-word@127.0.0.1:{free_port()}/shop"
    app = make_app(DATABASE_URL=url)

    assert checks(app) == (
        503,
        {"state": "The database cannot be used.", "migrations": UNKNOWN, "api": "ok"},
    )
    assert app.test_client().get("/health").status_code == 200
    assert "pass-word" not in log.text


def test_missing_or_newer_tables_are_reported(make_app_on, empty_postgres_url):
    app = make_app_on(empty_postgres_url)
    assert checks(app) == (503, {"state": "ok", "migrations": OUTDATED, "api": "ok"})

    assert app.test_cli_runner().invoke(args=["migrate"]).exit_code == 0
    assert checks(app) == (200, ALL_OK["checks"])

    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        connection.execute("UPDATE jirafe_schema_version SET version_num = '9999'")
    newer = "The database's schema is newer than this version of the service."
    assert checks(app) == (503, {"state": "ok", "migrations": newer, "api": "ok"})

    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        connection.execute("DROP TABLE jirafe_schema_version")
    assert checks(app) == (503, {"state": "ok", "migrations": OUTDATED, "api": "ok"})


def test_a_database_that_hangs_is_reported_in_time(make_app_on, postgres_url, monkeypatch):
    monkeypatch.setattr(readiness, "LIMIT", 0.3)
    app = make_app_on(postgres_url)
    wait_until(lambda: checks(app) == (200, ALL_OK["checks"]))
    with psycopg.connect(postgres_url) as connection:
        connection.execute("LOCK TABLE jirafe_schema_version IN ACCESS EXCLUSIVE MODE")
        wait_until(
            lambda: (
                checks(app)
                == (
                    503,
                    {"state": "ok", "migrations": "No answer within 0.3 seconds.", "api": "ok"},
                )
            )
        )
        connection.rollback()

    wait_until(lambda: checks(app) == (200, ALL_OK["checks"]))


def test_a_check_that_hangs_is_reported_in_time_and_runs_once(monkeypatch):
    monkeypatch.setattr(readiness, "LIMIT", 0.3)
    entered, go = [], threading.Event()
    checks = Readiness({"api": lambda: entered.append(1) or (go.wait(20) and None)})

    callers = [threading.Thread(target=checks.problems) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)

    assert checks.problems() == {"api": "No answer within 0.3 seconds."}
    assert len(entered) == 1
    go.set()
    wait_until(lambda: checks.problems() == {"api": None})


def test_a_result_is_reused_for_a_while_however_often_it_is_requested(monkeypatch):
    monkeypatch.setattr(readiness, "REUSED", 60)
    asked = []
    checks = Readiness({"one": lambda: asked.append(1)})

    for _ in range(100):
        assert checks.problems() == {"one": None}
    assert len(asked) == 1


def test_a_check_that_crashes_is_not_ready_and_shows_no_error_text(log):
    def broken():
        raise ValueError(TOKEN)

    assert Readiness({"one": broken}).problems() == {"one": "Unexpected ValueError."}
    assert "Not ready: one: Unexpected ValueError." in log.messages

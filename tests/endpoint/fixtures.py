"""Fixtures of the tests of the endpoint."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from jirafe_endpoint import create_app
from tests.leaks import watch_answer
from tests.upstream import Upstream, running_upstream

FIXTURES = Path(__file__).parents[2] / "fixtures"
SITE, TOKEN = "demo-shop", "demo-token"

KINDS = ("cart", "order", "category", "product", "customer")


def fixture(name: str) -> Any:
    """Return the JSON of fixtures/<name>.json."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def message(kind: str, payload: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Return a hub message with the demo site's parameters, and more."""
    fields = {"site_id": SITE, "access_token": TOKEN, **parameters}
    listed = [{"name": f"jirafe.{name}", "value": value} for name, value in fields.items()]
    return {"message": kind, "message_id": "m-1", "payload": {**payload, "parameters": listed}}


def events_of(client: FlaskClient, site: str = SITE, token: str = TOKEN) -> dict[str, list[Any]]:
    """Return all events that the hosted API holds of a site, by kind, oldest first."""
    headers = {"Authorization": f"Bearer {token}"}
    pages = {
        kind: client.get(f"/jirafe/v2/{site}/{kind}?limit=500", headers=headers).json
        for kind in KINDS
    }
    assert all(page["next"] is None for page in pages.values())
    return {
        kind: [entry["event"] for entry in reversed(page["events"])]
        for kind, page in pages.items()
        if page["events"]
    }


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in (
        "ENDPOINT_KEY",
        "JIRAFE_API_URL",
        "JIRAFE_API_SITES",
        "DATABASE_URL",
        "PORT",
        "SENTRY_DSN",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "development")


@pytest.fixture
def make_app(tmp_path: Path) -> Callable[..., Flask]:
    """Return a maker of applications with a database of their own and the demo site."""

    def make(**overrides: Any) -> Flask:
        settings = {
            "DATABASE_URL": f"sqlite:///{tmp_path}/events.db",
            "JIRAFE_API_SITES": f"{SITE}:{TOKEN}",
        }
        app = create_app(**{**settings, **overrides})
        app.testing = False  # errors are answered, as in production
        app.after_request(watch_answer)
        return app

    return make


@pytest.fixture
def hub(make_app: Callable[..., Flask]) -> FlaskClient:
    """Return a client of the endpoint with the hosted API inside."""
    return make_app().test_client()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """Return a running Jirafe Events API with answers that the test sets."""
    with running_upstream() as running:
        yield running


@pytest.fixture
def hub_to_upstream(make_app: Callable[..., Flask], upstream: Upstream) -> FlaskClient:
    """Return a client of an endpoint that sends to `upstream`."""
    return make_app(
        JIRAFE_API_URL=upstream.url, JIRAFE_CONNECT_TIMEOUT="1", JIRAFE_TIMEOUT="1"
    ).test_client()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return all that is logged, at every level."""
    caplog.set_level(logging.DEBUG)
    return caplog

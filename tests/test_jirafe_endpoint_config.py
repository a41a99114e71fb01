import dataclasses

import pytest

from jirafe_endpoint import config, create_app
from tests.endpoint_fixtures import fixture

DEFAULTS = config.Settings(
    endpoint_key="",
    jirafe_api_url="",
    jirafe_connect_timeout=3.0,
    jirafe_timeout=10.0,
    delivery_deadline=20.0,
    lane_interval=0.005,
    lane_in_flight=16,
    lane_waiters=256,
    batch_max_events=500,
    breaker_failures=5,
    breaker_pause=5.0,
    retention_days=90,
    sentry_dsn="",
)


def test_without_settings_everything_has_its_default():
    assert config.load() == DEFAULTS


def test_settings_come_from_the_environment_and_overrides_go_first(monkeypatch):
    monkeypatch.setenv("ENDPOINT_KEY", " from-environment ")
    monkeypatch.setenv("JIRAFE_API_URL", "https://jirafe.example.com/v2/")
    monkeypatch.setenv("JIRAFE_TIMEOUT", "7.5")

    assert config.load(JIRAFE_TIMEOUT="8") == dataclasses.replace(
        DEFAULTS,
        endpoint_key="from-environment",
        jirafe_api_url="https://jirafe.example.com/v2",
        jirafe_timeout=8.0,
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (
            "JIRAFE_API_URL",
            "jirafe.example.com",
            "is not a URL such as https://jirafe.example.com/v2",
        ),
        ("JIRAFE_API_URL", "ftp://x/v2", "is not a URL such as https://jirafe.example.com/v2"),
        (
            "JIRAFE_API_URL",
            "https://x/v2?a=1",
            "is not a URL such as https://jirafe.example.com/v2",
        ),
        ("JIRAFE_API_URL", "http://[x/v2", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "http://x:port", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_CONNECT_TIMEOUT", "0", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "26", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "nan", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "soon", "is not between 0 and 25 seconds"),
        ("DELIVERY_DEADLINE", "10", "is not longer than JIRAFE_TIMEOUT"),
        ("LANE_IN_FLIGHT", "0", "is not a whole number from 1 to 999999"),
        ("BATCH_MAX_EVENTS", "many", "is not a whole number from 1 to 999999"),
    ],
)
def test_a_start_with_a_wrong_setting_names_it(name, value, problem):
    with pytest.raises(config.SettingError) as raised:
        create_app(**{name: value})

    assert str(raised.value) == f"{name}: {problem}"


def test_the_key_is_in_no_log_line(make_app, log):
    app = make_app(ENDPOINT_KEY="secret-key")
    app.test_client().post("/", json=fixture("cart_new"), headers={"X-Hub-Token": "other-key"})

    assert "secret-key" not in log.text
    assert "other-key" not in log.text


def test_an_unknown_setting_is_refused(make_app):
    with pytest.raises(ValueError, match="NO_SUCH is not a setting"):
        make_app(NO_SUCH="1")

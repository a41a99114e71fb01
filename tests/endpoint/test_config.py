import dataclasses

import pytest

from jirafe_endpoint import config, create_app
from tests.endpoint.fixtures import fixture

DEFAULTS = config.Settings(
    app_env="development",
    endpoint_key=(),
    jirafe_api_url="",
    jirafe_api_plain_http=False,
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
        endpoint_key=("from-environment",),
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
        (
            "JIRAFE_API_URL",
            "https://x/jirafe/v1/",
            "is of another version of the API; the endpoint speaks version 2",
        ),
        ("JIRAFE_API_URL", "ftp://x/v2", "is not a URL such as https://jirafe.example.com/v2"),
        (
            "JIRAFE_API_URL",
            "https://x/v2?a=1",
            "is not a URL such as https://jirafe.example.com/v2",
        ),
        ("JIRAFE_API_URL", "http://[x/v2", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "http://x:port", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "https://@x/v2", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "https://x\\y", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "https://x y/v2", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_URL", "https://x/v2#", "is not a URL such as https://jirafe.example.com/v2"),
        ("JIRAFE_API_PLAIN_HTTP", "no", "is neither empty nor the word allowed"),
        ("APP_ENV", "staging", "is neither production nor development"),
        (
            "ENDPOINT_KEY",
            "kéy",
            "has a key that a header cannot carry: use letters, digits, - and _",
        ),
        ("JIRAFE_CONNECT_TIMEOUT", "0", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "26", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "nan", "is not between 0 and 25 seconds"),
        ("JIRAFE_TIMEOUT", "soon", "is not between 0 and 25 seconds"),
        ("DELIVERY_DEADLINE", "10", "is not longer than JIRAFE_TIMEOUT"),
        ("DELIVERY_DEADLINE", "22.1", "is not between 0 and 22 seconds"),
        ("LANE_INTERVAL", "-1", "is not between 0 and 25 seconds"),
        ("LANE_IN_FLIGHT", "0", "is not a whole number from 1 to 999999"),
        ("LANE_WAITERS", "1e3", "is not a whole number from 1 to 999999"),
        ("BATCH_MAX_EVENTS", "many", "is not a whole number from 1 to 999999"),
        ("BREAKER_FAILURES", "²", "is not a whole number from 1 to 999999"),
        ("BREAKER_PAUSE", "inf", "is not between 0 and 25 seconds"),
        ("RETENTION_DAYS", "36526", "is not a whole number from 1 to 36525"),
        (
            "DATABASE_URL",
            "mysql://x/y",
            "is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME",
        ),
        ("JIRAFE_API_SITES", "shop", "pair 1 is not of the form site:token"),
    ],
)
def test_a_start_with_a_wrong_setting_names_it(name, value, problem):
    with pytest.raises(config.SettingError) as raised:
        create_app(**{name: value})

    assert str(raised.value) == f"{name}: {problem}"


@pytest.mark.parametrize("name", config.OPTIONS)
def test_every_setting_of_the_endpoint_refuses_nonsense(name):
    with pytest.raises(config.SettingError, match=f"^{name}: "):
        config.load(**{name: "\N{SNOWMAN} nonsense"})


@pytest.mark.parametrize(
    "url", ["http://jirafe.example.com/v2", "HTTP://10.0.0.1/v2", "http://127.1/v2", "http://0/v2"]
)
def test_plain_http_to_another_machine_has_to_be_allowed(url):
    with pytest.raises(config.SettingError) as raised:
        config.load(JIRAFE_API_URL=url)

    assert str(raised.value) == (
        "JIRAFE_API_URL: is http:// to another machine, which shows tokens and personal data to "
        "all between. Use https://, or set JIRAFE_API_PLAIN_HTTP=allowed"
    )
    assert config.load(JIRAFE_API_URL=url, JIRAFE_API_PLAIN_HTTP="allowed").jirafe_api_url == url


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]:8080"])
def test_plain_http_within_the_machine_is_no_matter(host):
    url = f"http://{host}/v2"

    assert config.load(JIRAFE_API_URL=url).jirafe_api_url == url


@pytest.mark.parametrize(
    ("environment", "app_env"),
    [
        ({}, "development"),
        ({"PORT": "5000"}, "production"),
        ({"PORT": ""}, "development"),
        ({"PORT": "5000", "APP_ENV": ""}, "production"),
        ({"PORT": "5000", "APP_ENV": "development"}, "development"),
        ({"APP_ENV": "production"}, "production"),
    ],
)
def test_it_is_production_where_a_platform_sets_the_port_or_where_told(
    monkeypatch, environment, app_env
):
    monkeypatch.delenv("APP_ENV")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert config.load().app_env == app_env


def test_production_does_not_start_without_a_key(make_app):
    with pytest.raises(config.SettingError) as raised:
        make_app(APP_ENV="production")

    assert str(raised.value) == (
        "ENDPOINT_KEY: is not set, so everybody could send messages. Set it, by "
        "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)` or the like; where this is no "
        "production, set APP_ENV=development"
    )


@pytest.mark.parametrize("keys", ["fifteen-letters", "sixteen--letters,fifteen-letters"])
def test_production_does_not_start_with_a_key_that_is_short(make_app, keys):
    with pytest.raises(config.SettingError) as raised:
        make_app(APP_ENV="production", ENDPOINT_KEY=keys)

    assert str(raised.value) == (
        "ENDPOINT_KEY: has a key of fewer than 16 characters, which is not enough in production. "
        "`openssl rand -hex 20` makes a good one"
    )


def test_production_starts_with_a_key_of_16_characters(make_app):
    hub = make_app(APP_ENV="production", ENDPOINT_KEY="sixteen--letters").test_client()

    assert hub.post("/", json=fixture("cart_new")).status_code == 401


def test_the_key_is_in_no_log_line(make_app, log):
    app = make_app(ENDPOINT_KEY="secret-key")
    app.test_client().post("/", json=fixture("cart_new"), headers={"X-Hub-Token": "other-key"})

    assert "secret-key" not in log.text
    assert "other-key" not in log.text


def test_an_unknown_setting_is_refused(make_app):
    with pytest.raises(ValueError, match="NO_SUCH is not a setting"):
        make_app(NO_SUCH="1")

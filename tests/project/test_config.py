"""Settings: how each is parsed, and the line with which an invalid one prevents a start."""

import dataclasses
import logging
from pathlib import Path

import pytest

import config
from jirafe_api import create_api
from jirafe_endpoint import create_app
from tests.endpoint.fixtures import fixture

ROOT = Path(__file__).parents[2]

DEFAULTS = config.Settings(
    app_env="development",
    endpoint_key=(),
    secret_key=(),
    shop_credentials={},
    shop_sync_minutes=60,
    celery_broker_url="",
    jirafe_api_url="",
    jirafe_api_plain_http=False,
    jirafe_connect_timeout=3.0,
    jirafe_timeout=10.0,
    delivery_deadline=20.0,
    retention_days=90,
    sentry_dsn="",
    database_url=f"sqlite:///{ROOT}/var/jirafe.db",
    jirafe_api_sites=(),
    jirafe_tracker_origins={},
    tracker_requests_per_minute=1200,
    tracker_megabytes_per_day=500,
    events_retention_days=0,
    dashboard_password=(),
    operator_password=(),
    locale="en_GB",
    port=None,
    web_concurrency=2,
    threads=2048,
    forwarded_allow_ips="",
    log_format="json",
    log_level="info",
)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for setting in config.SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("APP_ENV", "development")


def test_without_settings_all_defaults_apply():
    assert config.load() == DEFAULTS


def test_settings_come_from_overrides_then_the_environment(monkeypatch):
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
        ("DELIVERY_DEADLINE", "10.9", "is not at least 1 second longer than JIRAFE_TIMEOUT"),
        ("DELIVERY_DEADLINE", "22.1", "is not between 0 and 22 seconds"),
        ("RETENTION_DAYS", "36526", "is not a whole number from 1 to 36525"),
        (
            "CELERY_BROKER_URL",
            "kafka://user:secret@broker.example.com",
            "is neither amqp://USER:PASSWORD@HOST:PORT/NAME nor redis://HOST:PORT/0",
        ),
        (
            "DATABASE_URL",
            "mysql://x/y",
            "is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME",
        ),
        ("EVENTS_RETENTION_DAYS", "-1", "is not a whole number from 0 to 36525"),
        ("PORT", "http", "is not a whole number from 0 to 65535"),
        ("WEB_CONCURRENCY", "0", "is not a whole number from 1 to 99999"),
        ("THREADS", "²", "is not a whole number from 1 to 99999"),
        ("FORWARDED_ALLOW_IPS", "10.0.0", "is neither * nor a list of IP addresses"),
        ("LOG_FORMAT", "xml", "is not one of json, console"),
        ("LOG_LEVEL", "loud", "is not one of debug, info, warning, error, critical"),
        ("JIRAFE_API_SITES", "shop", "pair 1 is not of the form site:token"),
    ],
)
def test_an_invalid_setting_is_named_at_start_up(name, value, problem):
    with pytest.raises(config.SettingError) as raised:
        create_app(**{name: value})

    assert str(raised.value) == f"{name}: {problem}"


@pytest.mark.parametrize("name", [setting.name for setting in config.SETTINGS])
def test_every_setting_refuses_nonsense_and_does_not_show_it(name):
    with pytest.raises(config.SettingError, match=f"^{name}: ") as raised:
        config.load(**{name: "\N{SNOWMAN} nonsense"})

    assert "nonsense" not in str(raised.value)


def test_every_field_of_the_configuration_has_a_setting():
    fields = [field.name for field in dataclasses.fields(config.Settings)]

    assert [setting.name.lower() for setting in config.SETTINGS] == fields


def test_a_deadline_at_its_minimum_still_lets_messages_through(make_app, upstream):
    hub = make_app(
        JIRAFE_API_URL=upstream.url, JIRAFE_TIMEOUT="10", DELIVERY_DEADLINE="11"
    ).test_client()

    assert hub.post("/", json=fixture("cart_new")).status_code == 200


@pytest.mark.parametrize(
    "url", ["http://jirafe.example.com/v2", "HTTP://10.0.0.1/v2", "http://127.1/v2", "http://0/v2"]
)
def test_plain_http_to_another_machine_has_to_be_allowed(url):
    with pytest.raises(config.SettingError) as raised:
        config.load(JIRAFE_API_URL=url)

    assert str(raised.value) == (
        "JIRAFE_API_URL: is http:// to another machine, which sends tokens and personal data "
        "unencrypted. Use https://, or set JIRAFE_API_PLAIN_HTTP=allowed"
    )
    assert config.load(JIRAFE_API_URL=url, JIRAFE_API_PLAIN_HTTP="allowed").jirafe_api_url == url


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]:8080"])
def test_plain_http_to_the_same_machine_is_allowed(host):
    url = f"http://{host}/v2"

    assert config.load(JIRAFE_API_URL=url).jirafe_api_url == url


@pytest.mark.parametrize(
    ("environment", "app_env"),
    [
        ({}, "development"),
        ({"PORT": "5000"}, "production"),
        ({"PORT": "0"}, "production"),
        ({"PORT": ""}, "development"),
        ({"PORT": "5000", "APP_ENV": ""}, "production"),
        ({"PORT": "5000", "APP_ENV": "development"}, "development"),
        ({"APP_ENV": "production"}, "production"),
    ],
)
def test_production_is_detected_by_the_port_or_the_setting(monkeypatch, environment, app_env):
    monkeypatch.delenv("APP_ENV")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert config.load().app_env == app_env


def test_production_does_not_start_without_a_key(make_app):
    with pytest.raises(config.SettingError) as raised:
        make_app(APP_ENV="production")

    assert str(raised.value) == (
        "ENDPOINT_KEY: is not set, so anyone could send messages. Set it, for example with "
        "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)`; if this is not production, set "
        "APP_ENV=development"
    )


@pytest.mark.parametrize("keys", ["fifteen-letters", "sixteen--letters,fifteen-letters"])
def test_production_does_not_start_with_a_short_key(make_app, keys):
    with pytest.raises(config.SettingError) as raised:
        make_app(APP_ENV="production", ENDPOINT_KEY=keys)

    assert str(raised.value) == (
        "ENDPOINT_KEY: has a key of fewer than 16 characters, which is not enough in production. "
        "`openssl rand -hex 20` makes a good one"
    )


def test_production_does_not_start_with_a_short_token():
    with pytest.raises(config.SettingError) as raised:
        create_api(APP_ENV="production", JIRAFE_API_SITES="my-shop:demo-token")

    assert str(raised.value) == (
        "JIRAFE_API_SITES: has a token of fewer than 16 characters, which is not enough in "
        "production. `openssl rand -hex 20` makes a good one"
    )


def test_production_starts_with_a_key_of_16_characters(make_app):
    hub = make_app(
        APP_ENV="production",
        ENDPOINT_KEY="sixteen--letters",
        JIRAFE_API_SITES="my-shop:sixteen--letters",
    ).test_client()

    assert hub.post("/", json=fixture("cart_new")).status_code == 401


def test_the_key_is_in_no_log_line(make_app, log):
    app = make_app(ENDPOINT_KEY="secret-key")
    app.test_client().post("/", json=fixture("cart_new"), headers={"X-Hub-Token": "other-key"})

    assert "secret-key" not in log.text
    assert "other-key" not in log.text


def test_an_unknown_setting_is_refused(make_app):
    with pytest.raises(ValueError, match="NO_SUCH: is not a setting"):
        make_app(NO_SUCH="1")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgres_address_in_any_spelling_uses_psycopg(scheme):
    url = "://ann:p%40ss@db.example:5432/shop?sslmode=require"
    assert config.load(DATABASE_URL=scheme + url).database_url == "postgresql+psycopg" + url


def test_sites_are_separated_by_commas_or_spaces():
    text = " 1:abc,shop_2:d:e=\n,, 1:xyz\t"
    assert config.load(JIRAFE_API_SITES=text).jirafe_api_sites == (
        ("1", "abc"),
        ("shop_2", "d:e="),
        ("1", "xyz"),
    )


@pytest.mark.parametrize(
    "text",
    ["secret", "secret:", ":secret", "a/b:secret", "1:sécret", "1:secret\x7f", "x" * 65 + ":s"],
)
def test_an_invalid_site_is_refused_by_its_position_and_not_shown(text):
    with pytest.raises(config.SettingError) as caught:
        config.load(JIRAFE_API_SITES=f"1:fine {text}")
    assert str(caught.value) == "JIRAFE_API_SITES: pair 2 is not of the form site:token"


def test_a_site_may_have_several_origins():
    text = "1:https://shop.example, 2:http://localhost:8000 1:https://www.shop.example"
    assert config.load(JIRAFE_TRACKER_ORIGINS=text).jirafe_tracker_origins == {
        "1": {"https://shop.example", "https://www.shop.example"},
        "2": {"http://localhost:8000"},
    }


def test_an_origin_is_normalized_to_the_form_that_browsers_send():
    text = "1:https://shop.example:443 1:http://shop.example:80 1:http://shop.example:443"
    assert config.load(
        JIRAFE_TRACKER_ORIGINS=f"{text} 2:https://shop.example:08443"
    ).jirafe_tracker_origins == {
        "1": {"https://shop.example", "http://shop.example", "http://shop.example:443"},
        "2": {"https://shop.example:8443"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1:",
        "https://shop.example",
        "a/b:https://shop.example",
        "1:shop.example",
        "1:https://shop.example/",
        "1:https://Shop.example",
        "1:*",
        "1:https://shop.example:99999",
        "1:https://shop.example:0",
    ],
)
def test_an_invalid_origin_is_refused_by_its_position(text):
    with pytest.raises(config.SettingError) as caught:
        config.load(JIRAFE_TRACKER_ORIGINS=f"1:https://shop.example {text}")
    assert str(caught.value) == (
        "JIRAFE_TRACKER_ORIGINS: word 2 is not of the form site:https://host "
        "or site:https://host:port"
    )


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@h/x",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgres://ann:secret@h:port/x",
        "postgres://ann:secret@h:99999/x",
        "jirafe.db",
    ],
)
def test_an_invalid_database_is_refused_and_not_shown(url):
    with pytest.raises(config.SettingError) as caught:
        config.load(DATABASE_URL=url)
    assert str(caught.value) == (
        "DATABASE_URL: is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME"
    )


def test_reading_settings_logs_no_secret(caplog):
    with caplog.at_level(logging.DEBUG):
        config.load(JIRAFE_API_SITES="1:secret", DATABASE_URL="postgres://ann:secret@h/x")
    assert "secret" not in caplog.text

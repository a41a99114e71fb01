import logging

import pytest

from jirafe_api.config import SETTINGS, SettingError, Settings, load


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name, _, _ in SETTINGS:
        monkeypatch.delenv(name, raising=False)


def test_without_settings_everything_is_in_an_sqlite_file_and_no_site_is_known():
    assert load() == Settings("sqlite:///var/jirafe.db", ())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgres_address_in_any_spelling_is_for_psycopg(scheme):
    url = "://ann:p%40ss@db.example:5432/shop?sslmode=require"
    assert load(DATABASE_URL=scheme + url).database_url == "postgresql+psycopg" + url


def test_sites_stand_between_commas_and_spaces():
    text = " 1:abc,shop_2:d:e=\n,, 1:xyz\t"
    assert load(JIRAFE_API_SITES=text).sites == (("1", "abc"), ("shop_2", "d:e="), ("1", "xyz"))


def test_settings_come_from_the_environment_after_the_overrides(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///a.db")
    monkeypatch.setenv("JIRAFE_API_SITES", "1:abc")
    assert load(DATABASE_URL="sqlite:///b.db") == Settings("sqlite:///b.db", (("1", "abc"),))


@pytest.mark.parametrize(
    "text",
    ["secret", "secret:", ":secret", "a/b:secret", "1:sécret", "1:secret\x7f", "x" * 65 + ":s"],
)
def test_a_wrong_site_is_refused_by_its_place_and_not_shown(text):
    with pytest.raises(SettingError) as caught:
        load(JIRAFE_API_SITES=f"1:fine {text}")
    assert str(caught.value) == "JIRAFE_API_SITES: pair 2 is not of the form site:token"


def test_a_site_may_have_several_origins():
    text = "1:https://shop.example, 2:http://localhost:8000 1:https://www.shop.example"
    assert load(JIRAFE_TRACKER_ORIGINS=text).tracker_origins == {
        "1": {"https://shop.example", "https://www.shop.example"},
        "2": {"http://localhost:8000"},
    }


def test_an_origin_is_as_browsers_write_it_without_the_port_that_its_scheme_has_anyway():
    text = "1:https://shop.example:443 1:http://shop.example:80 1:http://shop.example:443"
    assert load(JIRAFE_TRACKER_ORIGINS=f"{text} 2:https://shop.example:08443").tracker_origins == {
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
def test_a_wrong_origin_is_refused_by_its_place(text):
    with pytest.raises(SettingError) as caught:
        load(JIRAFE_TRACKER_ORIGINS=f"1:https://shop.example {text}")
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
def test_a_wrong_database_is_refused_and_not_shown(url):
    with pytest.raises(SettingError) as caught:
        load(DATABASE_URL=url)
    assert str(caught.value) == (
        "DATABASE_URL: is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME"
    )


def test_an_unknown_setting_is_refused():
    with pytest.raises(SettingError, match="SITES is not a setting"):
        load(SITES="1:abc")


def test_reading_settings_logs_no_secret(caplog):
    with caplog.at_level(logging.DEBUG):
        load(JIRAFE_API_SITES="1:secret", DATABASE_URL="postgres://ann:secret@h/x")
    assert "secret" not in caplog.text


def test_every_setting_has_a_sentence():
    assert [(name, default, doc[-1]) for name, default, doc in SETTINGS] == [
        ("DATABASE_URL", "", "."),
        ("JIRAFE_API_SITES", "", "."),
        ("JIRAFE_TRACKER_ORIGINS", "", "."),
        ("TRACKER_REQUESTS_PER_MINUTE", "1200", "."),
        ("TRACKER_MEGABYTES_PER_DAY", "500", "."),
        ("EVENTS_RETENTION_DAYS", "", "."),
    ]

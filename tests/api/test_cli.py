import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask

from jirafe_api import commands
from tests.api.events import (
    ACCEPTED,
    CATEGORY,
    OK,
    PLACED,
    TOKEN,
    listed,
    post,
    refused,
)


@pytest.fixture
def run(api):
    """Runs a command; its exit code and output."""

    def run(*words):
        result = api.test_cli_runner().invoke(args=words)
        return result.exit_code, result.output

    return run


def bearer(token):
    return {"Authorization": f"Bearer {token.strip()}"}


def test_an_added_site_may_send_at_once_with_the_token_that_is_printed(run, client):
    code, token = run("sites", "add", "shop_2")
    assert code == 0
    assert re.fullmatch(r"[0-9a-f]{40}\n", token)
    assert post(client, "shop_2/category", CATEGORY, bearer(token)) == (200, OK)
    assert post(client, "123/category", CATEGORY, bearer(token)) == (403, refused("authorization"))


def test_a_second_token_of_a_site_leaves_the_first_valid(run, client):
    tokens = [run("sites", "add", "shop_2")[1] for _ in range(2)]
    answers = [post(client, "shop_2/category", CATEGORY, bearer(token)) for token in tokens]
    assert answers == [(200, OK)] * 2


def test_the_list_shows_each_site_with_its_source_and_no_tokens(run):
    run("sites", "add", "b")
    run("sites", "add", "a")
    code, output = run("sites", "list")
    assert code == 0
    assert [line.split("\t") for line in output.splitlines()] == [
        ["123", "-", "environment"],
        ["a", "2026-01-01T12:00:01.000Z", "database"],
        ["b", "2026-01-01T12:00:00.000Z", "database"],
    ]


def test_a_removed_site_can_send_no_more_and_its_events_stay(run, client):
    tokens = [run("sites", "add", "a")[1] for _ in range(2)]
    post(client, "a/category", CATEGORY, bearer(tokens[0]))
    assert run("sites", "remove", "a") == (0, "Removed 2 token(s) of site a.\n")
    answers = [post(client, "a/category", CATEGORY, bearer(token)) for token in tokens]
    assert answers == [(403, refused("invalid_token"))] * 2
    assert run("events", "list", "--site", "a")[1].count("\n") == 1


def test_a_site_that_is_unknown_or_of_the_environment_cannot_be_removed(run):
    assert run("sites", "remove", "a") == (1, "Error: There is no site a.\n")
    in_environment = "Error: JIRAFE_API_SITES names site 123: take it out there, too.\n"
    assert run("sites", "remove", "123") == (1, in_environment)
    run("sites", "add", "123")
    removed = "Removed 1 token(s) of site 123.\n"
    assert run("sites", "remove", "123") == (1, removed + in_environment)


@pytest.mark.parametrize(
    "words", [("sites", "add"), ("sites", "remove"), ("events", "list", "--site")]
)
def test_a_malformed_site_is_refused(run, words):
    code, output = run(*words, "a b")
    assert code == 2
    assert "a site is 1 to 64 letters, digits, dashes and underscores" in output


def test_events_are_printed_as_lines_of_json_oldest_first(run, client):
    post(client, "123/batch", {"category": [CATEGORY], "order": [PLACED, ACCEPTED]})
    rest = {"site": "123", "version": 2, "received_at": "2026-01-01T12:00:00.000Z"}
    orders = [
        rest
        | {"seq": seq, "kind": "order", "id": "R123", "status": event["status"], "event": event}
        for seq, event in ((2, PLACED), (3, ACCEPTED))
    ]
    category = rest | {
        "seq": 1,
        "kind": "category",
        "version": 2,
        "id": "t-9",
        "status": None,
        "event": CATEGORY,
    }

    def printed(*options):
        code, output = run("events", "list", *options)
        assert code == 0
        return [json.loads(line) for line in output.splitlines()]

    assert printed() == [category, *orders]
    assert printed("--kind", "order") == orders
    assert printed("--limit", "2") == [category, orders[0]]
    assert printed("--site", "124") == []


def test_an_unknown_kind_of_events_is_refused(run):
    assert run("events", "list", "--kind", "visitor")[0] == 2


def test_commands_say_when_the_database_is_down(make_api):
    api = make_api("postgres://ann:secret@127.0.0.1:1/shop")
    for words in (
        ["sites", "list"],
        ["sites", "add", "a"],
        ["sites", "remove", "a"],
        ["events", "list"],
        ["events", "prune", "--days", "1"],
        ["customers", "forget", "--site", "a", "--id", "1"],
    ):
        result = api.test_cli_runner().invoke(args=words)
        assert result.exit_code == 1
        assert result.output.startswith("Error: The database cannot be used: ")
        assert "secret" not in result.output


def test_another_application_may_take_the_commands_over(api, client):
    outer = Flask("outer")
    outer.extensions["jirafe_api"] = api.extensions["jirafe_api"]
    for command in commands:
        outer.cli.add_command(command)
    token = outer.test_cli_runner().invoke(args=["sites", "add", "a"]).output
    assert post(client, "a/category", CATEGORY, bearer(token)) == (200, OK)


def test_tokens_are_in_no_log_and_not_in_the_database(make_api, sqlite_url, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    api = make_api(sqlite_url)
    token = api.test_cli_runner().invoke(args=["sites", "add", "a"]).output.strip()
    client = api.test_client()
    assert post(client, "a/category", CATEGORY, bearer(token)) == (200, OK)
    assert post(client, "123/category", CATEGORY) == (200, OK)
    assert listed(client, "123/category") == [CATEGORY]
    kept = b"".join(file.read_bytes() for file in Path(tmp_path).iterdir())
    assert b"Teapots" in kept
    assert not [secret for secret in (token, TOKEN) if secret.encode() in kept]
    assert not [secret for secret in (token, TOKEN) if secret in caplog.text]

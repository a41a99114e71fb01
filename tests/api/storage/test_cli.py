import json
import logging
import re
from pathlib import Path
from unittest.mock import ANY

import pytest
from flask import Flask

from jirafe_api import commands
from tests.api.events import (
    ACCEPTED,
    CATEGORY,
    OK,
    PLACED,
    TOKEN,
    get,
    listed,
    post,
    refused,
)


@pytest.fixture
def run(api):
    """Run a command and return its exit code and output."""

    def run(*words):
        result = api.test_cli_runner().invoke(args=words)
        return result.exit_code, result.output

    return run


@pytest.fixture
def add(api):
    """Add a token with a command and return it."""

    def add(site, *options):
        result = api.test_cli_runner().invoke(args=["sites", "add", site, *options])
        assert (result.exit_code, "The token is not shown again." in result.stderr) == (0, True)
        assert f"/jirafe/v2/{site}/…" in result.stderr
        found = re.fullmatch(rf"site\t{site}\ntoken\t([0-9a-f]{{40}})\n", result.stdout)
        return found[1]

    return add


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_an_added_site_may_send_at_once_with_the_printed_token(add, client):
    token = add("shop_2")
    assert post(client, "shop_2/category", CATEGORY, bearer(token)) == (200, OK)
    assert post(client, "123/category", CATEGORY, bearer(token)) == (403, refused("authorization"))


def test_a_second_token_of_a_site_leaves_the_first_valid(add, client):
    tokens = [add("shop_2") for _ in range(2)]
    answers = [post(client, "shop_2/category", CATEGORY, bearer(token)) for token in tokens]
    assert answers == [(200, OK)] * 2


def test_a_token_may_be_for_writing_or_for_reading_only(add, client):
    writer, reader = add("a", "--scope", "write"), add("a", "--scope", "read")
    forbidden = (403, refused("authorization"))
    assert post(client, "a/category", CATEGORY, bearer(writer)) == (200, OK)
    assert post(client, "a/category", CATEGORY, bearer(reader)) == forbidden
    assert get(client, "a/category", bearer(writer)) == forbidden
    assert get(client, "a/category", bearer(reader))[0] == 200


def test_the_list_shows_each_token_by_id_and_label_but_not_itself(run, add):
    add("b", "--label", "hub", "--scope", "write")
    add("a")
    code, output = run("sites", "list")
    assert code == 0
    assert [line.split("\t") for line in output.splitlines()] == [
        ["-", "123", "read,write", "JIRAFE_API_SITES", "-"],
        ["2", "a", "read,write", "2026-01-01T12:00:01.000Z", "-"],
        ["1", "b", "write", "2026-01-01T12:00:00.000Z", "hub"],
    ]


def test_one_token_can_be_rotated_or_revoked_while_the_others_stay_valid(run, add, client):
    tokens = [add("a"), add("a", "--scope", "write"), add("a")]
    code, output = run("sites", "rotate", "2")
    tokens.append(output.removeprefix("token\t").strip())
    assert (code, run("sites", "revoke", "1")) == (0, (0, "Revoked token 1.\n"))
    answers = [post(client, "a/category", CATEGORY, bearer(token)) for token in tokens]
    unknown = (403, refused("invalid_token"))
    assert answers == [unknown, unknown, (200, OK), (200, OK)]
    assert get(client, "a/category", bearer(tokens[3])) == (403, refused("authorization"))


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_an_unknown_token_can_be_neither_rotated_nor_revoked(run, command):
    message = "Error: There is no token 9; see `flask sites list`.\n"
    assert run("sites", command, "9") == (1, message)


def test_a_removed_site_can_no_longer_send_but_its_events_stay(run, add, client):
    tokens = [add("a") for _ in range(2)]
    post(client, "a/category", CATEGORY, bearer(tokens[0]))
    assert run("sites", "remove", "a") == (0, "Removed 2 token(s) of site a.\n")
    answers = [post(client, "a/category", CATEGORY, bearer(token)) for token in tokens]
    assert answers == [(403, refused("invalid_token"))] * 2
    assert run("events", "list", "--site", "a")[1].count("\n") == 1


def test_purging_a_site_deletes_its_events_and_no_others(run, add, client):
    token = add("a")
    post(client, "a/category", CATEGORY, bearer(token))
    post(client, "123/category", CATEGORY)
    assert run("sites", "purge", "a")[0] == 1  # not confirmed
    assert run("events", "list", "--site", "a")[1].count("\n") == 1
    code, output = run("sites", "purge", "a", "--yes")
    assert code == 0
    assert {line.split("\t")[1] for line in output.splitlines()} >= {"1"}
    assert run("events", "list", "--site", "a") == (0, "")
    assert run("events", "list", "--site", "123")[1].count("\n") == 1
    assert post(client, "a/category", CATEGORY, bearer(token)) == (403, refused("invalid_token"))


def test_everything_about_a_customer_is_exported(run, client, tmp_path):
    other = PLACED | {"order_number": "R9", "customer": {**PLACED["customer"]}}
    other["customer"] |= {"id": "c-8", "email": "bob@example.com"}
    post(client, "123/batch", {"order": [PLACED, other], "category": [CATEGORY]})
    output = tmp_path / "ann.jsonl"
    words = ("customers", "export", "--site", "123", "--output", str(output))
    assert run(*words, "--email", "ANN@example.com") == (0, f"Exported 1 events to {output}.\n")
    assert [json.loads(line)["event"] for line in output.read_text().splitlines()] == [PLACED]
    assert output.stat().st_mode & 0o777 == 0o600
    assert run(*words, "--id", "nobody") == (
        1, "Error: Site 123 has no event about this customer.\n"
    )  # fmt: skip
    assert run(*words)[0] == 2


def test_an_unknown_site_and_a_site_from_the_environment_cannot_be_removed(run):
    assert run("sites", "remove", "a") == (1, "Error: There is no site a.\n")
    in_environment = "Error: JIRAFE_API_SITES names site 123: remove it there as well.\n"
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
    rest = {"seq": ANY, "site": "123", "version": 2, "received_at": "2026-01-01T12:00:00.000Z"}
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
        ["sites", "rotate", "1"],
        ["sites", "revoke", "1"],
        ["sites", "purge", "a", "--yes"],
        ["customers", "forget", "--site", "a", "--id", "1"],
        ["customers", "export", "--site", "a", "--id", "1", "--output", "x"],
    ):
        result = api.test_cli_runner().invoke(args=words)
        assert result.exit_code == 1
        assert result.output.startswith("Error: The database cannot be used: ")
        assert "secret" not in result.output


def test_another_application_can_offer_the_commands_as_its_own(api, client):
    outer = Flask("outer")
    outer.extensions["jirafe_api"] = api.extensions["jirafe_api"]
    for command in commands:
        outer.cli.add_command(command)
    result = outer.test_cli_runner().invoke(args=["sites", "add", "a"])
    token = re.search(r"token\t(\w+)", result.stdout)[1]
    assert post(client, "a/category", CATEGORY, bearer(token)) == (200, OK)


def test_tokens_are_in_no_log_and_not_in_the_database(make_api, sqlite_url, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    api = make_api(sqlite_url)
    result = api.test_cli_runner().invoke(args=["sites", "add", "a"])
    token = re.search(r"token\t(\w+)", result.stdout)[1]
    client = api.test_client()
    assert post(client, "a/category", CATEGORY, bearer(token)) == (200, OK)
    assert post(client, "123/category", CATEGORY) == (200, OK)
    assert listed(client, "123/category") == [CATEGORY]
    kept = b"".join(file.read_bytes() for file in Path(tmp_path).iterdir())
    assert b"Teapots" in kept
    assert not [secret for secret in (token, TOKEN) if secret.encode() in kept]
    assert not [secret for secret in (token, TOKEN) if secret in caplog.text]

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

import config
from jirafe_endpoint.cli import commands
from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.results import Claim
from tests.state.fixtures import MESSAGE, NOON, ORDER, SITE, finish, letter, make_state

LETTER = letter(payload={"order": {"email": "é\0"}}, errors=["number: missing"])
SHOWN = {
    "site": "shop",
    "identity": "m-1",
    "message_id": "m-1",
    "type": "order:new",
    "payload": {"order": {"email": "é\0"}},
    "errors": ["number: missing"],
    "proven": True,
    "id": 1,
    "created_at": "2026-03-02T12:00:00.000Z",
    "replayed_at": None,
}


def runner(state):
    """Return a function that runs a command and returns its exit code and output."""
    app = Flask("outer")
    app.extensions[EXTENSION] = state
    app.config["SETTINGS"] = config.load(RETENTION_DAYS="90")
    for command in commands:
        app.cli.add_command(command)

    def run(*words):
        result = app.test_cli_runner().invoke(args=words)
        return result.exit_code, result.output

    return run


@pytest.fixture
def run(state):
    return runner(state)


def store_letter(state, name=MESSAGE):
    finish(state, name, [], dead_letter=replace(LETTER, identity=name, message_id=name))


def test_migrate_makes_a_database_usable_and_can_be_repeated(empty_database_url):
    state = make_state(empty_database_url)
    run = runner(state)
    done = (0, "The database's schema is up to date.\n")

    assert [run("migrate"), run("migrate")] == [done, done]
    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)
    state.database.close()


def test_dead_letters_are_listed_as_lines_of_json_newest_first(run, state):
    store_letter(state)
    store_letter(state, "m-2")
    first = {name: body for name, body in SHOWN.items() if name != "payload"} | {"number": None}
    second = first | {"id": 2, "message_id": "m-2", "identity": "m-2"}

    def listed(*options):
        code, output = run("dead-letters", "list", *options)
        return code, [json.loads(line) for line in output.splitlines()]

    assert listed() == (0, [second, first])
    assert listed("--limit", "1") == (0, [second])
    assert listed("--site", "other") == (0, [])


def test_a_dead_letter_is_shown_completely(run, state):
    store_letter(state)
    code, output = run("dead-letters", "show", "1")

    assert (code, json.loads(output)) == (0, SHOWN)


def test_a_dropped_dead_letter_is_gone(run, state):
    store_letter(state)

    assert run("dead-letters", "drop", "1") == (0, "Dropped dead letter 1.\n")
    assert state.dead_letters.list() == []


@pytest.mark.parametrize("command", ["show", "drop"])
def test_an_unknown_dead_letter_is_an_error(run, command):
    assert run("dead-letters", command, "7") == (1, "Error: There is no dead letter 7.\n")
    assert run("dead-letters", command, "x")[0] == 2
    assert run("dead-letters", command, str(2**70))[0] == 2


def test_prune_deletes_data_older_than_the_given_days(run, state, clock):
    store_letter(state)
    clock.now = NOON + timedelta(days=90)

    def pruned(count):
        tables = {"leases": 0, "messages": count, "facts": 0, "dead_letters": count}
        return 0, "".join(f"endpoint_{table}\t{given}\n" for table, given in tables.items())

    assert run("prune") == pruned(0)
    assert run("prune", "--days", "89") == pruned(1)
    assert [run("prune", "--days", days)[0] for days in ("0", "36526", "x")] == [2, 2, 2]


@pytest.mark.parametrize(
    "words",
    [
        ("migrate",),
        ("prune",),
        ("dead-letters", "list"),
        ("dead-letters", "show", "1"),
        ("dead-letters", "drop", "1"),
    ],
)
def test_commands_say_when_the_database_is_down(words):
    run = runner(make_state("postgres://ann:hidden@127.0.0.1:1/shop"))
    code, output = run(*words)

    assert (code, output.startswith("Error: The database cannot be used: ")) == (1, True)
    assert "hidden" not in output

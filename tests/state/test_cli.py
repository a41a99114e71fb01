import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from jirafe_endpoint.cli import commands
from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.claims import Claim, DeadLetter
from tests.state.fixtures import MESSAGE, NOON, ORDER, SITE, claimed, make_store, settle

LETTER = DeadLetter(SITE, MESSAGE, "order:new", {"order": {"email": "é\0"}}, ["number: missing"])
SHOWN = {
    "site": "shop",
    "message_id": "m-1",
    "type": "order:new",
    "payload": {"order": {"email": "é\0"}},
    "errors": ["number: missing"],
    "id": 1,
    "created_at": "2026-03-02T12:00:00.000Z",
    "replayed_at": None,
}


def runner(store):
    """A function that runs a command, and returns its exit code and output."""
    app = Flask("outer")
    app.extensions[EXTENSION] = store
    app.config["RETENTION_DAYS"] = 90
    for command in commands:
        app.cli.add_command(command)

    def run(*words):
        result = app.test_cli_runner().invoke(args=words)
        return result.exit_code, result.output

    return run


@pytest.fixture
def run(store):
    return runner(store)


def bury(store, message_id=MESSAGE):
    claim = claimed(store.state, message_id, [])
    settle(store.state, claim, dead_letter=replace(LETTER, message_id=message_id))


def test_migrate_makes_a_database_usable_as_often_as_it_is_run(database_url):
    store = make_store(database_url)
    run = runner(store)
    done = (0, "The database's schema is up to date.\n")

    assert [run("migrate"), run("migrate")] == [done, done]
    assert isinstance(store.state.claim(SITE, MESSAGE, [ORDER], []), Claim)
    store.database.close()


def test_dead_letters_are_listed_as_lines_of_json_newest_first(run, store):
    bury(store)
    bury(store, "m-2")
    first = {name: told for name, told in SHOWN.items() if name != "payload"} | {"number": None}
    second = first | {"id": 2, "message_id": "m-2"}

    def listed(*options):
        code, output = run("dead-letters", "list", *options)
        return code, [json.loads(line) for line in output.splitlines()]

    assert listed() == (0, [second, first])
    assert listed("--limit", "1") == (0, [second])
    assert listed("--site", "other") == (0, [])


def test_a_dead_letter_is_shown_whole(run, store):
    bury(store)
    code, output = run("dead-letters", "show", "1")

    assert (code, json.loads(output)) == (0, SHOWN)


def test_a_dropped_dead_letter_is_gone(run, store):
    bury(store)

    assert run("dead-letters", "drop", "1") == (0, "Dropped dead letter 1.\n")
    assert store.dead_letters.list() == []


@pytest.mark.parametrize("command", ["show", "drop"])
def test_a_dead_letter_that_is_unknown_is_an_error(run, command):
    assert run("dead-letters", command, "7") == (1, "Error: There is no dead letter 7.\n")
    assert run("dead-letters", command, "x")[0] == 2
    assert run("dead-letters", command, str(2**70))[0] == 2


def test_prune_forgets_what_is_older_than_the_days_that_are_kept(run, store, clock):
    bury(store)
    clock.now = NOON + timedelta(days=90)

    def pruned(count):
        tables = {"leases": 0, "messages": count, "snapshots": 0, "dead_letters": count}
        return 0, "".join(f"endpoint_{table}\t{told}\n" for table, told in tables.items())

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
    run = runner(make_store("postgres://ann:hidden@127.0.0.1:1/shop"))
    code, output = run(*words)

    assert (code, output.startswith("Error: The database cannot be used: ")) == (1, True)
    assert "hidden" not in output

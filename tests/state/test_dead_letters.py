from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from jirafe_endpoint.state import dead_letters
from jirafe_endpoint.state.claims import DeadLetter, Finished
from jirafe_endpoint.state.dead_letters import without_secrets
from tests.state.fixtures import (
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    Clock,
    claimed,
    make_database,
    make_store,
    migrated,
    settle,
)

TOKEN = "dj20492dhjkdj20492dhjk"
ADDRESS = {"name": "jirafe.site_id", "value": "shop"}
PAYLOAD = {"order": {"email": "ann@example.com"}, "parameters": [ADDRESS]}
LETTER = DeadLetter(SITE, MESSAGE, "order:new", PAYLOAD, ["order.number: missing"])
NOON, LATER = "2026-03-02T12:00:00.000Z", "2026-03-02T12:00:01.000Z"


def bury(store, letter):
    message_id = letter.message_id
    claim = claimed(store.state, message_id, [], site=letter.site)
    settle(store.state, claim, dead_letter=letter)


def test_a_dead_letter_is_kept_with_its_payload_errors_and_time(store):
    bury(store, LETTER)
    kept = replace(LETTER, id=1, created_at=NOON)

    assert store.dead_letters.list() == [kept]
    assert store.dead_letters.get(1) == kept
    assert store.state.claim(SITE, MESSAGE, [ORDER], []) == Finished(REPLY)


def test_dead_letters_are_listed_newest_first_by_site_and_up_to_a_limit(store):
    for message_id, site in (("m-1", "a"), ("m-2", "b"), ("m-3", "a")):
        bury(store, replace(LETTER, message_id=message_id, site=site))

    def listed(*options):
        return [letter.message_id for letter in store.dead_letters.list(*options)]

    assert listed() == ["m-3", "m-2", "m-1"]
    assert listed("a") == ["m-3", "m-1"]
    assert listed("a", 1) == ["m-3"]
    assert listed("c") == []


def test_a_message_that_dies_twice_is_one_dead_letter_to_be_looked_at_again(store, clock):
    claim = claimed(store.state, keys=[])
    settle(store.state, claim, reply=None, dead_letter=LETTER)
    store.dead_letters.mark_replayed(1)
    clock.move(1)
    again = replace(LETTER, errors=["order.number: too long"])
    bury(store, again)

    assert store.dead_letters.list() == [replace(again, id=1, created_at=NOON)]


def test_a_dropped_letter_is_gone(store):
    bury(store, LETTER)

    assert [store.dead_letters.drop(1) for _ in range(2)] == [True, False]
    assert (store.dead_letters.get(1), store.dead_letters.list()) == (None, [])


def test_a_replay_is_noted_with_its_time(store, clock):
    bury(store, LETTER)
    clock.move(1)

    assert store.dead_letters.mark_replayed(1)
    assert not store.dead_letters.mark_replayed(2)
    assert store.dead_letters.get(1) == replace(LETTER, id=1, created_at=NOON, replayed_at=LATER)


def test_a_dead_letter_may_have_any_content(store):
    wild = "\0\ud800é" + "x" * 100_000
    letter = DeadLetter(SITE, wild, wild, {wild: [wild, 10**40]}, [wild])
    bury(store, letter)

    assert store.dead_letters.get(1) == replace(letter, id=1, created_at=NOON)


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ([ADDRESS, {"name": "jirafe.access_token", "value": TOKEN}], [ADDRESS]),
        ([{"name": "API_Key", "value": TOKEN}, {"name": "mySecret", "value": TOKEN}], []),
        ([{"name": "x", "value": {"password": TOKEN}}], [{"name": "x", "value": {}}]),
        ([{"name": ["token"], "value": TOKEN}, {"access_token": TOKEN}], [{}]),
        ({"jirafe_access_token": TOKEN, "site_id": "1"}, {"site_id": "1"}),
        ({"list": [{"name": "token", "value": TOKEN}, "x"]}, {"list": ["x"]}),
        (f"token={TOKEN}", None),
        (None, None),
        ([], []),
    ],
)
def test_parameters_that_are_secret_by_their_names_are_left_out(parameters, kept):
    payload = {"order": {"token": "R123"}, "parameters": parameters}

    assert without_secrets(payload) == {"order": {"token": "R123"}, "parameters": kept}
    assert payload["parameters"] is parameters


def test_a_payload_without_parameters_is_left_as_it_is():
    assert without_secrets({"order": {}}) == {"order": {}}


def test_no_token_is_in_the_files_of_the_database(sqlite_url, tmp_path):
    store = make_store(sqlite_url)
    parameters = [ADDRESS, {"name": "jirafe.access_token", "value": TOKEN}]
    bury(store, replace(LETTER, payload=PAYLOAD | {"parameters": parameters}))
    kept = b"".join(file.read_bytes() for file in Path(tmp_path).iterdir())
    store.database.close()

    assert (b"ann@example.com" in kept, TOKEN.encode() in kept) == (True, False)


def test_a_dead_letter_outlives_a_crash_of_postgres(postgres_url):
    database = make_database(migrated(postgres_url))
    with database.writing() as connection:
        before = connection.scalar(text("SHOW synchronous_commit"))
        dead_letters.bury(connection, LETTER, LETTER.message_id, Clock()())
        after = connection.scalar(text("SHOW synchronous_commit"))
    database.close()

    assert (before, after) == ("off", "on")

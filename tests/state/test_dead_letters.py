from dataclasses import replace
from pathlib import Path

import pytest

from jirafe_endpoint.state import dead_letters
from jirafe_endpoint.state.dead_letters import without_secrets
from jirafe_endpoint.state.results import Finished
from tests.state.fixtures import (
    MESSAGE,
    REPLY,
    SITE,
    finish,
    letter,
    make_state,
)

TOKEN = "dj20492dhjkdj20492dhjk"
ADDRESS = {"name": "jirafe.site_id", "value": "shop"}
PAYLOAD = {"order": {"email": "ann@example.com"}, "parameters": [ADDRESS]}
LETTER = letter(payload=PAYLOAD)
NOON, LATER = "2026-03-02T12:00:00.000Z", "2026-03-02T12:00:01.000Z"


def store_letter(state, one):
    finish(state, one.identity, [], site=one.site, dead_letter=one)


def test_a_dead_letter_has_its_payload_errors_and_time(state):
    store_letter(state, LETTER)
    kept = replace(LETTER, id=1, created_at=NOON)

    assert state.dead_letters.list() == [kept]
    assert state.dead_letters.get(1) == kept
    assert state.claims.claim(SITE, MESSAGE) == Finished(REPLY)


def test_dead_letters_are_listed_newest_first_by_site_and_up_to_a_limit(state):
    for message_id, site in (("m-1", "a"), ("m-2", "b"), ("m-3", "a")):
        store_letter(state, letter(message_id, site=site))

    def listed(*options):
        return [letter.message_id for letter in state.dead_letters.list(*options)]

    assert listed() == ["m-3", "m-2", "m-1"]
    assert listed("a") == ["m-3", "m-1"]
    assert listed("a", 1) == ["m-3"]
    assert listed("c") == []


def test_a_message_that_fails_twice_is_one_dead_letter_with_the_new_reason(state, clock):
    finish(state, locks=[], reply=None, dead_letter=LETTER)
    state.dead_letters.mark_replayed(1)
    clock.move(1)
    again = replace(LETTER, errors=["order.number: too long"])
    store_letter(state, again)

    assert state.dead_letters.list() == [replace(again, id=1, created_at=NOON)]


def test_the_oldest_of_too_many_dead_letters_of_a_site_are_dropped(state, monkeypatch, caplog):
    monkeypatch.setattr(dead_letters, "MOST_PER_SITE", 10)
    store_letter(state, letter("m-0", site="other"))
    for number in range(1, 13):
        store_letter(state, letter(f"m-{number}"))

    left = [f"m-{number}" for number in (*range(12, 2, -1), 0)]
    assert [one.message_id for one in state.dead_letters.list()] == left
    assert caplog.messages == ["Site shop has too many dead letters: dropped 2"]


def test_the_oldest_of_dead_letters_that_are_too_large_together_are_dropped(
    state, monkeypatch, caplog
):
    monkeypatch.setattr(dead_letters, "MOST_BYTES_PER_SITE", 100_000)
    store_letter(state, letter("m-0", payload={"order": "x" * 60_000}, site="other"))
    for number in range(1, 6):
        store_letter(state, letter(f"m-{number}", payload={"order": "x" * 30_000}))

    left = ["m-5", "m-4", "m-3", "m-0"]
    assert [one.message_id for one in state.dead_letters.list()] == left
    assert caplog.messages == ["Site shop has too many dead letters: dropped 2"]


def test_a_dead_letter_that_fails_again_counts_with_its_new_size(state, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_BYTES_PER_SITE", 100_000)
    store_letter(state, letter("m-1"))
    finish(state, "m-2", [], reply=None, dead_letter=letter("m-2", payload={"a": "x" * 60_000}))
    finish(state, "m-2", [], dead_letter=letter("m-2", payload={"a": "x" * 120_000}))

    assert [one.message_id for one in state.dead_letters.list()] == ["m-2"]


def test_a_dropped_dead_letter_is_gone(state):
    store_letter(state, LETTER)

    assert [state.dead_letters.drop(1) for _ in range(2)] == [True, False]
    assert (state.dead_letters.get(1), state.dead_letters.list()) == (None, [])


def test_a_replay_is_noted_with_its_time(state, clock):
    store_letter(state, LETTER)
    clock.move(1)

    assert state.dead_letters.mark_replayed(1)
    assert not state.dead_letters.mark_replayed(2)
    assert state.dead_letters.get(1) == replace(LETTER, id=1, created_at=NOON, replayed_at=LATER)


def test_a_dead_letter_may_have_any_content(state):
    wild = "\0\ud800é" + "x" * 100_000
    one = letter(
        message_id=wild, identity="m", type=wild, payload={wild: [wild, 10**40]}, errors=[wild]
    )
    store_letter(state, one)

    assert state.dead_letters.get(1) == replace(one, id=1, created_at=NOON)


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
def test_parameters_with_the_name_of_a_secret_are_left_out(parameters, kept):
    payload = {"order": {"token": "R123"}, "parameters": parameters}

    assert without_secrets(payload) == {"order": {"token": "R123"}, "parameters": kept}
    assert payload["parameters"] is parameters


def test_a_payload_without_parameters_is_unchanged():
    assert without_secrets({"order": {}}) == {"order": {}}


def test_no_token_is_in_the_files_of_the_database(sqlite_url, tmp_path):
    state = make_state(sqlite_url)
    parameters = [ADDRESS, {"name": "jirafe.access_token", "value": TOKEN}]
    store_letter(state, replace(LETTER, payload=PAYLOAD | {"parameters": parameters}))
    kept = b"".join(file.read_bytes() for file in Path(tmp_path).iterdir())
    state.database.close()

    assert (b"ann@example.com" in kept, TOKEN.encode() in kept) == (True, False)

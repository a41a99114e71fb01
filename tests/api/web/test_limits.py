"""Limits on what strangers and clients can make the API store, compute or echo."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from database.migrations import prepare
from database.transactions import Database
from jirafe_api.description.pages import description
from jirafe_api.errors import Invalid, TooLarge
from jirafe_api.web.trackers.rate_limits import MINUTE, Allowance
from jirafe_api.web.trackers.stored_bytes import TrackerBytes
from tests.api.events import BEARER, CATEGORY, OK, PAGEVIEW, SITE, get, invalid, post, refused
from tests.api.v1_events import BEGUN, wrapped

LIMITED = refused("rate_limited")


@pytest.fixture
def make_client(make_api, sqlite_url):
    return lambda **settings: make_api(sqlite_url, **settings).test_client()


def track(client, address="192.0.2.1", site=SITE, headers=None, **more):
    return client.post(
        "/v2/tracker/pageview",
        json=PAGEVIEW | {"site": site} | more,
        environ_base={"REMOTE_ADDR": address},
        headers=headers,
    )


def outcomes(client):
    return client.application.extensions["jirafe_api"].trackers.counts()


def test_an_allowance_is_per_key_and_starts_afresh_with_each_window():
    now = [120.0]
    allowance = Allowance(2, MINUTE, lambda: now[0])
    assert [allowance.seconds_to_wait(key) for key in "aaab"] == [0, 0, 61, 0]
    now[0] = 179.5
    assert allowance.seconds_to_wait("a") == 1
    now[0] = 180.0
    assert allowance.seconds_to_wait("a") == 0


def test_refused_requests_do_not_use_up_an_allowance():
    allowance = Allowance(10, MINUTE, lambda: 0.0)
    assert allowance.seconds_to_wait("a", 11) > 0
    assert [allowance.seconds_to_wait("a", cost) for cost in (9, 2, 1)] == [0, MINUTE + 1, 0]


def test_an_allowance_of_0_allows_everything():
    assert Allowance(0, MINUTE).seconds_to_wait("a", 10**9) == 0


def test_a_request_of_more_than_600_000_values_is_too_large(make_client):
    client = make_client()
    for odd in ([1] * 600_001, {str(one): 1 for one in range(600_001)}):
        body = orjson.dumps({"cart": [{"odd": odd}]})
        for path in (f"/v2/{SITE}/cart", f"/v2/{SITE}/batch", f"/v1/{SITE}/cart"):
            answer = client.post(path, data=body, headers=BEARER)
            assert (answer.status_code, answer.get_json()["error_type"]) == (413, "too_large")

    taken = {"category": [CATEGORY] * 1_000 + [{"odd": [1] * 590_000}]}
    assert post(client, f"{SITE}/batch", taken)[0] == 200


def test_an_allowance_remembers_a_bounded_number_of_keys(monkeypatch):
    monkeypatch.setattr("jirafe_api.web.trackers.rate_limits._MOST_KEYS", 3)
    allowance = Allowance(2, MINUTE, lambda: 0.0)
    waits = [allowance.seconds_to_wait(key) for key in "abcdeabc"]
    assert [bool(wait) for wait in waits] == [False] * 3 + [True] * 2 + [False] * 3


def test_a_client_address_has_a_limit_of_requests_per_site_and_minute(make_client):
    client = make_client(TRACKER_REQUESTS_PER_MINUTE="2", JIRAFE_API_SITES=f"{SITE}:a other:b")
    assert [track(client).status_code for _ in range(3)] == [200, 200, 429]
    answer = track(client)
    assert answer.get_json() == LIMITED
    assert 1 <= int(answer.headers["Retry-After"]) <= MINUTE + 1
    assert track(client, address="192.0.2.2").get_json() == OK
    assert track(client, site="other").get_json() == OK
    assert outcomes(client) == {("pageview", "accepted"): 4, ("pageview", "rate_limited"): 2}


@pytest.mark.parametrize(
    ("trusted", "statuses"), [("192.0.2.1", [200, 200, 429]), ("", [200, 429, 429])]
)
def test_the_address_behind_a_trusted_proxy_counts(make_client, trusted, statuses):
    client = make_client(TRACKER_REQUESTS_PER_MINUTE="1", FORWARDED_ALLOW_IPS=trusted)
    addresses = ["198.51.100.1", "198.51.100.1, 198.51.100.2", "198.51.100.3, 198.51.100.1"]

    answers = [track(client, headers={"X-Forwarded-For": address}) for address in addresses]

    assert [answer.status_code for answer in answers] == statuses


def test_a_site_has_a_limit_of_bytes_from_browsers_per_day(make_client):
    client = make_client(TRACKER_MEGABYTES_PER_DAY="1")
    big = {"page": {"page_id": "x" * 60_000}}
    answers = [track(client, f"192.0.2.{number}", **big) for number in range(20)]
    assert [answer.status_code for answer in answers] == [200] * 17 + [429] * 3
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 12 * 60 * 60  # it is past noon
    assert track(client).status_code == 200
    assert outcomes(client)["pageview", "rate_limited"] == 3


@pytest.fixture
def bytes_for():
    """Yield a function that returns the bytes of sites for one process, whose clock is a list."""
    databases = []

    def make(url, now, most=1000):
        databases.append(Database(url, prepare))
        return TrackerBytes(databases[-1], lambda: now[0], most)

    yield make
    for database in databases:
        database.close()


def test_the_daily_bytes_of_a_site_are_shared_by_processes_and_survive_restarts(
    bytes_for, database_url
):
    now = [datetime(2026, 1, 1, 23, 59, 30, 500_000, UTC)]
    one, other = bytes_for(database_url, now), bytes_for(database_url, now)
    waits = [process.seconds_to_wait("a", 90) for _ in range(8) for process in (one, other)]
    restarted = bytes_for(database_url, now)

    assert waits == [0] * 11 + [30] * 5
    assert [restarted.seconds_to_wait("a", cost) for cost in (90, 10, 1)] == [30, 0, 30]
    assert restarted.seconds_to_wait("b", 1000) == 0
    now[0] += timedelta(seconds=30)
    assert [process.seconds_to_wait("a", 500) for process in (one, other, restarted)] == [
        0,
        0,
        86_400,
    ]


def test_processes_that_count_the_bytes_of_a_site_at_once_lose_none(bytes_for, database_url):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    processes = [bytes_for(database_url, now, 10_000) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        waits = threads.map(lambda n: processes[n % 4].seconds_to_wait("a", 100), range(200))
        assert sorted(map(bool, waits)) == [False] * 100 + [True] * 100


def test_requests_beyond_the_daily_bytes_do_not_reach_the_database(
    bytes_for, sqlite_url, monkeypatch
):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    used_up = bytes_for(sqlite_url, now)
    assert [used_up.seconds_to_wait("a", cost) for cost in (1000, 7)] == [0, 86_400]
    monkeypatch.setattr(used_up, "_database", None)
    assert used_up.seconds_to_wait("a", 7) == 86_400


def test_limits_can_be_switched_off(make_client):
    client = make_client(TRACKER_REQUESTS_PER_MINUTE="0", TRACKER_MEGABYTES_PER_DAY="0")
    assert {track(client).status_code for _ in range(20)} == {200}


def test_a_small_anonymous_request_cannot_fill_the_database(make_client, tmp_path):
    client = make_client()
    context = {"page": {"current_title": "x" * 10_000}}
    body = json.dumps(wrapped(*[BEGUN] * 900, **context)).encode()
    plain = client.post("/v1/tracker", data=body)
    packed = client.post(
        "/v1/tracker", data=gzip.compress(body), headers={"Content-Encoding": "gzip"}
    )
    assert (plain.status_code, packed.status_code) == (413, 415)
    assert list(client.application.extensions["jirafe_api"].store.events()) == []


def test_the_description_is_built_once(make_client):
    client = make_client()
    first = client.get("/openapi.json").data
    answers = []

    def cpu(work):
        start = time.process_time()
        for _ in range(20):
            work()
        return time.process_time() - start

    asking = cpu(lambda: answers.append(client.get("/openapi.json").data))
    building = cpu(lambda: description("/", client.application.url_map))

    assert answers == [first] * 20
    assert asking < building / 3


def test_a_page_has_10_mb_at_most_and_the_next_one_continues(make_client):
    client = make_client()
    events = [CATEGORY | {"id": str(number), "x": "é" * 2_000_000} for number in range(4)]
    for event in events:
        assert post(client, f"{SITE}/category", json.dumps(event, ensure_ascii=False).encode())
    shown = []
    for query in ("", "&latest=true"):
        path = f"{SITE}/category?limit=500{query}"
        while path:
            page = get(client, path)[1]
            shown.append([entry["id"] for entry in page["events"]])
            assert len(shown) <= 4
            path = page["next"] and page["next"].removeprefix("/v2/")
    assert shown == [["3", "2"], ["1", "0"], ["0", "1"], ["2", "3"]]


def test_an_event_larger_than_a_page_is_a_page_of_its_own(make_client, monkeypatch):
    monkeypatch.setattr("jirafe_api.storage.pages.MOST_BYTES", 10)
    client = make_client()
    post(client, f"{SITE}/batch", {"category": [CATEGORY | {"id": "0"}, CATEGORY]})
    page = get(client, f"{SITE}/category")[1]
    assert [entry["event"] for entry in page["events"]] == [CATEGORY]
    assert get(client, page["next"].removeprefix("/v2/"))[1]["next"] is None


def test_errors_quote_only_the_beginning_of_what_was_sent(make_client):
    client = make_client()
    sent = json.dumps(CATEGORY | {"name": ["é" * 1_000_000]}, ensure_ascii=False).encode()
    status, answer = post(client, f"{SITE}/category", sent)
    assert (status, answer) == (
        400, invalid({"name": f"['{'é' * 198}… is not of type 'string'"})
    )  # fmt: skip
    long = "x" * 5000
    answers = [
        client.post("/v2/tracker/pageview", json=PAGEVIEW | {"site": [long]}).data,
        client.post("/v1/tracker", json=wrapped(BEGUN, org=long)).data,
        get(client, f"{SITE}/cart?limit={long}&since={long}&version={long}&latest={long}"),
        get(client, f"{SITE}/cart/1?version={long}"),
    ]
    assert [len(str(answer)) < 1500 for answer in answers] == [True] * 4


def test_a_failure_says_when_to_retry(make_api):
    client = make_api("postgres://127.0.0.1:1/shop").test_client()
    answer = client.get(f"/v2/{SITE}/cart", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.fixture
def parts(make_api, sqlite_url):
    return make_api(sqlite_url).extensions["jirafe_api"]


def test_a_batch_can_be_accepted_without_http(parts):
    bad = CATEGORY | {"name": 5}
    assert parts.accept_batch(SITE, {"category": [CATEGORY, bad], "gift": [1], "cart": []}) == {
        "category": [OK, invalid({"name": "5 is not of type 'string'"})],
        "gift": [refused("invalid_type")],
        "cart": [],
    }
    assert [event.event for event in parts.store.events()] == [CATEGORY]


@pytest.mark.parametrize(
    ("batch", "error"), [([], Invalid), ({"cart": 1}, Invalid), ({"cart": [1] * 100_001}, TooLarge)]
)
def test_a_malformed_batch_is_refused(parts, batch, error):
    with pytest.raises(error):
        parts.accept_batch(SITE, batch)
    assert list(parts.store.events()) == []

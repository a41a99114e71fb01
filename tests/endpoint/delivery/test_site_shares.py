"""No site crowds out the others: beyond its share, its messages are answered 429."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack

import pytest

from jirafe_endpoint.delivery import site_shares
from jirafe_endpoint.delivery.processor import EXTENSION as PROCESSOR
from jirafe_endpoint.delivery.site_shares import TOGETHER, SiteShares
from jirafe_endpoint.web import webhooks
from jirafe_endpoint.web.webhooks import SHARES
from tests.endpoint.fixtures import SITE, message
from tests.upstream import ACCEPTED, accept_all
from tests.waiting import wait_until


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def shares(clock):
    return SiteShares(lambda: clock[0])


@pytest.fixture
def place(shares):
    """Return a function that takes a place of a site without waiting for one."""
    return lambda site: shares.place(site, 0)


@pytest.fixture
def held():
    """Return an object that holds places until the end of the test."""
    with ExitStack() as held:
        yield held


def fill(place, name, held):
    """Hold places until none is free, and return how many."""
    for count in range(10_000):
        if not held.enter_context(place(name)):
            return count
    raise AssertionError("there is no limit")


def test_a_site_on_its_own_may_use_many_places(place, held):
    assert fill(place, "a", held) == 256


@pytest.mark.parametrize("sites", [2, 4, 100])
def test_sites_that_send_at_the_same_time_share_alike(place, held, sites):
    for number in range(sites):
        with place(str(number)):
            pass

    assert [fill(place, str(number), held) for number in range(sites)] == [TOGETHER] * sites


def test_a_flood_leaves_another_site_its_share(place, held):
    fill(place, "flood", held)

    assert fill(place, "other", held) == TOGETHER
    with place("flood") as is_held:
        assert not is_held


def test_a_site_that_has_been_silent_for_a_while_takes_no_share(place, held, shares, clock):
    with place("silent"):
        pass
    clock[0] = site_shares.REMEMBERED + 1

    assert fill(place, "a", held) == 256
    assert len(shares._last_sent) == 1


def test_finished_messages_free_their_places(place, shares):
    for _ in range(2):
        with ExitStack() as held:
            assert fill(place, "a", held) == 256
            assert fill(shares.unproven_place, ("a", b""), held) == 64

    assert (shares._sites, shares._unproven) == ({}, {})


def test_messages_of_a_site_get_places_in_order_of_arrival(shares, monkeypatch):
    monkeypatch.setattr(site_shares, "ALONE", 1)
    served = []

    def serve(number):
        with shares.place("a", 60) as is_held:
            served.append((number, is_held))

    with ThreadPoolExecutor(10) as pool, shares.place("a", 0):
        for number in range(10):
            pool.submit(serve, number)
            wait_until(lambda count=number + 1: len(shares._sites["a"].waiting) == count)

    assert served == [(number, True) for number in range(10)]


def test_an_unproven_message_takes_no_place_of_its_site(place, held, shares):
    tokens = [("a", str(number).encode()) for number in range(10)]

    places = [fill(shares.unproven_place, token, held) for token in tokens]
    assert places == [64] * 4 + [0] * 6
    assert fill(place, "a", held) == 256


def cart(number, **parameters):
    content = {"number": number, "updated_at": "2026-03-02T14:06:02Z", "line_items": []}
    return message("cart:new", {"cart": content}, **parameters) | {"message_id": number}


def test_messages_that_wait_for_a_proof_hold_up_neither_the_site_nor_others(
    make_app, upstream, monkeypatch, held
):
    monkeypatch.setattr(site_shares, "TOGETHER", 1)
    asked, go = threading.Semaphore(0), threading.Event()

    def answer_late(_connection):
        asked.release()
        go.wait(30)

    app = make_app(JIRAFE_API_URL=upstream.url)
    client = app.test_client()
    assert client.post("/", json=cart("R1")).status_code == 200

    upstream.proof = answer_late
    named = ({"access_token": "forged"}, {"access_token": "forged", "site_id": "other"})
    with ThreadPoolExecutor() as pool:
        forged = [
            pool.submit(app.test_client().post, "/", json=cart("R2", **parameters))
            for parameters in named
        ]
        assert all(asked.acquire(timeout=10) for _ in forged)
        genuine = [client.post("/", json=cart(number)).status_code for number in ("R3", "R4")]
        places = app.extensions[SHARES]
        share_of_one_alone = fill(lambda site: places.place(site, 0), SITE, held)
        go.set()
        wait(forged)

    assert genuine == [200, 200]
    assert share_of_one_alone == 256


def test_messages_beyond_the_proof_queue_are_sent_once_the_token_is_proven(
    make_app, upstream, monkeypatch
):
    monkeypatch.setattr(site_shares, "UNPROVEN", 1)
    monkeypatch.setattr(webhooks, "PATIENCE", (30, 30))
    asked, go = threading.Event(), threading.Event()

    def answer_late(connection):
        asked.set()
        go.wait(30)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")

    upstream.proof = answer_late
    upstream.answer = lambda one: accept_all(one) if one.path.endswith("/batch") else ACCEPTED
    app = make_app(JIRAFE_API_URL=upstream.url)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(app.test_client().post, "/", json=cart("R1"))
        assert asked.wait(10)
        second = pool.submit(app.test_client().post, "/", json=cart("R2"))
        (check,) = app.extensions[PROCESSOR]._proof._asking.values()
        wait_until(lambda: check._condition._waiters)
        go.set()
        answers = [first.result(30).status_code, second.result(30).status_code]

    assert answers == [200, 200]
    assert len(upstream.proofs) == 1


def test_messages_beyond_the_share_are_answered_429_and_can_be_sent_again(
    make_app, upstream, monkeypatch
):
    monkeypatch.setattr(site_shares, "ALONE", 1)
    monkeypatch.setattr(webhooks, "PATIENCE", (0, 0.1))
    held, go = threading.Event(), threading.Event()

    def hold(_):
        held.set()
        go.wait(10)
        return ACCEPTED

    upstream.answer = hold
    app = make_app(JIRAFE_API_URL=upstream.url)

    def post(number, site="shop"):
        cart = {"number": number, "updated_at": "2026-03-02T14:06:02Z", "line_items": []}
        envelope = message("cart:new", {"cart": cart}, site_id=site) | {"message_id": number}
        return app.test_client().post("/", json=envelope)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(post, "R1")
        assert held.wait(10)
        refused = post("R2")
        go.set()
        assert first.result(30).status_code == 200

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert refused.json["message_id"] == "R2"
    assert [(note["level"], note["description"]) for note in refused.json["notifications"]] == [
        (
            "error",
            "The site sends more messages at once than it may; this one can be sent again.",
        )
    ]
    assert post("R2").status_code == 200


def test_a_message_beyond_the_share_is_accepted_if_a_place_becomes_free_soon(
    make_app, upstream, monkeypatch
):
    monkeypatch.setattr(site_shares, "ALONE", 1)
    app = make_app(JIRAFE_API_URL=upstream.url)
    shares = app.extensions[SHARES]
    cart = {"number": "R1", "updated_at": "2026-03-02T14:06:02Z", "line_items": []}

    with ThreadPoolExecutor() as pool:
        with shares.place(SITE, 0):
            waiting = pool.submit(
                app.test_client().post, "/", json=message("cart:new", {"cart": cart})
            )
            wait_until(lambda: shares._sites[SITE].waiting)
        assert waiting.result(30).status_code == 200

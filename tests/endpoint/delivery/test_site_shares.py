"""No site crowds out the others: beyond its share, its messages are answered 429."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from jirafe_endpoint.delivery import site_shares
from jirafe_endpoint.delivery.site_shares import SiteShares
from jirafe_endpoint.web.webhooks import SHARES
from tests.endpoint.fixtures import SITE, message
from tests.upstream import ACCEPTED


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def shares(clock):
    return SiteShares(lambda: clock[0])


def fill(shares, site):
    """Return how many messages of the site are let in, one after the other."""
    for count in range(10_000):
        if not shares.enter(site):
            return count
    raise AssertionError("there is no limit")


def test_a_site_that_is_alone_may_use_half_of_the_places(shares):
    assert fill(shares, "a") == 256


@pytest.mark.parametrize("sites", [2, 4, 100])
def test_sites_that_send_at_the_same_time_share_alike(shares, sites):
    for number in range(sites):
        shares.enter(str(number))
        shares.leave(str(number))

    assert [fill(shares, str(number)) for number in range(sites)] == [8] * sites


def test_a_flood_leaves_another_site_its_share(shares):
    fill(shares, "flood")

    assert fill(shares, "other") == 8
    shares.leave("flood")
    assert not shares.enter("flood")


def test_a_site_that_has_been_silent_for_a_while_takes_no_share(shares, clock):
    shares.enter("silent")
    shares.leave("silent")
    clock[0] = site_shares.REMEMBERED + 1

    assert fill(shares, "a") == 256
    assert len(shares._last_sent) == 1


def test_what_is_done_makes_room(shares):
    fill(shares, "a")
    shares.leave("a")

    assert shares.enter("a")
    assert not shares.enter("a")


def test_a_message_without_proof_takes_no_place_of_the_site_that_it_names(shares):
    assert fill(shares, ("a", b"a wrong token")) == 256
    assert fill(shares, ("b", b"another")) == 256

    assert fill(shares, "a") == 256


def cart(number, **parameters):
    told = {"number": number, "updated_at": "2026-03-02T14:06:02Z", "line_items": []}
    return message("cart:new", {"cart": told}, **parameters) | {"message_id": number}


def test_messages_that_wait_for_a_proof_hold_up_neither_the_site_nor_others(
    make_app, upstream, monkeypatch
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
        share_of_one_alone = fill(app.extensions[SHARES], SITE)
        go.set()
        wait(forged)

    assert genuine == [200, 200]
    assert share_of_one_alone == 256


def test_messages_beyond_the_share_are_answered_429_and_can_be_sent_again(
    make_app, upstream, monkeypatch
):
    monkeypatch.setattr(site_shares, "ALONE", 1)
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
        assert first.result().status_code == 200

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert refused.json["message_id"] == "R2"
    assert [(note["level"], note["description"]) for note in refused.json["notifications"]] == [
        (
            "error",
            "The site sends more messages at once than it may; this one can be sent again.",
        )
    ]
    assert post("R2").status_code == 200


def test_a_message_beyond_the_share_is_taken_if_a_place_is_free_soon(
    make_app, upstream, monkeypatch
):
    monkeypatch.setattr(site_shares, "ALONE", 1)
    app = make_app(JIRAFE_API_URL=upstream.url)
    shares = app.extensions[SHARES]
    cart = {"number": "R1", "updated_at": "2026-03-02T14:06:02Z", "line_items": []}

    shares.enter(SITE)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(app.test_client().post, "/", json=message("cart:new", {"cart": cart}))
        assert not wait([waiting], timeout=0.5).done
        shares.leave(SITE)
        assert waiting.result().status_code == 200

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

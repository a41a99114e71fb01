"""The feed of all events of a site, as consumers read it."""

import pytest

from tests.api.events import CART, CATEGORY, CUSTOMER, SITE, get, invalid, post, refused


def read(client, path):
    """Return the ids on a page, and the path of the next."""
    status, page = get(client, path)
    assert status == 200
    seqs = [entry["seq"] for entry in page["events"]]
    assert seqs == sorted(seqs)
    shown = [(entry["kind"], entry["id"]) for entry in page["events"]]
    return shown, page["next"].removeprefix("/v2/")


def test_the_feed_has_all_kinds_oldest_first_and_continues_with_later_events(client):
    post(client, f"{SITE}/cart", CART)
    post(client, f"{SITE}/batch", {"category": [CATEGORY], "customer": [CUSTOMER]})
    first, following = read(client, f"{SITE}/events?limit=2")
    second, following = read(client, following)
    third, following = read(client, following)
    post(client, f"{SITE}/cart", CART | {"id": "R124"})
    fourth, _ = read(client, following)
    assert [first, second, third, fourth] == [
        [("cart", "R123"), ("category", "t-9")],
        [("customer", "c-7")],
        [],
        [("cart", "R124")],
    ]


def test_a_page_of_the_feed_is_bounded_by_bytes_and_skips_nothing(client, monkeypatch):
    monkeypatch.setattr("jirafe_api.storage.pages.MOST_BYTES", 10)
    post(client, f"{SITE}/batch", {"category": [CATEGORY, CATEGORY | {"id": "2"}]})
    first, following = read(client, f"{SITE}/events")
    second, _ = read(client, following)
    assert [first, second] == [[("category", "t-9")], [("category", "2")]]


@pytest.mark.parametrize("after", ["-1", "x", "9" * 19])
def test_a_feed_continues_after_a_number(client, after):
    message = f"'{after}' is not a whole number from 0 to 999999999999999999"
    assert get(client, f"{SITE}/events?after={after}") == (400, invalid({"after": message}))


def test_a_feed_needs_a_token_of_the_site(client):
    assert get(client, "124/events") == (403, refused("authorization"))
    assert get(client, f"{SITE}/events", {}) == (403, refused("invalid_token"))

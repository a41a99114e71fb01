"""Figures follow the events: at once for a few, in the background for many."""

import time

from backoffice.reading.catch_up import MOST_EVENTS
from tests.analytics.fixtures import at, order
from tests.analytics.made_up.shop import Shop, events_of
from tests.backoffice.conftest import JSON

QUERY = "/dashboard?site=shop&from=2026-06-01&to=2026-06-30"


def shown(client):
    answer = client.get(QUERY, headers=JSON).json
    return answer["figures"]["orders"]["value"], answer["events_behind"]


def orders(first, last):
    return events_of(Shop([order(f"R{number}", at(6, 1)) for number in range(first, last)]))


def test_an_order_is_counted_by_the_next_page(make_office):
    app = make_office(orders(0, 3))
    client = app.test_client()
    assert shown(client) == (3, 0)

    store = app.extensions["jirafe_api"].store
    store.add("shop", [(kind, event) for kind, _, _, event in orders(3, 4)])

    assert shown(client) == (4, 0)


def test_after_a_bulk_import_pages_answer_at_once_and_the_figures_follow(make_office):
    client = make_office(orders(0, MOST_EVENTS)).test_client()

    first = shown(client)
    deadline = time.monotonic() + 30
    while (now := shown(client))[1] and time.monotonic() < deadline:
        time.sleep(0.05)
    while now[0] < MOST_EVENTS and time.monotonic() < deadline:
        time.sleep(0.05)
        now = shown(client)

    assert first == (0, 2 * MOST_EVENTS)
    assert now == (MOST_EVENTS, 0)

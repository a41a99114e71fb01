"""An order that was canceled, resumed and returned, with its messages in any order."""

from itertools import permutations

import pytest

from tests.mappers.site import Site

LINE = {"id": 1, "sku": "CUP", "quantity": 1, "price": 5}
STATES = ["complete", "canceled", "resumed", "returned"]


def in_state(state):
    return {
        "number": "R1",
        "currency": "EUR",
        "placed_on": "2026-03-01",
        "updated_at": f"2026-03-{STATES.index(state) + 1:02}",
        "status": state,
        "line_items": [LINE],
    }


@pytest.mark.parametrize("arrivals", list(permutations(STATES)))
def test_a_resumed_and_returned_order_ends_as_returned(arrivals):
    site = Site()
    for state in arrivals:
        site.order("order:updated", **in_state(state))

    accepted = [one.body for one in site.sent if one.name == "order-accepted"]
    newest = max(accepted, key=lambda one: one["change_date"])
    assert (site.status("R1"), newest["items"][0]["status"]) == ("accepted", "cancelled")


def test_a_resumption_before_the_cancellation_is_not_sent():
    site = Site()
    site.order("order:updated", **in_state("canceled") | {"updated_at": "2026-03-05"})
    late = site.order("order:updated", **in_state("resumed"))

    assert [one.is_outdated for one in late.events] == [True]


def test_an_order_without_a_resumption_stays_canceled():
    site = Site()
    for state in ("complete", "canceled", "returned"):
        site.order("order:updated", **in_state(state))

    assert site.status("R1") == "cancelled"

"""Partly accepted messages: a canceled order is two events, in this order."""

import pytest

from tests.faults.harness.books import Books
from tests.faults.harness.hub import hub_message


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


def names(books):
    return [(one.name, one.date[-8:-5]) for one in books.accepted]


def test_the_cancellation_of_an_order_is_accepted_last(hub_to_upstream, books):
    message = hub_message("order:canceled", "R1", 2)
    books.fails = lambda one: one.name == "order-accepted"
    first = hub_to_upstream.post("/", json=message)
    books.fails = lambda _: False
    second = hub_to_upstream.post("/", json=message)

    assert (first.status_code, second.status_code) == (503, 200)
    assert books.accepted[-1].name == "order-canceled"


@pytest.mark.parametrize("late", ["order:updated", "order:canceled"])
def test_a_late_state_adds_amounts_to_an_order_with_only_a_cancellation(
    hub_to_upstream, books, late
):
    books.refuses = lambda one: one.name == "order-accepted" and "00:03" in one.date
    first = hub_to_upstream.post("/", json=hub_message("order:canceled", "R1", 3))
    second = hub_to_upstream.post("/", json=hub_message(late, "R1", 2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert names(books) == [("order-canceled", ":03"), ("order-accepted", ":02")]

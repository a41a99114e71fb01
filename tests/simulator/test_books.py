"""The shop's books: they add up by themselves, and they notice every difference."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.simulator import Books, Shop, broken_chains

START = datetime(2026, 3, 2, tzinfo=UTC)


def shop(seed):
    return Shop(seed, START, 4, visits_per_day=8, conversion=0.6)


@pytest.mark.parametrize("seed", range(10))
def test_the_totals_of_the_days_add_up_to_the_orders(seed):
    books = Books.of(shop(seed).history())
    currencies = {order.currency for order in books.orders.values()}
    days = [day for one in currencies for day in books.days(one).values()]
    accepted = [order for order in books.orders.values() if order.status == "accepted"]
    assert sum(day.revenue for day in days) == sum(order.sums["total"] for order in accepted)
    assert sum(day.orders + day.cancelled for day in days) == len(books.orders)
    assert sum(books.visits_by_day().values()) == len(books.visits)
    assert books.abandoned_carts().keys() | books.orders.keys() == books.carts.keys()


def test_a_day_is_a_day_in_the_shops_time_zone():
    books = Books.of(shop(1).history())
    (currency, *_) = [order.currency for order in books.orders.values()]
    local = books.days(currency, ZoneInfo("Pacific/Auckland"))
    utc = books.days(currency)
    assert local != utc
    assert sum(day.revenue for day in local.values()) == sum(day.revenue for day in utc.values())


def event(order, **more):
    """Return an event that matches an order in the books."""
    date = order.placed_at.isoformat()
    items = [
        {
            "product": {"id": item.product},
            "quantity": item.quantity,
            "price": float(item.price),
            "status": item.status,
        }
        for item in order.items.elements()
    ]
    return {
        "order_number": order.number,
        "status": order.status,
        "order_date": date,
        "change_date": order.changed_at.isoformat(),
        "currency": order.currency,
        "customer": {"id": order.email, "email": order.email},
        "visit": {"visit_id": order.visit_id},
        "items": items,
        **{name: float(amount) for name, amount in order.sums.items()},
        **({"cancel_date": order.cancel_dates[0].isoformat()} if order.cancel_dates else {}),
    } | more


@pytest.fixture
def books():
    """Return the books with orders only."""
    books = Books.of(shop(2).history())
    return Books(orders=books.orders)


def latest(books, **more):
    """Return latest events that match the books, with changes to the first order."""
    first, *others = [event(order) for order in books.orders.values()]
    customers = [{"email": order.email} for order in books.orders.values()]
    return {"order": [first | more, *others], "customer": customers}


def test_events_that_equal_the_books_have_no_differences(books):
    assert books.differences(latest(books)) == []


@pytest.mark.parametrize(
    ("more", "noticed"),
    [
        ({"total": 0.01}, "total is 0.01"),
        ({"total_discounts": -1}, "total_discounts is -1"),
        ({"currency": "XXX"}, "currency is XXX"),
        ({"status": "placed"}, "status is placed"),
        ({"items": []}, "items is []"),
        ({"customer": {"id": "1", "email": "a@b.example"}}, "customer is 1"),
        ({"order_date": "2026-01-01T00:00:00.000Z"}, "order_date is 2026-01-01"),
        ({"visit": None}, "visit is None"),
    ],
)
def test_a_difference_is_named_with_its_order_and_field(books, more, noticed):
    (number, *_) = books.orders
    differences = books.differences(latest(books, **more))
    assert any(one.startswith(f"order {number}: {noticed}") for one in differences)
    assert all(number in one for one in differences)


def test_missing_and_unknown_orders_are_differences(books):
    (number, *_) = books.orders
    differences = books.differences(latest(books, order_number="R0"))
    assert differences == [f"order {number} is missing", "order R0 is not in the books"]


def accepted(number, quantity, previous):
    item = {"id": "1", "product": {"id": "TEA"}, "price": 1.0}
    return {
        "order_number": number,
        "items": [item | {"quantity": quantity}],
        "previous_items": [item | {"quantity": one} for one in previous],
    }


def test_a_chain_is_broken_if_previous_items_differ_from_the_last_accepted_ones():
    whole = [accepted("R1", 1, []), accepted("R2", 5, [4]), accepted("R1", 2, [1])]
    assert broken_chains(whole) == []
    assert broken_chains([*whole, accepted("R1", 3, [1])]) == ["R1"]


def test_amounts_are_compared_to_the_last_decimal(books):
    (number, order), *_ = books.orders.items()
    close = float(order.sums["total"] + Decimal("0.001"))
    assert books.differences(latest(books, total=close)) == [
        f"order {number}: total is {close}, not {order.sums['total']}"
    ]

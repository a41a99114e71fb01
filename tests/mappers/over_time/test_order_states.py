"""Sales, cancellations and resumptions."""

import pytest

from tests.mappers.payloads import NOW
from tests.mappers.site import Site, body, codes, event, names

LINES = [{"id": 1, "product_id": "CUP", "quantity": 1, "price": 40}]


def order(day=1, status="complete", hour=10, **more):
    return {
        "number": "R1",
        "status": status,
        "currency": "EUR",
        "placed_on": "2026-03-01T10:00:00Z",
        "updated_at": f"2026-03-{day:02}T{hour:02}:00:00Z",
        "line_items": LINES,
        **more,
    }


def undated(status="complete", **more):
    """The dialect that has no `updated_at`."""
    return order(status=status, updated_at=None, **more)


@pytest.mark.parametrize("state", ["canceled", "cancelled", "Canceled", "CANCELLED"])
@pytest.mark.parametrize("key", ["status", "state"])
def test_an_order_is_canceled_by_status_or_state_in_any_letter_case(state, key):
    site = Site()
    site.order(**order())
    site.order("order:updated", **order(2, **{"status": None, key: state}))

    assert site.status("R1") == "cancelled"


@pytest.mark.parametrize("state", ["cart", "Address", "delivery", "payment", "confirm"])
@pytest.mark.parametrize("message", ["order:new", "order:updated"])
def test_an_order_that_was_never_completed_is_a_cart(message, state):
    assert names(Site().order(message, **order(status=state, placed_on=""))) == ["cart"]


def test_a_placed_order_stays_placed_while_it_is_edited():
    site = Site()
    site.order(**order())

    assert names(site.order("order:updated", **order(2, "payment"))) == ["order-accepted"]
    assert names(site.order("order:updated", **order(3, "payment", placed_on=None))) == [
        "order-accepted"
    ]


def test_an_update_of_a_canceled_order_keeps_its_cancel_date():
    site = Site()
    site.order(**order())
    canceled_at = "2026-03-02T12:00:00Z"
    site.order("order:canceled", **order(2, "canceled", 12, canceled_at=canceled_at))
    later = site.order("order:updated", **order(2, "canceled", 13))

    assert body(later, "order-canceled")["cancel_date"] == "2026-03-02T12:00:00.000Z"
    assert [item["status"] for item in body(later)["items"]] == ["cancelled"]
    assert site.status("R1") == "cancelled"


def test_the_cancel_date_is_that_of_the_first_cancellation():
    site = Site()
    site.order(**order())
    dates = [
        body(site.order("order:canceled", **order(day)), "order-canceled")["cancel_date"]
        for day in (2, 3, 4)
    ]

    assert dates == ["2026-03-02T10:00:00.000Z"] * 3


def test_a_repeated_cancellation_cancels_the_order_once():
    site = Site()
    site.order(**order())
    for _ in range(2):
        site.order("order:canceled", **order(2, "canceled"))

    assert site.status("R1") == "cancelled"


def test_an_acceptance_never_follows_a_cancellation_of_the_same_date():
    site = Site()
    site.order("order:canceled", **order(2, "canceled"))
    late = site.order(**order(2))

    assert event(late, "order-accepted").is_outdated
    assert names(late) == ["cart", "order-placed", "product", "customer"]
    assert site.status("R1") == "cancelled"


@pytest.mark.parametrize("revived", [order(3), order(3, "resumed"), undated("resumed")])
@pytest.mark.parametrize("canceled", [order(2, "canceled"), undated("canceled")])
def test_a_resumption_of_any_form_revives_an_order(canceled, revived):
    site = Site()
    site.order(**order())
    site.order("order:canceled", **canceled)
    assert site.status("R1") == "cancelled"
    site.order("order:updated", **revived)

    assert site.status("R1") == "accepted"


def test_an_undated_update_does_not_revive_an_order():
    site = Site()
    site.order(**undated())
    site.order("order:canceled", **undated("canceled"))
    late = site.order("order:updated", **undated())

    assert (names(late), site.status("R1")) == ([], "cancelled")


def test_a_resumed_order_can_be_canceled_again():
    site = Site()
    for message, one in (
        ("order:new", order()),
        ("order:canceled", order(2, "canceled")),
        ("order:updated", order(3, "resumed")),
        ("order:canceled", order(4, "canceled")),
    ):
        last = site.order(message, **one)

    assert body(last, "order-canceled")["cancel_date"] == "2026-03-04T10:00:00.000Z"
    assert site.status("R1") == "cancelled"


def test_an_order_can_be_canceled_and_resumed_repeatedly_without_dates():
    site = Site()
    site.order(**undated())
    seen = []
    for status in ("canceled", "resumed") * 3:
        site.order("order:updated", **undated(status))
        seen.append(site.status("R1"))

    assert seen == ["cancelled", "accepted"] * 3
    bodies = [str(event.body) for event in site.sent]
    assert len(bodies) == len(set(bodies))  # the API keeps equal events once


def test_a_late_cancellation_does_not_undo_a_later_resumption():
    site = Site()
    site.order(**order())
    site.order("order:updated", **order(3, "resumed"))
    late = site.order("order:canceled", **order(2, "canceled"))

    assert (names(late), site.status("R1")) == ([], "accepted")


def test_a_canceled_order_is_not_canceled_again_by_an_older_message():
    site = Site()
    site.order("order:canceled", **order(3, "canceled"))
    late = site.order("order:canceled", **order(2, "canceled"))

    assert (names(late), site.status("R1")) == ([], "cancelled")


def test_a_cancellation_is_sent_regardless_of_its_date():
    site = Site()
    site.order(**order(5))
    late = site.order("order:canceled", **order(2, "canceled"))

    assert names(late) == ["order-canceled"]


def test_an_order_dated_in_the_future_is_dated_now_and_can_still_be_canceled():
    site = Site()
    ahead = site.order(**order(updated_at="2062-01-01T00:00:00Z"))
    site.order("order:canceled", **order(2, "canceled", updated_at="2026-05-05T00:00:00Z"))

    assert body(ahead)["change_date"] == "2026-05-04T03:02:01.000Z"
    assert codes(ahead) == ["future_date"]
    assert site.status("R1") == "cancelled"


def test_a_date_less_than_a_day_ahead_is_unchanged():
    ahead = Site().order(**order(updated_at="2026-05-05T03:02:00Z"))

    assert (body(ahead)["change_date"], codes(ahead)) == ("2026-05-05T03:02:00.000Z", [])


def test_an_order_is_placed_once_however_often_the_shop_is_read():
    site = Site()
    first, second = (names(site.order(**order())) for _ in range(2))

    assert "order-placed" in first
    assert "order-placed" not in second


def test_a_new_order_received_after_its_update_is_only_placed():
    site = Site()
    site.order("order:updated", **order(2))
    late = site.order(**order(1))

    assert names(late) == ["cart", "order-placed", "product", "customer"]


def test_an_undated_new_order_is_older_than_its_undated_update():
    site = Site()
    site.order("order:updated", **undated(line_items=LINES * 2))
    late = site.order(**undated())

    assert event(late, "order-accepted").is_outdated


def test_an_undated_update_counts_by_its_arrival():
    site = Site()
    site.order(**order(3))
    site.order("order:updated", **undated(line_items=LINES * 2))

    changes = [e.body["change_date"] for e in site.sent if e.name == "order-accepted"]
    assert changes == ["2026-03-03T10:00:00.000Z"] * 2


def test_items_of_a_returned_order_are_cancelled():
    mapped = Site().order("order:updated", **order(status="returned"))

    assert [item["status"] for item in body(mapped)["items"]] == ["cancelled"]
    assert names(mapped) == ["order-accepted"]


@pytest.mark.parametrize("state", ["canceled", "returned"])
@pytest.mark.parametrize("given", [{"email": "ann@example.com"}, {"line_items": LINES}])
def test_an_update_without_a_state_leaves_it_unchanged(state, given):
    site = Site()
    site.order(**order())
    site.order("order:updated", **order(2, state))
    before = site.status("R1")
    update = {"number": "R1", "updated_at": "2026-03-03T10:00:00Z", **given}
    after = site.order("order:updated", **update)

    assert site.status("R1") == before
    assert [item["status"] for item in body(after)["items"]] == ["cancelled"]


def test_an_order_with_only_a_cancellation_date_is_canceled():
    site = Site()
    site.order(**order())
    site.order("order:updated", number="R1", canceled_at="2026-03-02T10:00:00Z")

    assert site.status("R1") == "cancelled"


def test_a_few_fields_of_an_unfinished_order_do_not_make_it_placed():
    site = Site()
    site.order(**order(1, "payment", placed_on=None))
    fields = {"number": "R1", "email": "ann@example.com", "updated_at": "2026-03-02T10:00:00Z"}

    assert names(site.order("order:updated", **fields)) == ["cart"]
    assert names(site.order("order:updated", **order(3))) == ["order-accepted"]


def test_an_order_that_arrives_after_its_cancellation_has_amounts_but_stays_canceled():
    site = Site()
    site.order("order:canceled", number="R1", updated_at="2026-03-02T10:00:00Z")
    late = site.order(**order())

    assert "order-accepted" in names(late)
    assert body(late)["total"] == 40
    assert site.status("R1") == "cancelled"
    assert names(site.order("order:updated", **order(1, hour=9))) == []


def test_the_same_message_becomes_the_same_events_each_time():
    assert (
        Site().order(**order()).events == Site().order(now=NOW.replace(year=2030), **order()).events
    )

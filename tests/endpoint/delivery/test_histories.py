"""Which state is older and which is newer, if messages have few dates."""

import pytest

from tests.endpoint.fixtures import events_of, message

PLACED, UPDATED, CANCELED = "2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-05T10:00:00Z"
LINE = {"id": 7, "sku": "TEAPOT", "quantity": 1, "price": 34.5}


def post(hub, kind, message_id, /, original=None, **fields):
    subject = kind.partition(":")[0]
    payload = {subject: {"number": "R1", "currency": "USD", "line_items": [LINE], **fields}}
    if original:
        payload["original"] = original
    return hub.post("/", json=message(kind, payload) | {"message_id": message_id})


def subjects(answer):
    assert answer.status_code == 200
    return [note["subject"] for note in answer.json["notifications"]]


def statuses(hub):
    return [event["status"] for event in events_of(hub)["order"]]


SENT = ["Order accepted event sent to Jirafe", "Order canceled event sent to Jirafe"]


@pytest.mark.parametrize(
    ("new", "canceled"),
    [
        ({"original": {"updated_at": UPDATED}}, {"canceled_at": CANCELED}),
        ({"updated_at": UPDATED}, {}),
        ({"updated_at": UPDATED}, {"updated_at": PLACED, "canceled_at": CANCELED}),
        ({"updated_at": UPDATED, "placed_on": None}, {"placed_on": None}),
    ],
)
def test_a_cancellation_is_sent_regardless_of_its_updated_at(hub, new, canceled):
    post(hub, "order:new", "1", **{"placed_on": PLACED, **new})
    answer = post(hub, "order:canceled", "2", **{"placed_on": PLACED, **canceled})

    assert subjects(answer) == SENT
    assert statuses(hub) == ["placed", "accepted", "accepted", "cancelled"]


def test_a_resumed_order_is_accepted_again_regardless_of_its_updated_at(hub):
    post(hub, "order:new", "1", updated_at=UPDATED)
    post(hub, "order:canceled", "2", updated_at=UPDATED, canceled_at=CANCELED)
    answer = post(
        hub, "order:updated", "3", updated_at=UPDATED, canceled_at=CANCELED, status="resumed"
    )

    assert subjects(answer) == SENT[:1]
    assert statuses(hub) == ["placed", "accepted", "accepted", "cancelled", "accepted"]


@pytest.mark.parametrize("kind", ["order:canceled", "order:updated"])
def test_an_undated_new_order_after_a_later_undated_message_is_not_accepted(hub, kind):
    post(hub, kind, "2", placed_on=PLACED)
    answer = post(hub, "order:new", "1", placed_on=PLACED)
    again = post(hub, kind, "3", placed_on=PLACED, currency="EUR")

    assert subjects(answer)[1:] == [
        "Order placed event sent to Jirafe",
        "Order accepted event not sent to Jirafe",
    ]
    assert subjects(again) == (SENT if kind == "order:canceled" else SENT[:1])


def test_a_new_order_is_newer_than_its_cart(hub):
    post(hub, "cart:updated", "1", updated_at=UPDATED)
    answer = post(hub, "order:new", "2", original={"created_at": PLACED, "completed_at": CANCELED})

    assert subjects(answer)[0] == "Cart event sent to Jirafe"


def test_a_new_order_received_after_its_cancellation_is_not_accepted(hub):
    post(hub, "order:canceled", "2", placed_on=PLACED, canceled_at=CANCELED)
    answer = post(hub, "order:new", "1", placed_on=PLACED)

    assert subjects(answer) == [
        "Cart event sent to Jirafe",
        "Order placed event sent to Jirafe",
        "Order accepted event not sent to Jirafe",
    ]
    assert statuses(hub) == ["accepted", "cancelled", "placed"]


def test_a_new_order_is_dated_when_it_was_placed(hub):
    post(hub, "order:updated", "2", placed_on=PLACED, updated_at=UPDATED)
    answer = post(hub, "order:new", "1", placed_on=PLACED)

    assert subjects(answer)[2] == "Order accepted event not sent to Jirafe"


def test_an_undated_update_is_sent_in_order_of_arrival(hub):
    post(hub, "order:new", "1", placed_on=PLACED, updated_at=UPDATED)
    answer = post(hub, "order:updated", "2", placed_on=PLACED)

    assert subjects(answer) == ["Order accepted event sent to Jirafe"]


def test_an_undated_update_makes_everything_older_outdated(hub):
    post(hub, "order:updated", "2", placed_on=PLACED, updated_at=UPDATED)
    post(hub, "order:updated", "3", placed_on=PLACED)
    answer = post(hub, "order:updated", "1", placed_on=PLACED, updated_at=PLACED)

    assert subjects(answer) == ["Order accepted event not sent to Jirafe"]


@pytest.mark.parametrize("kind", ["cart:new", "cart:updated"])
def test_a_cart_without_a_date_gets_the_time_of_arrival(hub, kind):
    post(hub, kind, "1")
    older = post(hub, "cart:updated", "2", updated_at=PLACED, currency="EUR")
    again = post(hub, kind, "3", currency="GBP")

    assert subjects(older) == ["Cart event not sent to Jirafe"]
    assert subjects(again) == ["Cart event sent to Jirafe"]
    assert [cart["currency"] for cart in events_of(hub)["cart"]] == ["USD", "GBP"]


def test_a_taxon_without_a_date_gets_the_time_of_arrival(hub):
    def taxon(message_id, **fields):
        payload = {"taxon": {"id": 3, "taxonomy_id": 1, **fields}}
        sent = message("taxon:updated", payload, product_category_taxonomy="1")
        return hub.post("/", json=sent | {"message_id": message_id})

    taxon("1", name="Bags")
    older = taxon("2", name="Sacks", updated_at=PLACED)
    undated = taxon("3", name="Baskets")

    assert subjects(older) == ["Category event not sent to Jirafe"]
    assert subjects(undated) == ["Category event sent to Jirafe."]
    assert [event["name"] for event in events_of(hub)["category"]] == ["Bags", "Baskets"]

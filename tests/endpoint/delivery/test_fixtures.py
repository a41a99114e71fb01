"""Each fixture set from end to end: the hub's message in, the events stored, the reply out."""

import json

import pytest

from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.services import MESSAGE_TYPES, SERVICES
from tests.endpoint.fixtures import FIXTURES, events_of, fixture

NAMES = sorted(path.stem for path in FIXTURES.glob("*.json") if "." not in path.stem)
MESSAGES = [name for name in NAMES if "message" in fixture(name)]
WEBHOOKS = [
    (name, f"/{service}")
    for name in NAMES
    for service in SERVICES
    if "request_id" in fixture(name) and name.startswith(service)
]
CASES = [
    (name, f"/{service}")
    for name in MESSAGES
    for service in ("", *(n for n, s in SERVICES.items() if s.dialect is envelopes.MESSAGES))
    if not service or fixture(name)["message"] in SERVICES[service].types
]


@pytest.mark.parametrize(("name", "path"), [*CASES, *WEBHOOKS])
def test_a_message_has_the_events_and_the_reply_of_its_fixture(hub, name, path):
    answer = hub.post(path, json=fixture(name))

    assert (answer.status_code, answer.json) == (200, fixture(f"{name}.reply"))
    assert events_of(hub) == fixture(f"{name}.events")


@pytest.mark.parametrize("name", NAMES)
def test_the_amounts_of_a_fixture_add_up(name):
    events = fixture(f"{name}.events")
    sold = events.get("cart", []) + [
        order for order in events.get("order", []) if order["status"] == "accepted"
    ]
    for event in sold:
        parts = event["subtotal"] + event["total_tax"] + event["total_shipping"]
        fees = event["total_payment_cost"] - event["total_discounts"]
        lines = sum(item["quantity"] * item["price"] for item in event["items"])
        assert event["total"] == pytest.approx(parts + fees)
        assert event["subtotal"] == pytest.approx(lines)


def test_every_message_type_has_a_fixture():
    spellings = {
        "order:cancel": "order:canceled",
        "order:cancelled": "order:canceled",
        "user:new": "customer:new",
        "customer:updated": "user:updated",
    }
    expected = {spellings.get(kind, kind) for kind in MESSAGE_TYPES}

    assert {fixture(name)["message"] for name in MESSAGES} == expected


@pytest.mark.parametrize("spelling", ["order:cancel", "order:canceled", "order:cancelled"])
def test_every_spelling_of_a_cancellation_is_accepted(hub, spelling):
    answer = hub.post("/import_order", json=fixture("order_canceled") | {"message": spelling})

    assert answer.json == fixture("order_canceled.reply")
    assert events_of(hub) == fixture("order_canceled.events")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cart_new", "/import_cart"),
        ("order_new", "/import_new_order"),
        ("order_update_canceled", "/import_updated_order"),
        ("taxon_new", "/import_category"),
        ("order_new", "/import_order"),
        ("order_update", "/import_order"),
        ("product_updated", "/import_product"),
        ("user_updated", "/import_customer"),
    ],
)
def test_without_a_message_type_the_path_decides(hub, name, path):
    untyped = {key: value for key, value in fixture(name).items() if key != "message"}

    answer = hub.post(path, json=untyped)

    assert answer.json == fixture(f"{name}.reply")
    assert events_of(hub) == fixture(f"{name}.events")


def test_parameters_may_be_an_object_and_have_no_prefix(hub):
    message = fixture("order_new")
    listed = message["payload"]["parameters"]
    message["payload"]["parameters"] = {
        one["name"].removeprefix("jirafe."): one["value"] for one in listed
    }

    assert hub.post("/", json=message).json == fixture("order_new.reply")
    assert events_of(hub) == fixture("order_new.events")


def test_fixtures_are_formatted_alike():
    for path in FIXTURES.glob("*.json"):
        answer = json.loads(path.read_text())
        assert path.read_text() == json.dumps(answer, indent=2, ensure_ascii=False) + "\n"

"""What a message would become, without sending it."""

import json
from collections import defaultdict

import pytest

from jirafe_endpoint import utc_now
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.messages.services import ANY, read
from tests.endpoint.delivery.test_fixtures import MESSAGES, WEBHOOKS
from tests.endpoint.fixtures import FIXTURES, events_of, fixture, message


def by_kind(shown):
    events = defaultdict(list)
    for one in shown["events"]:
        events[one["kind"]].append(one["event"])
    return dict(events)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_preview_shows_the_events_and_the_notifications_and_sends_nothing(hub, name):
    shown = hub.post("/preview", json=fixture(name))

    assert shown.status_code == 200
    assert by_kind(shown.json) == fixture(f"{name}.events")
    assert shown.json["notifications"] == fixture(f"{name}.reply")["notifications"]
    assert events_of(hub) == {}
    assert hub.post("/", json=fixture(name)).json == fixture(f"{name}.reply")


@pytest.mark.parametrize(("name", "path"), WEBHOOKS)
def test_a_webhook_is_previewed_at_its_service(hub, name, path):
    shown = hub.post(f"/preview{path}", json=fixture(name)).json

    assert by_kind(shown) == fixture(f"{name}.events")
    assert [note["level"] for note in shown["notifications"]] != []
    assert events_of(hub) == {}


def test_a_preview_shows_the_kind_the_name_and_the_problems_of_each_event(hub):
    shown = hub.post("/preview", json=fixture("order_update_canceled")).json

    outline = [(one["kind"], one["name"], one["errors"]) for one in shown["events"]]
    assert outline == [("order", "order-accepted", {}), ("order", "order-canceled", {})]


def test_a_preview_names_what_the_api_would_refuse_by_path_and_in_a_notification():
    answer = read(ANY, fixture("cart_new"))

    shown = Preview(utc_now, lambda kind, event: {"items.0.id": "odd"}).of(answer)

    assert [errors for _, errors in shown.events] == [{"items.0.id": "odd"}]
    assert [note.description for note in shown.notifications] == [
        f"Jirafe refused the cart event for {answer.payload['cart']['number']}: items.0.id: odd"
    ]


def test_a_preview_needs_neither_site_nor_token(hub):
    body = message("cart:new", {"cart": {"number": "R1"}}, site_id=None, access_token="é")

    assert [one["name"] for one in hub.post("/preview", json=body).json["events"]] == ["cart"]


def test_a_preview_asks_for_missing_mapping_parameters(hub):
    shown = hub.post("/preview", json=message("taxon:new", {"taxon": {"id": 1, "name": "Bags"}}))

    (note,) = shown.json["notifications"]
    missing = "jirafe.product_category_taxonomy: Missing data for required parameter."
    assert (shown.status_code, shown.json["events"], note["description"]) == (200, [], missing)


def test_a_message_that_the_service_does_not_support_gets_a_clear_error(hub):
    shown = hub.post("/preview/import_cart", json=fixture("order_new"))

    assert (shown.status_code, shown.json) == (
        200,
        {
            "events": [],
            "notifications": [
                {
                    "level": "error",
                    "subject": "The message type is not supported.",
                    "description": "'order:new' is not supported here; supported are cart:new, "
                    "cart:updated.",
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/preview", b"{", 400), ("/preview/add_order", b"[]", 400), ("/preview/x", b"{}", 404)],
)
def test_an_invalid_preview_is_answered_like_an_invalid_message(hub, path, body, status):
    answer = hub.post(path, data=body)

    assert (answer.status_code, answer.json["notifications"][0]["level"]) == (status, "error")


def test_a_preview_needs_the_key(make_app):
    hub = make_app(ENDPOINT_KEY="k").test_client()

    assert hub.post("/preview", json=fixture("cart_new")).status_code == 401
    right = hub.post("/preview", json=fixture("cart_new"), headers={"X-Hub-Token": "k"})
    assert right.status_code == 200


def test_a_preview_is_not_logged_as_a_message(hub, log):
    hub.post("/preview", json=fixture("order_new"))

    assert [one for one in log.records if one.name.startswith("jirafe_endpoint.web")] == []


def test_the_command_prints_the_preview_and_fails_if_it_has_problems(make_app):
    app = make_app()
    run = app.test_cli_runner()

    good = run.invoke(args=["preview", str(FIXTURES / "order_new.json")])
    hook = run.invoke(
        args=["preview", "--service", "add_order", "-"], input=json.dumps(fixture("add_order"))
    )
    bad = run.invoke(args=["preview", str(FIXTURES / "cart_new_without_number.json")])
    odd = run.invoke(args=["preview", "-"], input="{}")

    expected = app.test_client().post("/preview", json=fixture("order_new")).json
    assert (good.exit_code, json.loads(good.stdout)) == (0, expected)
    assert (hook.exit_code, by_kind(json.loads(hook.stdout))) == (0, fixture("add_order.events"))
    assert (bad.exit_code, json.loads(bad.stdout)["events"]) == (1, [])
    assert (odd.exit_code, odd.stderr) == (
        1,
        "Error: message: Missing data for required field.\n",
    )

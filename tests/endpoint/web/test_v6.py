"""Webhooks (v6): another envelope for the same messages."""

import json

import pytest

from tests.endpoint.fixtures import SITE, TOKEN, events_of, fixture

PARAMETERS = {"jirafe_site_id": SITE, "jirafe_access_token": TOKEN}
CART = {"id": "R1", "currency": "USD", "updated_at": "2026-03-02T14:06:02Z"}
PROBLEM = "There was a problem while sending a cart event to Jirafe: "


def cart(parameters=PARAMETERS, **fields):
    return {"request_id": "r-1", "cart": {**CART, **fields}, "parameters": parameters}


@pytest.mark.parametrize("kind", ["cart", "taxon", "product", "customer"])
def test_updates_are_handled_like_additions(hub, kind):
    answer = hub.post(f"/update_{kind}", json=fixture(f"add_{kind}"))

    assert (answer.status_code, answer.json) == (200, fixture(f"add_{kind}.reply"))
    assert events_of(hub) == fixture(f"add_{kind}.events")


def test_an_updated_order_that_is_canceled_is_followed_by_its_cancellation(hub):
    answer = hub.post("/update_order", json=fixture("cancel_order"))

    assert answer.json["summary"] == "The order R620481153 was sent to Jirafe."
    assert events_of(hub) == fixture("cancel_order.events")


@pytest.mark.parametrize(
    "parameters",
    [
        PARAMETERS,
        {"site_id": SITE, "access_token": TOKEN},
        {"jirafe.site_id": SITE, "jirafe.access_token": TOKEN},
        {"site_id": "another", "access_token": "another's", **PARAMETERS},
        [{"name": name, "value": value} for name, value in PARAMETERS.items()],
    ],
)
def test_parameters_may_have_either_prefix_or_none(hub, parameters):
    answer = hub.post("/add_cart", json=cart(parameters))

    expected = {"request_id": "r-1", "summary": "The cart R1 was sent to Jirafe."}
    assert (answer.status_code, answer.json) == (200, expected)
    assert [event["id"] for event in events_of(hub)["cart"]] == ["R1"]


@pytest.mark.parametrize(
    ("sent", "status", "summary"),
    [
        (
            cart({"jirafe_site_id": SITE}),
            500,
            f"{PROBLEM}jirafe_access_token: Missing data for required parameter.",
        ),
        (
            cart(PARAMETERS | {"jirafe_site_id": "../x"}),
            400,
            f"{PROBLEM}jirafe_site_id: Not a valid value.",
        ),
        (
            cart("x"),
            400,
            "The message could not be read: parameters: Not a valid list of parameters.",
        ),
        (
            cart(totals={"tax": "much"}),
            200,
            f"{PROBLEM}The message could not be mapped: cart.totals.tax: Not a valid amount.",
        ),
        (
            {"request_id": "r-1", "parameters": PARAMETERS},
            200,
            f"{PROBLEM}The message could not be mapped: cart: Missing data for required field.",
        ),
    ],
)
def test_errors_become_the_summary(hub, sent, status, summary):
    answer = hub.post("/add_cart", json=sent)

    assert (answer.status_code, answer.json) == (status, {"request_id": "r-1", "summary": summary})


def test_an_unknown_token_is_reported_by_the_name_of_the_hub_parameter(hub):
    answer = hub.post("/add_cart", json=cart(PARAMETERS | {"jirafe_access_token": "stale"}))

    given = (
        "Jirafe does not know the access token. Correct the parameter jirafe_access_token; "
        "the message will be sent again."
    )
    assert (answer.status_code, answer.json["summary"]) == (500, PROBLEM + given)


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        (b"[]", "The message could not be read: The body is not a JSON object."),
        (
            b'{"request_id": [1]}',
            "The message could not be read: request_id: Not a valid string.",
        ),
    ],
)
def test_an_invalid_webhook_is_answered_400(hub, body, summary):
    answer = hub.post("/add_order", data=body)

    assert (answer.status_code, answer.json) == (400, {"summary": summary})


@pytest.mark.parametrize(
    ("kind", "field"), [("taxon", "taxon.id"), ("product", "product.sku"), ("order", "order")]
)
def test_a_webhook_without_its_object_is_refused(hub, kind, field):
    parameters = PARAMETERS | {"jirafe_product_category_taxonomy": "1"}

    answer = hub.post(f"/add_{kind}", json={"request_id": 7, "parameters": parameters})

    assert (answer.status_code, answer.json["request_id"]) == (200, 7)
    assert f"{field}: Missing data for required field." in answer.json["summary"]


def test_a_taxon_of_another_taxonomy_has_no_event(hub):
    elsewhere = fixture("add_taxon")
    elsewhere["taxon"]["taxonomy_id"] = 9

    answer = hub.post("/add_taxon", json=elsewhere)

    assert answer.json["summary"] == "There was nothing to send to Jirafe."
    assert events_of(hub) == {}


def test_a_repeat_is_answered_as_before_and_an_older_state_left_out(hub):
    first = hub.post("/cancel_order", json=fixture("cancel_order"))
    repeat = hub.post("/cancel_order", json=fixture("cancel_order"))
    late = hub.post("/update_order", json=fixture("update_order"))

    assert repeat.json == first.json == fixture("cancel_order.reply")
    assert late.json["summary"] == "A newer state of R620481153 was sent to Jirafe already."
    assert events_of(hub) == fixture("cancel_order.events")


def test_the_key_is_required(make_app):
    hub = make_app(ENDPOINT_KEY="k").test_client()

    answer = hub.post("/add_cart", json=cart())

    expected = {"summary": "Unauthorized: The key in X-Hub-Token is missing or wrong."}
    assert (answer.status_code, answer.json) == (401, expected)
    assert hub.post("/add_cart", json=cart(), headers={"X-Hub-Token": "k"}).status_code == 200


def test_an_outage_of_jirafe_is_answered_503_and_a_retry_succeeds(hub_to_upstream, upstream):
    upstream.always(500, "")
    failed = hub_to_upstream.post("/add_cart", json=cart())
    upstream.always(200, '{"success": true}')
    fixed = hub_to_upstream.post("/add_cart", json=cart())

    assert failed.status_code == 503
    assert failed.headers["Retry-After"]
    assert failed.json["request_id"] == "r-1"
    assert failed.json["summary"].startswith(PROBLEM)
    assert fixed.json["summary"] == "The cart R1 was sent to Jirafe."


def test_a_dead_letter_is_stored_without_its_token_and_can_be_replayed(hub_to_upstream, upstream):
    upstream.always(
        400, json.dumps({"success": False, "error_type": "validation", "errors": {"id": "odd"}})
    )
    refused = hub_to_upstream.post("/add_taxon", json=fixture("add_taxon"))
    upstream.always(200, '{"success": true}')
    run = hub_to_upstream.application.test_cli_runner()

    shown = run.invoke(args=["dead-letters", "show", "1"]).output
    replayed = run.invoke(args=["dead-letters", "replay", "1"], input=f"{TOKEN}\n")

    assert refused.json["summary"] == (
        "There was a problem while sending a category event to Jirafe: "
        "Jirafe refused the category event for Cups: id: odd"
    )
    assert (json.loads(shown)["type"], TOKEN in shown) == ("taxon:new", False)
    assert (replayed.exit_code, json.loads(replayed.stdout)["level"]) == (0, "info")
    assert upstream.requests[-1].json == fixture("add_taxon.events")["category"][0]

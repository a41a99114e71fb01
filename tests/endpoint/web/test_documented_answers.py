"""The notifications that the endpoint's documentation promises, to the letter."""

import json

import pytest

from tests.endpoint.fixtures import message
from tests.upstream import Answer, accept_all

AMOUNTS = {"item": 0, "adjustment": 0, "tax": 0, "shipping": 0, "payment": 0, "order": 0}
CART = {"number": "R827035050", "totals": AMOUNTS, "line_items": [], "currency": "USD"}
ORDER = {**CART, "status": "complete", "placed_on": "2013-07-30T20:08:39Z"}
TAXON = {"id": 3, "name": "Bags", "taxonomy_id": 2}
REFUSAL = {"success": False, "error_type": "validation", "errors": {"id": "..."}}


CART_SENT = ("Cart event sent to Jirafe", "A cart event for R827035050 was sent to Jirafe.")
PLACED_SENT = (
    "Order placed event sent to Jirafe",
    "An order-placed event for R827035050 was sent to Jirafe.",
)
ACCEPTED_SENT = (
    "Order accepted event sent to Jirafe",
    "An order-accepted event for R827035050 was sent to Jirafe.",
)
CANCELED_SENT = (
    "Order canceled event sent to Jirafe",
    "An order-canceled event for R827035050 was sent to Jirafe.",
)
CATEGORY_SENT = ("Category event sent to Jirafe.", "The category 'Bags' was sent to Jirafe.")
PROBLEM = "There was a problem while sending {} event to Jirafe."

DOCUMENTED = [
    (
        "/import_cart",
        message("cart:new", {"cart": CART}),
        [CART_SENT],
        PROBLEM.format("a cart"),
    ),
    (
        "/import_new_order",
        message("order:new", {"order": ORDER}),
        [CART_SENT, PLACED_SENT, ACCEPTED_SENT],
        PROBLEM.format("an order-accepted"),
    ),
    (
        "/import_updated_order",
        message("order:update", {"order": {**ORDER, "status": "canceled"}}),
        [ACCEPTED_SENT, CANCELED_SENT],
        PROBLEM.format("an order-accepted"),
    ),
    (
        "/import_category",
        message("taxon:new", {"taxon": TAXON}, product_category_taxonomy="2"),
        [CATEGORY_SENT],
        PROBLEM.format("a category"),
    ),
]


@pytest.mark.parametrize(("path", "sent", "infos", "_problem"), DOCUMENTED)
def test_accepted_events_are_reported_in_the_documented_words(hub, path, sent, infos, _problem):
    answer = hub.post(path, json=sent)

    notes = [
        {"level": "info", "subject": subject, "description": description}
        for subject, description in infos
    ]
    assert answer.json == {"message_id": "m-1", "notifications": notes}


@pytest.mark.parametrize(("path", "sent", "_infos", "problem"), DOCUMENTED)
def test_refused_events_are_reported_in_the_documented_words(
    hub_to_upstream, upstream, path, sent, _infos, problem
):
    def refuse(request):
        if not request.path.endswith("/batch"):
            return Answer(400, json.dumps(REFUSAL))
        results = json.loads(accept_all(request).body)
        accepted = next(
            place for place, o in enumerate(request.json["order"]) if o["status"] == "accepted"
        )
        results["order"][accepted] = REFUSAL
        return Answer(200, json.dumps(results))

    upstream.answer = refuse

    answer = hub_to_upstream.post(path, json=sent)

    errors = [note for note in answer.json["notifications"] if note["level"] == "error"]
    assert answer.status_code == 200
    assert [note["subject"] for note in errors] == [problem]
    assert "id: ..." in errors[0]["description"]


@pytest.mark.parametrize("payload", [{"order": {}}, {"order": {"id": None}}, {"original": {}}])
def test_an_order_without_a_number_is_refused_by_that_field(hub, payload):
    answer = hub.post("/", json=message("order:canceled", payload))

    (note,) = answer.json["notifications"]
    assert (answer.status_code, note["level"]) == (200, "error")
    assert "Missing data for required field." in note["description"]

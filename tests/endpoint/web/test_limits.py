"""However much is wrong with a message, the answer stays small."""

import json

import pytest

from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.notifications import LONGEST_WORDING, MOST_PROBLEMS, Notification
from mappers import Warning as MappingWarning
from tests.endpoint.fixtures import message
from tests.upstream import Answer

MANY = 1_000
PRODUCTS = 300


def line(number):
    return {"id": number, "sku": f"S-{number}", "quantity": 1, "price": 2}


def test_of_many_refused_events_a_hundred_notifications_are_shown(hub_to_upstream, upstream):
    refusal = {"success": False, "error_type": "validation", "errors": {"id": "x" * 9_000}}

    def refuse_products(sent):
        results = {kind: [{"success": True}] * len(events) for kind, events in sent.json.items()}
        return Answer(200, json.dumps(results | {"product": [refusal] * PRODUCTS}))

    upstream.answer = refuse_products
    order = {
        "number": "R1",
        "currency": "USD",
        "line_items": [line(number) for number in range(PRODUCTS)],
    }
    answer = hub_to_upstream.post("/", json=message("order:new", {"order": order}))

    notes = answer.json["notifications"]
    assert (answer.status_code, len(notes)) == (200, MOST_PROBLEMS)
    assert notes[-1] == {
        "level": "error",
        "subject": "There are more notifications",
        "description": f"{PRODUCTS + 4 - MOST_PROBLEMS} more notifications about this message "
        "are not shown.",
    }
    assert len(answer.data) < 100_000
    assert (
        hub_to_upstream.post("/", json=message("order:new", {"order": order})).data == answer.data
    )


@pytest.mark.parametrize("path", ["/", "/preview"])
def test_a_message_full_of_nonsense_gets_a_short_answer(hub, path):
    sent = message("order:new", {"order": {"number": "R1", "line_items": [1] * 2_000}})
    answer = hub.post(path, json=sent)

    assert answer.status_code == 200
    assert len(answer.data) < 20_000
    (note,) = answer.json["notifications"]
    assert note["description"].startswith("The message could not be mapped: order.line_items.0")


def test_a_preview_shows_a_hundred_problems(hub):
    lines = [line(number) | {"sku": "x" * 10_000} for number in range(MANY)]
    sent = message("order:new", {"order": {"number": "R1", "line_items": lines}})
    shown = hub.post("/preview", json=sent).json

    assert sum(len(event["errors"]) for event in shown["events"]) <= MOST_PROBLEMS
    assert len(shown["notifications"]) <= MOST_PROBLEMS


def test_errors_are_shown_before_the_rest_and_few_notifications_as_they_are():
    infos = [Notification("info", "s", str(number)) for number in range(MOST_PROBLEMS)]
    error = Notification("error", "s", "wrong")

    assert notifications.limited(infos) == infos
    shown = notifications.limited([*infos, error])
    assert (len(shown), shown[0], shown[1:-1]) == (MOST_PROBLEMS, error, infos[:-2])
    assert (shown[-1].level, shown[-1].description) == (
        "info",
        "2 more notifications about this message are not shown.",
    )


def test_the_problems_of_a_refusal_and_their_words_are_bounded():
    errors = {f"items.{number}.id": "x" * 9_000 for number in range(MANY)}

    for note in (
        notifications.refused("cart", "R1", errors),
        notifications.unmappable("cart", {path: ["wrong"] for path in errors}),
    ):
        assert len(note.description) < MOST_PROBLEMS * (LONGEST_WORDING + 50)
    assert note.description.endswith(f"And {MANY - MOST_PROBLEMS} more.")


SUMS = {"total": "70.00", "subtotal": "34.50", "tax": "3.00", "discounts": "1.00", "fees": "0.00"}
WARNINGS = [
    (
        MappingWarning("left_out", "order.email", {"reason": "Not a valid string."}),
        "order.email: Not a valid string. The field was left out, and the rest was sent.",
    ),
    (
        MappingWarning("sums", "order", SUMS),
        "R1 was sent with a total of 70.00, which is not subtotal 34.50 + tax 3.00 - discounts 1.00.",  # noqa: E501
    ),
    (
        MappingWarning("items", "order", {"subtotal": "34.50", "items": "30.00"}),
        "R1 was sent with a subtotal of 34.50, its items 30.00.",
    ),
    (
        MappingWarning("future_date", "order.updated_at"),
        "order.updated_at is more than a day ahead. The time of arrival was sent instead.",
    ),
    (
        MappingWarning("currency", "order.currency", {"currency": "USD"}),
        (
            "No currency was given for R1, so it was sent in USD. "
            "Set the parameter jirafe.currency to change that."
        ),
    ),
]


@pytest.mark.parametrize(("warning", "description"), WARNINGS)
def test_each_warning_is_a_sentence_that_a_merchant_understands(warning, description):
    note = notifications.warning(warning, "R1", "jirafe.")

    assert (note.level, note.description) == ("warn", description)

"""However large or wrong a message is, it costs little and the answer stays small."""

import json
import os
import subprocess
import sys
import time
import tracemalloc

import orjson
import pytest

from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.notifications import LONGEST_WORDING, MOST_PROBLEMS, Notification
from jirafe_endpoint.web.body import MOST_CONTAINERS, MOST_VALUES
from mappers import Warning as MappingWarning
from tests.endpoint.fixtures import SITE, TOKEN, message
from tests.serving import ROOT
from tests.upstream import Answer

MANY = 1_000
PRODUCTS = 300


def line(number):
    return {"id": number, "sku": f"S-{number}", "quantity": 1, "price": 2}


def test_at_most_a_hundred_notifications_of_refused_events_are_shown(hub_to_upstream, upstream):
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
def test_a_message_with_thousands_of_problems_gets_a_short_answer(hub, path):
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


def test_errors_come_first_when_notifications_are_cut():
    infos = [Notification("info", "s", str(number)) for number in range(MOST_PROBLEMS)]
    error = Notification("error", "s", "wrong")

    assert notifications.limited(infos) == infos
    shown = notifications.limited([*infos, error])
    assert (len(shown), shown[0], shown[1:-1]) == (MOST_PROBLEMS, error, infos[:-2])
    assert (shown[-1].level, shown[-1].description) == (
        "info",
        "2 more notifications about this message are not shown.",
    )


def test_a_refusal_has_a_bounded_number_of_bounded_problems():
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
def test_each_warning_is_one_sentence_for_the_merchant(warning, description):
    note = notifications.warning(warning, "R1", "jirafe.")

    assert (note.level, note.description) == ("warn", description)


LINE = {"quantity": 1, "price": 1}


def order_of(lines, **more):
    return message("order:new", {"order": {"number": "R1", "line_items": lines} | more})


@pytest.mark.parametrize("path", ["/", "/add_order", "/preview"])
@pytest.mark.parametrize("value", [[], {}])
def test_a_message_with_too_many_objects_and_lists_is_refused(hub, path, value):
    refused = hub.post(path, json=order_of([LINE], odd=[value] * MOST_CONTAINERS))
    taken = hub.post(path, json=order_of([LINE], odd=[value] * (MOST_CONTAINERS - 100)))

    assert refused.status_code == 413
    assert taken.status_code != 413
    assert "The message has more than 50,000 objects and lists." in refused.text


@pytest.mark.parametrize("path", ["/", "/preview"])
def test_a_message_with_too_many_values_is_refused(hub, path):
    shapes = [1] * MOST_VALUES, {f"m{one}": 1 for one in range(MOST_VALUES)}
    for odd in shapes:
        refused = hub.post(path, data=orjson.dumps(order_of([LINE], odd=odd)))

        assert refused.status_code == 413
        assert "The message has more than 250,000 values." in refused.text
    taken = hub.post(path, data=orjson.dumps(order_of([LINE], odd=[1] * (MOST_VALUES - 100))))
    assert taken.status_code == 200


def lines_with(count, **more):
    return [LINE | {"id": one, "sku": f"S{one}"} | more for one in range(count)]


LARGE = {
    "long texts": lambda: order_of(lines_with(2000, name="x" * 4400)),
    "many fields": lambda: order_of(
        lines_with(2000, **{f"a_field_of_a_line_{one}": one / 7 for one in range(110)}),
    ),
    "names of their own": lambda: order_of(
        [LINE], odd={f"name{one}": f"value {one:017}" for one in range(240_000)}
    ),
    "many categories": lambda: order_of(
        lines_with(
            1000,
            name="x" * 8000,
            product={"taxons": [{"id": one, "name": f"t{one}"} for one in range(45)]},
        )
    ),
    "many adjustments": lambda: order_of(
        lines_with(1000, name="x" * 7500, adjustments=[{"name": "tax", "value": 1}] * 45)
    ),
}


@pytest.mark.parametrize("shape", LARGE)
def test_a_message_of_9_mb_takes_at_most_20_times_its_size_in_memory(hub, shape):
    body = orjson.dumps(LARGE[shape]())
    tracemalloc.start()
    answer = hub.post("/", data=body, content_type="application/json")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status_code == 200
    assert len(body) > 8_000_000
    assert most < 20 * len(body)


@pytest.mark.parametrize("part", ["taxons", "adjustments"])
def test_time_grows_linearly_with_the_content_of_line_items(hub, part):
    def measured(count, number):
        inner = [{"id": one, "name": f"t{one}", "value": 1} for one in range(40)]
        line = {"product": {"taxons": inner}} if part == "taxons" else {"adjustments": inner}
        body = order_of(lines_with(count, **line), number=f"R{count}-{number}")
        start = time.process_time()
        assert hub.post("/", json=body).status_code == 200
        return time.process_time() - start

    small, large = (min(measured(count, one) for one in range(3)) for count in (250, 1000))
    assert large < 8 * small


BESIDE_OTHERS = """
from gevent import monkey
monkey.patch_all()
import time
import gevent, orjson
from jirafe_endpoint import create_app
from tests.endpoint.limits.test_messages import LARGE, LINE, order_of

def take_turns():
    while True:
        turns.append(time.process_time())
        gevent.sleep(0)

client = create_app().test_client()
client.post("/", json=order_of([LINE]))
body = orjson.dumps(LARGE["many adjustments"]())
turns = []
gevent.spawn(take_turns)
gevent.sleep(0)
answer = client.post("/", data=body)
turns.append(time.process_time())
longest = max(end - start for start, end in zip(turns, turns[1:]))
print(answer.status_code, longest / (turns[-1] - turns[0]))
"""


def test_a_message_of_9_mb_lets_others_work_between_its_steps(tmp_path):
    """In a worker, green threads only yield when they wait; the shares are of its CPU time."""
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "JIRAFE_API_SITES": f"{SITE}:{TOKEN}"}
    done = subprocess.run(
        [sys.executable, "-c", BESIDE_OTHERS],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    status, longest = done.stdout.split()
    assert status == "200"
    assert float(longest) < 0.75

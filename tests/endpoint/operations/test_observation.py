"""The log line of a message, its request id, and the metrics."""

import hashlib
import json
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

import logs
from jirafe_endpoint.observability import message_log
from tests.endpoint.delivery.test_replay import refuse_products
from tests.endpoint.fixtures import fixture, message
from tests.serving import ROOT
from tests.upstream import Answer, accept_all

CART = {"number": "R1", "updated_at": "2026-03-02T14:06:02Z"}
HASH_OF_JANE_DOE = f"sha256:{hashlib.sha256(b'Jane Doe').hexdigest()[:16]}"


@pytest.fixture
def lines():
    """Return the lines of the messages, parsed, as they are answered."""
    shown = []

    class Handler(logging.Handler):
        def emit(self, record):
            shown.append(json.loads(self.format(record)))

    handler = Handler()
    handler.setFormatter(logs.formatter("json"))
    logger = logging.getLogger("jirafe_endpoint")
    logger.addHandler(handler)
    yield shown
    logger.removeHandler(handler)


def of_messages(lines):
    return [line for line in lines if line["event"] == "message"]


def counted(hub, prefix="jirafe_endpoint_"):
    """Return the counts of a kind by name and labels, except those that are 0."""
    text = hub.get("/metrics").text
    return {
        (sample.name.removeprefix(prefix), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value and "bucket" not in sample.name
    }


def test_a_message_is_logged_as_one_line_with_its_steps(hub, lines):
    hub.post("/", json=fixture("order_new"), headers={"X-Request-ID": "r-1"})

    (line,) = of_messages(lines)
    times = line.pop("ms")
    assert list(times) == ["read", "map", "claim", "deliver", "settle", "all"]
    assert all(time >= 0 for time in times.values())
    assert line.pop("time")
    assert line == {
        "event": "message",
        "level": "info",
        "logger": "jirafe_endpoint.web.request_log",
        "request_id": "r-1",
        "message_id": "65e333317765623d5a000003",
        "type": "order:new",
        "site": "demo-shop",
        "number": "R514820377",
        "outcome": "sent",
        "events": {"accepted": 6},
        "status": 200,
    }


def test_the_documented_log_line_and_metrics_are_real(hub, lines):
    page = (ROOT / "docs" / "operations.md").read_text()
    hub.post("/", json=fixture("order_new"))

    (shown,) = map(json.loads, re.findall(r'^\{"event":"message".*\}$', page, re.M))
    (line,) = of_messages(lines)
    assert list(shown) == list(line)
    assert list(shown["ms"]) == list(line["ms"])
    changing = {"time": None, "request_id": None, "ms": None}
    assert shown | changing == line | changing
    listed = re.findall(r"^\| `(jirafe_endpoint_\w+)` \|", page, re.M)
    text = hub.get("/metrics").text
    assert set(listed) == set(re.findall(r"^# TYPE (\w+)", text, re.M))


def test_each_outcome_has_its_name_in_the_log_and_metrics(
    hub_to_upstream, upstream, lines, monkeypatch
):
    hub = hub_to_upstream
    upstream.answer = accept_all
    cart = {"cart": CART}

    def post(envelope, path="/", **headers):
        hub.post(path, data=json.dumps(envelope), headers=headers)

    post(fixture("order_new"))
    post(fixture("order_new"))
    post(fixture("taxon_new_elsewhere"))
    post(message("cart:new", {"cart": {}}))
    post(message("cart:new", cart, access_token=""))
    post(["no message"])
    post(message("order:ship", {}))
    post({}, "/nothing_here")
    upstream.always(503, "{}")
    post(message("cart:new", cart))
    upstream.answer = refuse_products
    post(fixture("order_new_guest"))
    monkeypatch.setattr(hub.application.extensions["jirafe_endpoint"], "_claims", None)
    post(message("cart:new", cart))
    hub.get("/health")

    assert [(line["outcome"], line["status"], line["level"]) for line in of_messages(lines)] == [
        ("sent", 200, "info"),
        ("repeated", 200, "info"),
        ("left_out", 200, "info"),
        ("refused", 200, "warning"),
        ("needs_action", 500, "warning"),
        ("unreadable", 400, "warning"),
        ("refused", 200, "warning"),
        ("rejected", 404, "warning"),
        ("later", 503, "warning"),
        ("refused", 200, "warning"),
        ("failed", 503, "warning"),
    ]
    problem = "The message could not be mapped: cart.number: Missing data for required field."
    assert [line.get("why") for line in of_messages(lines)] == [
        None,
        None,
        None,
        problem,
        "jirafe.access_token: Missing data for required parameter.",
        "The body is not a JSON object.",
        "The message type is not supported.",
        "Not Found",
        "Jirafe answered with status 503.",
        "Jirafe refused events; the dead letter says why.",
        "AttributeError",
    ]
    counts = counted(hub)
    assert {key[1:]: count for key, count in counts.items() if key[0] == "messages_total"} == {
        ("sent", "order:new"): 1,
        ("repeated", "order:new"): 1,
        ("left_out", "taxon:new"): 1,
        ("refused", "cart:new"): 1,
        ("needs_action", "cart:new"): 1,
        ("unreadable", "other"): 1,
        ("refused", "other"): 1,
        ("rejected", "other"): 1,
        ("later", "cart:new"): 1,
        ("refused", "order:new"): 1,
        ("failed", "cart:new"): 1,
    }
    assert {key[1:]: count for key, count in counts.items() if key[0] == "events_total"} == {
        ("cart", "accepted"): 2,
        ("cart", "unavailable"): 1,
        ("order", "accepted"): 4,
        ("product", "accepted"): 2,
        ("product", "refused"): 2,
        ("customer", "accepted"): 2,
    }
    assert counts["dead_letters_total",] == 3
    assert counts["delivery_seconds_count",] == 3
    assert counts["batch_events_count",] == 3


def test_events_left_out_and_events_sent_before_are_counted_separately(
    hub_to_upstream, upstream, lines
):
    newer = CART | {"updated_at": "2026-03-02T15:00:00Z"}
    upstream.always(200, '{"success": true}')
    hub_to_upstream.post("/", json=message("cart:new", {"cart": newer}))
    hub_to_upstream.post("/", json=message("cart:new", {"cart": CART}) | {"message_id": "m-2"})

    assert [line["events"] for line in of_messages(lines)] == [{"accepted": 1}, {"outdated": 1}]

    def half(sent):
        events = json.loads(accept_all(sent).body)
        events.pop("product")
        return Answer(200, json.dumps(events))

    upstream.answer = half
    hub_to_upstream.post("/", json=fixture("order_new"))
    upstream.answer = accept_all
    hub_to_upstream.post("/", json=fixture("order_new"))

    assert [line["events"] for line in of_messages(lines)[2:]] == [
        {"accepted": 4, "unavailable": 2},
        {"sent_before": 4, "accepted": 2},
    ]


def test_open_breakers_are_counted(make_app, upstream):
    hub = make_app(JIRAFE_API_URL=upstream.url).test_client()
    upstream.always(500, "{}")

    for site in ["one"] * 5 + ["two"] * 6 + ["three"] * 4:
        hub.post("/", json=message("cart:new", {"cart": CART}, site_id=site))

    assert counted(hub)["breakers_open",] == 2


def test_the_request_id_is_passed_to_jirafe_and_a_malformed_one_is_replaced(
    hub_to_upstream, upstream, lines
):
    ids = ["r-1", "a b", "x" * 65, "", "ü", "a,b"]
    for number, shown in enumerate(ids):
        hub_to_upstream.post(
            "/",
            json=message("cart:new", {"cart": CART}) | {"message_id": number},
            headers={"X-Request-ID": shown},
        )

    sent = [request.headers["X-Request-ID"] for request in upstream.requests]
    assert sent == [line["request_id"] for line in of_messages(lines)]
    assert sent[0] == "r-1"
    assert all(len(one) == 32 and one.isalnum() for one in sent[1:])
    assert len(set(sent)) == len(ids)


def test_a_batch_carries_the_ids_of_its_messages(hub_to_upstream, upstream):
    held, go = threading.Event(), threading.Event()

    def hold(sent):
        held.set()
        go.wait(10)
        return accept_all(sent) if sent.path.endswith("batch") else Answer(200, '{"success": true}')

    upstream.answer = hold
    app = hub_to_upstream.application

    def post(number):
        cart = CART | {"number": f"R{number}"}
        envelope = message("cart:new", {"cart": cart}) | {"message_id": number}
        return app.test_client().post("/", json=envelope, headers={"X-Request-ID": f"r-{number}"})

    with ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(post, 0)]
        assert held.wait(10)
        go.set()
        answers += [pool.submit(post, number) for number in range(1, 40)]
        assert {answer.result(30).status_code for answer in answers} == {200}

    found = [request.headers["X-Request-ID"].split(",") for request in upstream.requests]
    by_events = [
        [f"r-{event['id'][1:]}" for event in request.json.get("cart", [request.json])]
        for request in upstream.requests
    ]
    assert found == [ids[:20] for ids in by_events]


@pytest.mark.parametrize(
    "plain", ["65e333317765623d5a000003", "518726r84910000001", 17, "cart:new"]
)
def test_an_id_is_logged_unchanged(plain):
    assert message_log.loggable(plain) == str(plain)


@given(st.text() | st.integers())
def test_an_id_that_may_be_personal_is_logged_as_a_hash(found):
    shown = message_log.loggable(found)

    assert shown == str(found) or shown.startswith("sha256:")
    assert len(shown) <= 64
    assert not set(shown) & set("@ \n\r\x1b\"'\\")


@pytest.mark.parametrize(
    ("kind", "payload", "number"),
    [
        ("cart:new", {"cart": {"number": 7, "id": 8}}, "7"),
        ("order:new", {"order": {"id": "R7"}}, "R7"),
        ("order:new", {"order": {"number": ""}, "original": {"number": "R7"}}, "R7"),
        ("product:new", {"product": {"id": 7, "sku": "CUP"}}, "CUP"),
        ("taxon:new", {"taxon": {"id": 7}}, "7"),
        ("user:new", {"user": {"id": 7}}, None),
        ("contact:new", {"contact": {"number": "+441632960961"}}, None),
        ("order:new", {"order": {"number": True}}, None),
        ("order:new", {"order": {"number": ["R7"]}}, None),
        ("order:new", {"order": "R7"}, None),
        ("order:new", {"order": {"number": "Jane Doe"}}, HASH_OF_JANE_DOE),
    ],
)
def test_a_log_line_names_its_cart_order_product_or_taxon(hub, lines, kind, payload, number):
    hub.post("/", json=message(kind, payload))

    (line,) = of_messages(lines)
    assert line["number"] == number


def test_a_name_sent_as_an_id_is_never_logged(hub, lines):
    sent = message("Jane Doe", {}) | {"message_id": "jane.doe@example.com"}

    hub.post("/", json=sent)

    (line,) = of_messages(lines)
    assert (line["message_id"], line["type"]) == (
        f"sha256:{hashlib.sha256(b'jane.doe@example.com').hexdigest()[:16]}",
        HASH_OF_JANE_DOE,
    )
    assert "doe" not in json.dumps(line).lower()

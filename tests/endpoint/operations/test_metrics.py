"""The counts of several processes, and who may read them."""

import http.client
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jirafe_endpoint.observability.message_log import Record
from jirafe_endpoint.observability.metrics import Metrics
from tests.faults.harness.hub import deliver, deliver_all, endpoint, hub_message, post
from tests.upstream import Answer, accept_all

KEY = "the=key/+=="


def exposition(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def counts(port):
    """Return the counts by name with labels; none while the workers are replaced."""
    try:
        status, text = exposition(port)
    except (OSError, http.client.HTTPException):
        return {}
    assert status == 200
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def of(port, name):
    return counts(port).get(f"jirafe_endpoint_{name}")


def until(seen, seconds=20):
    """Return once this is true; fail if it takes too long."""
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_counts_of_all_workers_add_up_and_outlast_them(sqlite_url, upstream):
    upstream.answer = accept_all
    with endpoint(sqlite_url, upstream.url) as service:
        deliver_all(
            service.port, [hub_message("order:new", f"R{n}", 1) for n in range(60)], threads=8
        )
        sent = 'messages_total{outcome="sent",type="order:new"}'
        assert of(service.port, sent) == 60
        assert of(service.port, 'events_total{kind="order",result="accepted"}') == 120
        assert of(service.port, "delivery_seconds_count") == 60
        assert of(service.port, "batch_events_sum") == sum(
            len(events) for request in upstream.requests for events in request.json.values()
        )

        # Each worker is replaced, one while it has a message in a lane.
        upstream.answer = lambda _: lambda connection: connection.recv(1)
        with ThreadPoolExecutor() as pool:
            in_progress = pool.submit(post, service.port, hub_message("order:new", "R99", 1))
            until(lambda: of(service.port, "lane_messages") == 1)
            for pid in service.workers():
                os.kill(pid, signal.SIGKILL)
            in_progress.result(30)
        until(lambda: of(service.port, "lane_messages") == 0)
        assert of(service.port, sent) == 60

        upstream.answer = accept_all
        deliver_all(
            service.port, [hub_message("order:new", f"S{n}", 1) for n in range(20)], threads=8
        )
        assert of(service.port, sent) == 80


def test_metrics_start_at_zero_and_leave_no_files_behind(sqlite_url, upstream, tmp_path):
    for number in range(2):
        with endpoint(sqlite_url, upstream.url, workers=1, TMPDIR=str(tmp_path)) as service:
            deliver(service.port, hub_message("no:type", "R1", number), time.monotonic() + 20)
            (folder,) = tmp_path.glob("jirafe-metrics-*")
            assert of(service.port, 'messages_total{outcome="refused",type="other"}') == 1
            assert folder.stat().st_mode & 0o777 == 0o700
        assert list(Path(tmp_path).glob("jirafe-metrics-*")) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Token": KEY},
        {"X-Augury-Token": KEY},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer {KEY}"},
    ],
)
def test_metrics_are_shown_with_the_key(make_app, headers):
    hub = make_app(ENDPOINT_KEY=KEY).test_client()

    answer = hub.get("/metrics", headers=headers)

    assert (answer.status_code, answer.mimetype) == (200, "text/plain")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": KEY}, {"Authorization": f"Basic {KEY}"}, {"Authorization": "Bearer "}],
)
def test_metrics_are_refused_without_the_key(make_app, headers):
    hub = make_app(ENDPOINT_KEY=KEY).test_client()

    answer = hub.get("/metrics", headers=headers)

    assert (answer.status_code, "jirafe_endpoint_" in answer.text) == (401, False)


def test_metrics_are_public_if_no_key_is_set(hub):
    assert hub.get("/metrics").status_code == 200


def test_metric_labels_are_limited_whatever_the_hub_sends():
    metrics = Metrics(["cart:new"])
    for number in range(1000):
        metrics.count(Record(type=f"type {number}", site=f"site-{number}"))

    lines = metrics.exposition().decode().splitlines()
    found = [line for line in lines if line.startswith("jirafe_endpoint_messages_total")]
    assert found == ['jirafe_endpoint_messages_total{outcome="sent",type="other"} 1000.0']


def test_the_queue_of_a_site_disappears_with_its_last_message(hub_to_upstream, upstream):
    depths = []

    def look(_):
        depths.append(hub_to_upstream.application.test_client().get("/metrics").text)
        return Answer(500, "{}")

    upstream.answer = look
    hub_to_upstream.post("/", json=hub_message("cart:new", "R1", 1))

    assert "jirafe_endpoint_lane_messages 1.0" in depths[0]
    assert "jirafe_endpoint_lane_messages 0.0" in hub_to_upstream.get("/metrics").text


def test_tracker_requests_are_counted_even_if_the_response_hides_the_outcome(make_app):
    app = make_app(JIRAFE_API_SITES="my-shop:token")
    event = {"site": "my-shop", "pageview": {"page_type": "cart"}}
    for data in (event, event, event | {"site": "no-shop"}, event | {"pageview": 5}, [], "{"):
        text = data if isinstance(data, str) else json.dumps(data)
        answer = app.test_client().get(
            "/jirafe/v2/tracker/pageview.gif", query_string={"data": text}
        )
        assert (answer.status_code, answer.mimetype) == (200, "image/gif")

    lines = app.test_client().get("/metrics").text.splitlines()
    assert sorted(line for line in lines if line.startswith("jirafe_endpoint_tracked_total")) == [
        f'jirafe_endpoint_tracked_total{{kind="pageview",outcome="{outcome}"}} {count}'
        for outcome, count in (
            ("accepted", 2.0),
            ("authorization", 1.0),
            ("bad_json", 1.0),
            ("validation", 2.0),
        )
    ]

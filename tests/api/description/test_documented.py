"""Every address in docs/api.md, each with a documented example."""

import json
import re
from pathlib import Path
from unittest.mock import ANY
from urllib.parse import quote

import pytest

from jirafe_api.beacon import SCRIPT
from jirafe_api.contract.json_schemas import SCHEMAS
from jirafe_api.description.shared import EXAMPLES
from jirafe_api.web.trackers.v2 import GIF
from tests.api.described import described
from tests.api.events import BEARER, OK, SITE, post

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"
LISTED = {
    "events": [
        {
            "seq": ANY,
            "received_at": "2026-01-01T12:00:00.000Z",
            "version": 2,
            "id": "R204518836",
            "event": EXAMPLES["cart"],
        }
    ],
    "next": None,
}
FED = {
    "events": [{"kind": "cart", **LISTED["events"][0]}],
    "next": f"/v2/{SITE}/events?limit=50&after=1",
}
PAGE = (Path(__file__).parents[3] / "jirafe_api" / "description" / "docs.html").read_bytes()
PAGEVIEW = EXAMPLES["pageview"] | {"site": SITE}
VISIT = EXAMPLES["visit"] | {"site": SITE}

# The request line, the body and the response; events are also stored.
ROWS = [
    ("POST /v2/{site}/cart", EXAMPLES["cart"], OK),
    ("POST /v2/{site}/category", EXAMPLES["category"], OK),
    ("POST /v2/{site}/customer", EXAMPLES["customer"], OK),
    ("POST /v2/{site}/employee", EXAMPLES["employee"], OK),
    ("POST /v2/{site}/order", EXAMPLES["order-placed"], OK),
    ("POST /v2/{site}/order", EXAMPLES["order-accepted"], OK),
    ("POST /v2/{site}/order", EXAMPLES["order-cancelled"], OK),
    ("POST /v2/{site}/product", EXAMPLES["product"], OK),
    ("POST /v2/{site}/batch", EXAMPLES["batch"], {"category": [OK, OK], "employee": [OK]}),
    ("POST /v2/tracker/pageview", PAGEVIEW, OK),
    ("POST /v2/tracker/visit", VISIT, OK),
    ("GET /v2/tracker/pageview.gif", PAGEVIEW, GIF),
    ("GET /v2/tracker/visit.gif", VISIT, GIF),
    ("GET /v2/schema/cart.json", None, SCHEMAS["cart"]),
    ("GET /v2/schema/category.json", None, SCHEMAS["category"]),
    ("GET /v2/schema/customer.json", None, SCHEMAS["customer"]),
    ("GET /v2/schema/employee.json", None, SCHEMAS["employee"]),
    ("GET /v2/schema/order-placed.json", None, SCHEMAS["order-placed"]),
    ("GET /v2/schema/order-accepted.json", None, SCHEMAS["order-accepted"]),
    ("GET /v2/schema/order-cancelled.json", None, SCHEMAS["order-cancelled"]),
    ("GET /v2/schema/product.json", None, SCHEMAS["product"]),
    ("GET /v2/schema/batch.json", None, SCHEMAS["batch"]),
    ("GET /v2/schema/pageview.json", None, SCHEMAS["pageview"]),
    ("GET /v2/schema/visit.json", None, SCHEMAS["visit"]),
    ("POST /v2/{site}/heartbeat", EXAMPLES["heartbeat"], OK),
    ("POST /v2/{site}/inventory", EXAMPLES["inventory"], OK),
    ("POST /v2/{site}/product.cost", EXAMPLES["product.cost"], OK),
    ("GET /v2/{site}/events", None, FED),
    ("GET /v2/{site}/cart", None, LISTED),
    ("GET /v2/{site}/cart/{id}", None, LISTED["events"][0]),
    ("GET /jirafe_api.js", None, SCRIPT.encode()),
    ("GET /openapi.json", None, described("/")),
    ("GET /docs", None, PAGE),
]


@pytest.mark.parametrize(("request_line", "sent", "answered"), ROWS)
def test_a_documented_address_answers_as_documented(client, request_line, sent, answered):
    if request_line.startswith("GET /v2/{site}/"):
        post(client, f"{SITE}/cart", EXAMPLES["cart"])
    named = {"{site}": SITE, "{id}": EXAMPLES["cart"]["id"]}
    method, path = re.sub("{[a-z]+}", lambda name: named[name[0]], request_line).split()
    headers = BEARER if "{site}" in request_line else {}
    if method == "POST":
        answer = client.post(path, json=sent, headers=headers)
    else:
        data = f"?data={quote(json.dumps(sent))}" if sent else ""
        answer = client.get(f"{path}{data}", headers=headers)
    content = answer.data if isinstance(answered, bytes) else answer.get_json()
    assert (answer.status_code, content) == (200, answered)
    if answered in (OK, GIF):
        kept = client.application.extensions["jirafe_api"].store.events()
        assert [event.event for event in kept] == [sent]


def test_the_tested_addresses_are_those_of_the_document_in_order():
    named = re.findall(r"^\| `((?:GET|POST) /\S+)` \| 200", DOCUMENT.read_text(), re.M)
    assert named == list(dict.fromkeys(line for line, _, _ in ROWS))

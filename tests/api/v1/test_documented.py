"""Every request and code sample in the documentation of version 1."""

import re
from pathlib import Path

import pytest

from jirafe_api.contract.kinds import V1_RESOURCES, V1_TRACKED
from tests.api.events import OK
from tests.api.v1_events import (
    CONTEXT,
    RESOURCES,
    TRACKED,
    kept,
    send,
    wrapped,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "v1.md"

ROWS = [
    ("/v1/tracker", wrapped(*TRACKED)),
    ("/v1/{site}/category", RESOURCES["category"]),
    ("/v1/{site}/customer", RESOURCES["customer"]),
    ("/v1/{site}/product", RESOURCES["product"]),
    ("/v1/{site}/cart", RESOURCES["cart"]),
    ("/v1/{site}/order", RESOURCES["order"]),
    ("/v1/{org}/{site}/category", RESOURCES["category"]),
    ("/v1/{org}/{site}/customer", RESOURCES["customer"]),
    ("/v1/{org}/{site}/product", RESOURCES["product"]),
    ("/v1/{org}/{site}/cart", RESOURCES["cart"]),
    ("/v1/{org}/{site}/order", RESOURCES["order"]),
]


def test_the_page_about_version_1_lists_what_is_tested_here():
    rows = re.findall(r"^\| `(/v1/\S+)` \|", DOCUMENT.read_text(), re.M)
    assert rows == [uri for uri, _ in ROWS]


def test_the_schemas_that_the_page_names_are_served(make_api, sqlite_url):
    client = make_api(sqlite_url).test_client()
    named = re.findall(r"`(/v1/schema/\S+)`", DOCUMENT.read_text())
    assert len(named) == 3
    assert [client.get(path).status_code for path in named] == [200] * 3


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(("uri", "sent"), ROWS, ids=[uri for uri, _ in ROWS])
def test_every_documented_request_is_accepted(make_api, sqlite_url, method, uri, sent):
    client = make_api(sqlite_url).test_client()
    path = uri.format(org="acme", site="123").removeprefix("/v1/")
    assert send(client, path, sent, method) == (200, OK)
    assert len(kept(client)) == len(sent.get("data", [0]))


# The documentation's code samples: they swap the site and the organization of the path.
EARLIER, LATER = "2012-01-07T12:24:09", "2012-01-07T13:24:09"
IN_ORDER = {"change_date": LATER, "create_date": EARLIER}
REVERSED = {"change_date": EARLIER, "create_date": LATER}
SAMPLES = [
    ("category", {"id": "01134", "name": "World"} | IN_ORDER, 200),
    ("category", {"id": "01134", "name": "World"} | REVERSED, 422),
    ("customer", {"id": "3", "name": "John Doe"} | IN_ORDER, 200),
    ("customer", {"id": "3", "name": "John Doe"} | REVERSED, 422),
]


@pytest.mark.parametrize(("kind", "event", "status"), SAMPLES)
def test_code_samples_get_the_documented_status(client, kind, event, status):
    assert send(client, f"123/acme/{kind}", event, "PUT")[0] == status
    stored = [("123", 1, kind, event["id"], event | {"org": "acme"})]
    assert kept(client) == (stored if status == 200 else [])


def test_the_second_name_in_a_path_is_the_site_if_the_token_fits_both(make_api, sqlite_url):
    client = make_api(sqlite_url, JIRAFE_API_SITES="1:a 2:a").test_client()
    headers = {"Authorization": "Bearer a"}
    assert send(client, "1/2/category", RESOURCES["category"], headers=headers) == (200, OK)
    assert [(site, event["org"]) for site, *_, event in kept(client)] == [("2", "1")]


def test_every_kind_of_version_1_has_an_example_here():
    assert set(V1_RESOURCES) == RESOURCES.keys()
    assert set(V1_TRACKED) == {event["event_type"] for event in TRACKED}


@pytest.mark.parametrize("event", TRACKED, ids=lambda event: event["event_type"])
def test_every_tracker_event_is_accepted_and_kept_with_its_context(client, event):
    kind = event["event_type"]
    context = CONTEXT | {kind: event | CONTEXT.get(kind, {})}
    assert send(client, "tracker", wrapped(event)) == (200, OK)
    own_id = CONTEXT["visit"]["id"] if kind == "visit" else ""
    assert kept(client) == [("123", 1, kind, own_id, context)]

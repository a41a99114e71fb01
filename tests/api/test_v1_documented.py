"""Every request and every example of version 1's documentation."""

import json
import re
from pathlib import Path

import pytest

from jirafe_api.contract.kinds import V1_RESOURCES, V1_TRACKED
from tests.api.events import BEARER, OK, SHARED
from tests.api.v1_events import (
    CONTEXT,
    RESOURCES,
    TRACKED,
    kept,
    kept_events,
    send,
    wrapped,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "v1.md"

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


@pytest.mark.parametrize("kind", ["category", "customer"])
def test_a_path_in_the_order_of_the_samples_is_accepted(client, kind):
    assert send(client, f"123/grp/{kind}", RESOURCES[kind], "PUT") == (200, OK)
    assert kept(client) == [
        ("123", 1, kind, RESOURCES[kind]["id"], RESOURCES[kind] | {"org": "grp"})
    ]


def test_where_a_token_opens_both_names_of_a_path_the_second_is_the_site(make_api, sqlite_url):
    client = make_api(sqlite_url, JIRAFE_API_SITES="1:a 2:a").test_client()
    headers = {"Authorization": "Bearer a"}
    assert send(client, "1/2/category", RESOURCES["category"], headers=headers) == (200, OK)
    assert [(site, event["org"]) for site, *_, event in kept(client)] == [("2", "1")]


def test_the_kinds_are_those_of_the_examples():
    assert set(V1_RESOURCES) == RESOURCES.keys()
    assert set(V1_TRACKED) == {event["event_type"] for event in TRACKED}


@pytest.mark.parametrize("event", TRACKED, ids=lambda event: event["event_type"])
def test_every_tracker_event_is_accepted_and_kept_with_its_context(client, event):
    kind = event["event_type"]
    context = CONTEXT | {kind: event | CONTEXT.get(kind, {})}
    assert send(client, "tracker", wrapped(event)) == (200, OK)
    own_id = CONTEXT["visit"]["id"] if kind == "visit" else ""
    assert kept(client) == [("123", 1, kind, own_id, context)]


@pytest.fixture(scope="module")
def document():
    """The text of the documentation of the time."""
    found = list((SHARED / "seeds").glob("004_*"))
    if not found:
        pytest.skip(f"the documentation of version 1 is not in {SHARED / 'seeds'}")
    return found[0].read_text()


def mended(text):
    """The JSON that an example stands for: commas, quotes and values put in where they lack."""
    text = re.sub(r":\s*// .*", ': "",', text)
    text = re.sub(r"(?<=[{\s])(\w+):", r'"\1":', text)
    return json.loads(re.sub(r'(["\]}])(\s*\n\s*")', r"\1,\2", text))


def examples(document, heading):
    """The examples of a section, mended."""
    section = document.partition(f" {heading}\n")[2]
    section = re.split(r"\n#{2,4} The |\n### |\n#### \w+ (?:\w+ )*Event", section)[0]
    return [
        mended(text)
        for text in re.findall(r"Example(?: \d)?\n[^`]*```\w+\n(.*?)```", section, re.S)
    ]


def test_no_documented_address_was_forgotten(document):
    named = set(re.findall(r"events\.jirafe\.(?:com|api)(/v1/\S+)", document))
    samples = {uri for uri in named if "{grp-id}" in uri}  # the other way round; see above
    ours = {uri.replace("{org}", "{org-id}").replace("{site}", "{site-id}") for uri, _ in ROWS}
    assert named - samples - ours == set()
    assert {uri.rpartition("/")[2] for uri in samples} == {"category", "customer"}


@pytest.mark.parametrize("heading", ["Pageview Event", "Funnel Event"])
def test_the_documents_own_tracker_events_are_accepted(client, document, heading):
    (wrapper,) = examples(document, "Tracker Wrapper")
    found = examples(document, heading)
    events = [event for example in found for event in example.get("data", [example])]
    assert send(client, "tracker", wrapper | {"site": 123, "data": events}) == (200, OK)
    assert [event[kind] for _, _, kind, _, event in kept(client)] == events
    assert len(events) == (2 if heading == "Pageview Event" else 1)


@pytest.mark.parametrize("kind", ["category", "customer", "product"])
def test_the_documents_own_events_are_accepted(client, document, kind):
    (event,) = examples(document, f"The {kind.title()} Endpoint")
    assert send(client, f"acme/123/{kind}", event) == (200, OK)
    assert kept_events(client) == [event | {"org": "acme"}]


def test_the_documents_own_samples_are_answered_as_they_say(client, document):
    plain = document.translate(str.maketrans("‘’“”'", '""""' + '"'))
    samples = re.findall(
        r'-X (PUT) -d "(.*?)" \\\s+http://events.jirafe.api(\S+).*?Should return:\s+```\s+(\d+)',
        plain,
        re.S,
    )
    statuses = []
    for method, body, uri, _ in samples:
        path = uri.replace("{site-id}", "123").replace("{grp-id}", "acme")
        answer = client.open(path, method=method, data=body, headers=BEARER)
        statuses.append(str(answer.status_code))
    assert statuses == [status for *_, status in samples] == ["200", "422"] * 2

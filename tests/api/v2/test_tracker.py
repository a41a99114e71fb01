import gzip
import json
from urllib.parse import quote

import pytest

from database.errors import DatabaseUnavailableError
from jirafe_api.web.trackers.v2 import GIF
from tests.api.events import (
    OK,
    PAGEVIEW,
    SHOP,
    SITE,
    TRACKED,
    TRACKED_VISIT,
    counts,
    invalid,
    refused,
    without,
)

OTHER = "https://other.example"
FORBIDDEN = refused("authorization")
COMPRESSED = refused("bad_encoding") | {"message": "Send the body as it is, not compressed."}
TOO_LARGE_TO_TRACK = refused("too_large") | {"message": "A pageview or a visit may have 64 kB."}


def stored(client):
    events = client.application.extensions["jirafe_api"].store.events()
    return [(event.site, event.kind, event.id, event.event) for event in events]


def post(client, kind, event, method="POST", **headers):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return client.open(f"/v2/tracker/{kind}", method=method, data=body, headers=headers)


def get(client, kind, event, **headers):
    text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    return client.get(f"/v2/tracker/{kind}.gif?data={quote(text)}", headers=headers)


def is_pixel(answer):
    return (
        answer.status_code,
        answer.content_type,
        answer.headers["Cache-Control"],
        answer.data,
    ) == (200, "image/gif", "no-store", GIF)


@pytest.mark.parametrize(("kind", "event"), TRACKED)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8", ""])
def test_a_posted_event_is_kept_unchanged(client, kind, event, content_type):
    answer = post(client, kind, event, **{"Content-Type": content_type})

    own_id = {"pageview": "pv-2", "visit": "v-1"}[kind]
    assert (answer.status_code, answer.get_json()) == (200, OK)
    assert stored(client) == [(SITE, kind, own_id, event)]
    assert counts(client) == {(kind, "accepted"): 1}


@pytest.mark.parametrize(("kind", "event"), TRACKED)
def test_put_is_handled_like_post(client, kind, event):
    assert post(client, kind, event, "PUT").get_json() == OK
    assert [event for *_, event in stored(client)] == [event]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "br"])
def test_a_compressed_event_is_refused_because_it_could_inflate(tracker, encoding):
    packed = gzip.compress(json.dumps(PAGEVIEW).encode())
    answer = post(tracker, "pageview", packed, **{"Content-Encoding": encoding})

    assert (answer.status_code, answer.get_json()) == (415, COMPRESSED)
    assert answer.headers["Accept-Encoding"] == "identity"
    assert stored(tracker) == []
    assert counts(tracker) == {("pageview", "bad_encoding"): 1}


def padded(size):
    return json.dumps(PAGEVIEW).encode().ljust(size)


@pytest.mark.parametrize(
    ("size", "status", "expected"),
    [(64 * 1024, 200, OK), (64 * 1024 + 1, 413, TOO_LARGE_TO_TRACK)],
)
def test_an_event_may_have_64_kb(tracker, size, status, expected):
    answer = post(tracker, "pageview", padded(size))

    assert (answer.status_code, answer.get_json()) == (status, expected)
    assert counts(tracker) == {("pageview", expected.get("error_type", "accepted")): 1}


@pytest.mark.parametrize(("kind", "event"), TRACKED)
def test_an_event_in_the_address_of_the_image_is_kept_unchanged(client, kind, event):
    answer = get(client, kind, event)

    own_id = {"pageview": "pv-2", "visit": "v-1"}[kind]
    assert is_pixel(answer)
    assert stored(client) == [(SITE, kind, own_id, event)]
    assert counts(client) == {(kind, "accepted"): 1}


@pytest.mark.parametrize("event", [PAGEVIEW, "{"])
def test_a_head_request_for_an_image_stores_nothing(tracker, event):
    text = event if isinstance(event, str) else json.dumps(event)
    answer = tracker.head(f"/v2/tracker/pageview.gif?data={quote(text)}")

    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/gif", b"")
    assert answer.headers["Content-Length"] == str(len(GIF))
    assert answer.headers["Cache-Control"] == "no-store"
    assert (stored(tracker), counts(tracker)) == ([], {})


@pytest.mark.parametrize("page", [{}, {"page": {}}, {"page": {"page_id": ""}}])
def test_a_pageview_needs_no_id(tracker, page):
    event = without(PAGEVIEW, "page") | page

    assert post(tracker, "pageview", event).get_json() == OK
    assert stored(tracker) == [(SITE, "pageview", "", event)]


WRONG = [
    (b"{", 400, refused("bad_json")),
    (b'{"site": NaN}', 400, refused("bad_json")),
    (b"\xff", 400, refused("bad_json")),
    ([], 400, invalid({"": "[] is not of type 'object'"})),
    ({"pageview": {"page_type": "cart"}}, 400, invalid({"": "'site' is a required property"})),
    (
        {"site": 1, "pageview": {"page_type": "attic"}},
        400,
        invalid(
            {
                "site": "1 is not of type 'string'",
                "pageview.page_type": "'attic' is not one of ['homepage', 'cart', 'order_confirm', "
                "'order_success', 'checkout', 'product', 'category', 'search', 'other']",
            }
        ),
    ),
    (PAGEVIEW | {"site": "unknown"}, 403, FORBIDDEN),
    (PAGEVIEW | {"site": "\ud800\n"}, 403, FORBIDDEN),
    (
        b" " * (64 * 1024 + 1),
        413,
        TOO_LARGE_TO_TRACK,
    ),
]


@pytest.mark.parametrize(("body", "status", "expected"), WRONG)
def test_an_invalid_post_is_answered_as_by_the_other_resources_and_counted(
    tracker, body, status, expected
):
    answer = post(tracker, "pageview", body)

    assert (answer.status_code, answer.get_json()) == (status, expected)
    assert stored(tracker) == []
    assert counts(tracker) == {("pageview", expected["error_type"]): 1}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[" * 1000, "bad_json"),
        ("{}", "validation"),
        (json.dumps(TRACKED_VISIT | {"site": "unknown"}), "authorization"),
    ],
)
def test_an_invalid_image_request_still_gets_a_pixel_and_is_counted(tracker, text, outcome):
    assert is_pixel(get(tracker, "visit", text))
    assert stored(tracker) == []
    assert counts(tracker) == {("visit", outcome): 1}


def test_bytes_that_are_not_text_still_get_a_pixel(tracker):
    assert is_pixel(tracker.get("/v2/tracker/visit.gif?data=%ff%00"))
    assert is_pixel(tracker.get("/v2/tracker/visit.gif"))
    assert counts(tracker) == {("visit", "bad_json"): 2}


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize("odd", [r"\u0000", r"\ud83d"])
def test_a_character_that_databases_cannot_store_is_replaced(client, send, odd):
    text = json.dumps(PAGEVIEW).replace("tea", odd)
    send(client, "pageview", text.encode() if send is post else text)

    kept = json.loads(text.replace(odd, "\ufffd"))
    assert stored(client) == [(SITE, "pageview", "pv-2", kept)]


def test_a_refused_event_is_logged_by_its_paths_without_its_content(tracker, caplog):
    event = TRACKED_VISIT | {
        "visit": TRACKED_VISIT["visit"] | {"user_agent": 1, "landing_url": ["Ann's"]}
    }
    get(tracker, "visit", event)
    post(tracker, "visit", b"Ann")
    post(tracker, "pageview", PAGEVIEW | {"site": "Ann's\n"})

    assert [record.getMessage() for record in caplog.records] == [
        "Refused a visit: validation at visit.landing_url, visit.user_agent",
        "Refused a visit: bad_json",
        "Unknown site: (malformed)",
        "Refused a pageview: authorization",
    ]


def test_a_database_that_is_down_is_503_to_posts_and_a_pixel_to_images(
    tracker, monkeypatch, caplog
):
    def fail(*_):
        raise DatabaseUnavailableError("The database cannot be used: gone")

    monkeypatch.setattr(tracker.application.extensions["jirafe_api"].store, "add", fail)

    assert post(tracker, "visit", TRACKED_VISIT).status_code == 503
    assert is_pixel(get(tracker, "visit", TRACKED_VISIT))
    assert counts(tracker) == {("visit", "unknown"): 2}
    assert "Lost a visit: The database cannot be used: gone" in caplog.messages


CLOSED = PAGEVIEW | {"site": "closed"}


@pytest.mark.parametrize(
    "headers",
    [{"Origin": OTHER}, {"Origin": "null"}, {}, {"Origin": OTHER, "Referer": f"{SHOP}/cart"}],
)
def test_a_page_of_another_origin_may_neither_send_nor_read_the_answer(tracker, headers):
    answer = post(tracker, "pageview", CLOSED, **headers)

    assert (answer.status_code, answer.get_json()) == (403, FORBIDDEN)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert is_pixel(get(tracker, "pageview", CLOSED, **headers))
    assert stored(tracker) == []


@pytest.mark.parametrize("referrer", [f"{OTHER}/", f"{SHOP}.evil.example/", "", "https://[", "x"])
def test_an_image_on_another_page_is_not_kept(tracker, referrer):
    assert is_pixel(get(tracker, "pageview", CLOSED, Referer=referrer))
    assert stored(tracker) == []
    assert counts(tracker) == {("pageview", "authorization"): 1}


@pytest.mark.parametrize("headers", [{"Origin": SHOP}, {"Referer": f"{SHOP}/cart?a=1"}])
def test_a_page_of_the_sites_own_origin_may_send(tracker, headers):
    assert post(tracker, "pageview", CLOSED, **headers).get_json() == OK
    assert is_pixel(get(tracker, "pageview", CLOSED, **headers))
    assert [event for *_, event in stored(tracker)] == [CLOSED]  # the same event is stored once


def test_any_page_may_send_for_a_site_without_origins(tracker):
    assert post(tracker, "pageview", PAGEVIEW, Origin=OTHER).get_json() == OK


@pytest.mark.parametrize("path", ["/v2/tracker/visit", "/v2/tracker/visit.gif", "/v1/tracker"])
def test_browsers_may_send_preflight_requests(tracker, path):
    asked = {
        "Origin": OTHER,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = tracker.options(path, headers=asked)

    given = {
        name: value for name, value in answer.headers.items() if name.startswith("Access-Control")
    }
    assert answer.status_code == 200
    assert given == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, PUT",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "86400",
    }


@pytest.mark.parametrize(("body", "status"), [(PAGEVIEW, 200), ({}, 400), (b" " * 70_000, 413)])
def test_pages_may_read_the_errors_of_an_event(tracker, body, status):
    answer = post(tracker, "pageview", body, Origin=OTHER)

    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_other_resources_take_no_pageviews_and_are_not_open_to_pages(client):
    headers = {"Authorization": "Bearer 45dc86d2e2fc-secret-token", "Origin": SHOP}
    answer = client.post(f"/v2/{SITE}/pageview", json=PAGEVIEW, headers=headers)

    assert (answer.status_code, answer.get_json()) == (400, refused("invalid_type"))
    assert "Access-Control-Allow-Origin" not in answer.headers

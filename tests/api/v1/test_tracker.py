import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jirafe_api.storage.events import storable
from jirafe_api.strict_json import parse
from tests.api.events import (
    BEARER,
    OK,
    PAGEVIEW,
    SHOP,
    TOKEN,
    counts,
    invalid,
    refused,
    without,
)
from tests.api.mutations import ANY_JSON
from tests.api.v1_events import (
    ADDED,
    BEGUN,
    CATEGORY_VIEW,
    CONTEXT,
    EDITED,
    LINE,
    PAGE,
    PRODUCT_VIEW,
    REMOVED,
    STEP,
    SUCCESS,
    TRACKED,
    VIEWED,
    VISIT,
    kept,
    kept_events,
    send,
    wrapped,
)

TOO_LARGE_WRAPPER = refused("too_large") | {
    "message": "A wrapper may have 256 kB, and so may all that is repeated in each of its events: "
    "org, site, timestamp, page, visit and customer."
}
TYPES = (
    "['pageview', 'visit', 'add_to_cart', 'remove_from_cart', 'edit_cart', 'order_success', "
    "'funnel']"
)
PAGE_TYPES = (
    "['home', 'homepage', 'cart', 'order_confirm', 'order_success', 'checkout', 'product', "
    "'category', 'search']"
)


def kinds_of(events):
    return [event["event_type"] for event in events]


def test_the_events_of_a_wrapper_are_kept_in_order(client):
    steps = [STEP | {"step_position": place} for place in range(100, 400)]
    assert send(client, "tracker", wrapped(*steps, *TRACKED)) == (200, OK)
    kinds = [*["funnel"] * 300, *kinds_of(TRACKED)]
    assert [kind for _, _, kind, _, _ in kept(client)] == kinds
    assert [event["funnel"] for event in kept_events(client)[:300]] == steps


def test_a_repeated_wrapper_adds_only_its_pageviews(client):
    pageviews = [kind for kind in kinds_of(TRACKED) if kind == "pageview"]
    for _ in range(2):
        assert send(client, "tracker", wrapped(*TRACKED)) == (200, OK)
    assert [kind for _, _, kind, _, _ in kept(client)] == [*kinds_of(TRACKED), *pageviews]


def test_an_event_repeated_within_a_wrapper_is_stored_once(client):
    assert send(client, "tracker", wrapped(STEP, ADDED, STEP, BEGUN, BEGUN)) == (200, OK)
    assert [kind for _, _, kind, _, _ in kept(client)] == ["funnel", "add_to_cart", "visit"]


def test_the_same_event_at_another_time_is_another_event(client):
    for second in (1, 2):
        sent = wrapped(ADDED, timestamp=f"2013-05-06T07:08:0{second}.000Z")
        assert send(client, "tracker", sent) == (200, OK)
    assert [kind for _, _, kind, _, _ in kept(client)] == ["add_to_cart", "add_to_cart"]


def test_a_wrapper_needs_only_its_names_and_one_event(client):
    assert send(client, "tracker", {"org": "a", "site": "123", "data": [BEGUN]}) == (200, OK)
    assert kept(client) == [
        ("123", 1, "visit", "", {"org": "a", "site": "123", "visit": {"event_type": "visit"}})
    ]


def test_a_visit_is_merged_with_the_visit_of_its_wrapper_which_prevails(client):
    event = BEGUN | {"id": {"odd": 1}, "campaign": "spring"}
    assert send(client, "tracker", wrapped(event)) == (200, OK)
    assert [event["visit"] for event in kept_events(client)] == [
        VISIT | {"event_type": "visit", "campaign": "spring"}
    ]


def test_cookies_and_undocumented_members_of_a_wrapper_are_not_kept(client):
    sent = wrapped(STEP, cookies={"a": "abc-cookie"}, funnel="abc-cookie", secret="abc-cookie")
    assert send(client, "tracker", sent) == (200, OK)
    assert kept_events(client) == [CONTEXT | {"funnel": STEP}]


def test_undocumented_members_of_other_events_are_stored(client):
    context = {
        "page": PAGE | {"x": [1]},
        "visit": VISIT | {"x": None},
        "customer": {"email": "é"},
    }
    event = STEP | {"x": {"y": 10**49}}
    assert send(client, "tracker", wrapped(event, **context)) == (200, OK)
    assert kept_events(client) == [CONTEXT | context | {"funnel": event}]


@pytest.mark.parametrize(
    "event",
    [
        {"event_type": "pageview", "page_type": "home"},
        {"event_type": "pageview", "page_type": "homepage"},
        PRODUCT_VIEW | {"product": without(VIEWED, "product_code") | {"code": "KET"}},
        PRODUCT_VIEW | {"product": VIEWED | {"price": 19.95, "site_categories": [{}]}},
        CATEGORY_VIEW | {"category": [{"id": "17"}]},
        {"event_type": "add_to_cart"},
        EDITED | {"line_items": [LINE | {"quantity": "3", "price": "0"}]},
        {"event_type": "order_success"},
        SUCCESS | {"line_items": [without(LINE, "code")]},
        STEP | {"step_position": -1},
    ],
)
def test_values_the_documentation_does_not_restrict_are_accepted(client, event):
    assert send(client, "tracker", wrapped(event)) == (200, OK)
    assert [kept_event[event["event_type"]] for kept_event in kept_events(client)] == [event]


@pytest.mark.parametrize(
    ("event", "errors"),
    [
        (5, {"data.1": "5 is not of type 'object'"}),
        ({}, {"data.1": "'event_type' is a required property"}),
        (without(ADDED, "event_type"), {"data.1": "'event_type' is a required property"}),
        ({"event_type": "click"}, {"data.1.event_type": f"'click' is not one of {TYPES}"}),
        ({"event_type": ["visit"]}, {"data.1.event_type": f"['visit'] is not one of {TYPES}"}),
        ({"event_type": "pageview"}, {"data.1": "'page_type' is a required property"}),
        (
            PRODUCT_VIEW | {"page_type": "other"},
            {"data.1.page_type": f"'other' is not one of {PAGE_TYPES}"},
        ),
        (
            PRODUCT_VIEW | {"product": VIEWED | {"price": "€ 40", "images": "none"}},
            {
                "data.1.product.price": "'€ 40' does not match '^[0-9]+(\\\\.[0-9]+)?$(?!\\\\n)'",
                "data.1.product.images": "'none' is not of type 'array'",
            },
        ),
        (
            PRODUCT_VIEW | {"product": without(VIEWED, "sku_code") | {"price": -1}},
            {
                "data.1.product": "'sku_code' is a required property",
                "data.1.product.price": "-1 is less than the minimum of 0",
            },
        ),
        (
            CATEGORY_VIEW | {"category": {"id": "17"}, "categories": [{"name": 1}]},
            {
                "data.1.category": "{'id': '17'} is not of type 'array'",
                "data.1.categories.0.name": "1 is not of type 'string'",
            },
        ),
        (
            ADDED | {"line_items": [VIEWED]},
            {
                "data.1.line_items.0": "'quantity' is a required property; "
                "'total_price' is a required property"
            },
        ),
        (
            REMOVED | {"cart": {"id": 5, "name": None}, "line_items": [LINE | {"quantity": 1.5}]},
            {
                "data.1.cart.id": "5 is not of type 'string'",
                "data.1.cart.name": "None is not of type 'string'",
                "data.1.line_items.0.quantity": "1.5 is not of type 'string', 'integer'",
            },
        ),
        (
            SUCCESS | {"order": {"id": 6}, "cart": "cart-5"},
            {
                "data.1.order.id": "6 is not of type 'string'",
                "data.1.cart": "'cart-5' is not of type 'object'",
            },
        ),
        (
            STEP | {"step_position": "2", "last_step": 0},
            {
                "data.1.step_position": "'2' is not of type 'integer'",
                "data.1.last_step": "0 is not of type 'boolean'",
            },
        ),
    ],
)
def test_one_bad_event_refuses_the_whole_wrapper_by_its_path(client, event, errors):
    assert send(client, "tracker", wrapped(BEGUN, event, BEGUN)) == (400, invalid(errors))
    assert kept(client) == []


@pytest.mark.parametrize("event", [ADDED, REMOVED, EDITED, SUCCESS])
def test_an_event_about_lines_needs_at_least_one_line(client, event):
    status, answer = send(client, "tracker", wrapped(event | {"line_items": []}))
    assert (status, [*answer["errors"]]) == (400, ["data.0.line_items"])


def test_the_problems_of_a_wrapper_are_listed_up_to_4000_characters(client):
    status, answer = send(client, "tracker", wrapped(*[{}] * 300))
    paths = [*answer["errors"]]
    assert status == 400
    assert paths == [f"data.{place}" for place in range(len(paths))]
    assert 3900 < len("".join([*paths, *answer["errors"].values()])) <= 4000


@pytest.mark.parametrize(
    ("wrapper", "errors"),
    [
        ([], {"": "[] is not of type 'object'"}),
        (None, {"": "None is not of type 'object'"}),
        (
            {},
            {
                "": "'org' is a required property; 'site' is a required property; "
                "'data' is a required property"
            },
        ),
        (wrapped(BEGUN, org=True), {"org": "True is not of type 'string', 'integer'"}),
        (wrapped(BEGUN, site=1.5), {"site": "1.5 is not of type 'string', 'integer'"}),
        (wrapped(BEGUN, cookie={}), {"cookie": "{} is not of type 'string'"}),
        (wrapped(BEGUN, timestamp=1), {"timestamp": "1 is not of type 'string'"}),
        (wrapped(BEGUN, data={}), {"data": "{} is not of type 'array'"}),
        (
            wrapped(BEGUN, page={"current_url": 1}),
            {"page.current_url": "1 is not of type 'string'"},
        ),
        (wrapped(BEGUN, customer={"id": 7}), {"customer.id": "7 is not of type 'string'"}),
        (
            wrapped(BEGUN, visit=without(VISIT, "visitor")),
            {"visit": "'visitor' is a required property"},
        ),
        (
            wrapped(BEGUN, visit=VISIT | {"attribution": [{"search": 1}, "google"]}),
            {
                "visit.attribution.0.search": "1 is not of type 'string'",
                "visit.attribution.1": "'google' is not of type 'object'",
            },
        ),
        (
            wrapped(BEGUN, org="a b\n"),
            {"org": "'a b\\n' is not 1 to 64 letters, digits, dashes and underscores"},
        ),
        (
            wrapped(BEGUN, org=10**65),
            {"org": f"'{10**65}' is not 1 to 64 letters, digits, dashes and underscores"},
        ),
    ],
)
def test_a_wrapper_of_the_wrong_form_is_answered_with_errors_by_path(client, wrapper, errors):
    assert send(client, "tracker", wrapper) == (400, invalid(errors))
    assert kept(client) == []


@pytest.mark.parametrize("members", [{"data": []}, {"visit": VISIT | {"attribution": []}}])
def test_required_lists_may_not_be_empty(client, members):
    status, answer = send(client, "tracker", wrapped(BEGUN) | members)
    path = "data" if "data" in members else "visit.attribution"
    assert (status, [*answer["errors"]]) == (400, [path])


@pytest.mark.parametrize("site", ["124", 124, "12", "", "a b", "é", "x" * 99, 10**4000, -123])
def test_an_unknown_site_is_refused_before_its_events_are_checked(client, site):
    for bad in (wrapped({"bad": 1}), wrapped(BEGUN, org="a b", cookie={}), wrapped(data=5)):
        answer = send(client, "tracker", bad | {"site": site})
        assert answer == (403, refused("authorization"))


def test_a_site_from_the_database_may_send(make_api, database_url):
    client = make_api(database_url).test_client()
    client.application.extensions["jirafe_api"].sites.add("new")
    assert send(client, "tracker", wrapped(BEGUN, site="new")) == (200, OK)
    assert [site for site, *_ in kept(client)] == ["new"]


def test_a_token_makes_no_difference_to_the_tracker(client):
    for header in (f"Bearer {TOKEN}", "Bearer wrong"):
        answer = send(client, "tracker", wrapped(BEGUN), headers={"Authorization": header})
        assert answer == (200, OK)


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff", b"[" * 200_000])
def test_bad_json_is_refused(client, body):
    assert send(client, "tracker", body) == (400, refused("bad_json"))


def padded(size):
    return json.dumps(wrapped(BEGUN)).encode().ljust(size)


def test_a_wrapper_may_have_256_kb(client):
    for size, answer in ((255_000, (200, OK)), (262_145, (413, TOO_LARGE_WRAPPER))):
        assert send(client, "tracker", padded(size)) == answer
    assert len(kept(client)) == 1


def test_a_wrapper_may_describe_a_cart_with_hundreds_of_lines(client):
    assert send(client, "tracker", wrapped(ADDED | {"line_items": [LINE] * 500})) == (200, OK)


def test_a_wrapper_that_would_store_too_many_bytes_is_refused(client):
    page = {"current_title": "x" * 1000}
    steps = [STEP | {"step_position": place} for place in range(200)]
    assert send(client, "tracker", wrapped(*steps[:100], page=page)) == (200, OK)
    assert send(client, "tracker", wrapped(*steps, page=page)) == (
        413,
        TOO_LARGE_WRAPPER,
    )
    assert len(kept(client)) == 100


def test_a_database_that_is_down_is_answered_503(make_api, tmp_path):
    client = make_api(f"sqlite:///{tmp_path}/no/such/folder/jirafe.db").test_client()
    status, answer = send(client, "tracker", wrapped(BEGUN))
    assert (status, answer["success"], answer["error_type"]) == (503, False, "unknown")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/tracker"), ("DELETE", "/v1/tracker")])
def test_other_methods_are_answered_in_the_same_form(client, method, path):
    answer = client.open(path, method=method)
    body = answer.get_json()
    assert answer.status_code == 405
    assert body == {"success": False, "error_type": "unknown", "message": body["message"]}


CLOSED = wrapped(BEGUN, STEP, site="closed")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("headers", [{"Origin": SHOP}, {"Referer": f"{SHOP}/cart?a=1"}])
def test_a_page_of_the_sites_own_origin_may_send_and_read_the_answer(tracker, method, headers):
    answer = tracker.open("/v1/tracker", method=method, json=CLOSED, headers=headers)
    assert (answer.status_code, answer.get_json()) == (200, OK)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert [kind for _, _, kind, _, _ in kept(tracker)] == ["visit", "funnel"]


@pytest.mark.parametrize("headers", [{"Origin": "https://other.example"}, {"Origin": "null"}, {}])
def test_a_page_of_another_origin_may_neither_send_nor_read_the_answer(tracker, caplog, headers):
    answer = tracker.post("/v1/tracker", json=CLOSED, headers=headers)
    assert (answer.status_code, answer.get_json()) == (403, refused("authorization"))
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert kept(tracker) == []
    assert caplog.messages == [
        "The page's origin is not allowed for site closed",
        "Refused a wrapper: authorization",
    ]


@pytest.mark.parametrize(("body", "status"), [({}, 400), (b"{", 400), (b" " * 11_000_000, 413)])
def test_pages_may_read_the_errors_of_a_wrapper(tracker, body, status):
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = tracker.post("/v1/tracker", data=data, headers={"Origin": SHOP})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_wrappers_are_counted_by_outcome_like_version_2_events(tracker):
    for sent in (
        wrapped(BEGUN, STEP),
        b"{",
        {},
        wrapped({}),
        padded(300_000),
        wrapped(BEGUN, site="no"),
    ):
        send(tracker, "tracker", sent)
    tracker.post("/v2/tracker/pageview", json=PAGEVIEW)
    assert counts(tracker) == {
        ("wrapper", "accepted"): 1,
        ("wrapper", "bad_json"): 1,
        ("wrapper", "validation"): 2,
        ("wrapper", "too_large"): 1,
        ("wrapper", "authorization"): 1,
        ("pageview", "accepted"): 1,
    }


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_compressed_wrapper_is_refused_because_it_could_inflate(tracker, encoding):
    packed = gzip.compress(json.dumps(wrapped(BEGUN)).encode())
    answer = tracker.post("/v1/tracker", data=packed, headers={"Content-Encoding": encoding})
    message = {"message": "Send the body as it is, not compressed."}
    assert (answer.status_code, answer.get_json()) == (415, refused("bad_encoding") | message)
    assert kept(tracker) == []


def test_the_other_resources_are_not_open_to_pages(client):
    answer = client.post("/v1/123/cart", json={}, headers=BEARER | {"Origin": SHOP})
    assert (answer.status_code, answer.get_json()) == (200, OK)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_refused_wrapper_is_logged_by_its_first_paths_without_its_content(tracker, caplog):
    visit = VISIT | {"attribution": [{"4111111111111111": 1, "ann@example.com": 1, "name": 2}]}
    send(tracker, "tracker", wrapped(BEGUN, visit=visit))
    send(tracker, "tracker", wrapped(*[{}] * 12))
    send(tracker, "tracker", [])
    paths = ", ".join(f"data.{place}" for place in (0, 1, 10, 11, 2, 3, 4, 5, 6, 7))
    where = "visit.attribution.0.?, visit.attribution.0.?.?, visit.attribution.0.name"
    assert caplog.messages == [
        f"Refused a wrapper: validation at {where}",
        f"Refused a wrapper: validation at {paths}, …",
        "Refused a wrapper: validation at (root)",
    ]


def test_neither_cookies_nor_customers_are_logged(client, caplog):
    with caplog.at_level("DEBUG"):
        send(client, "tracker", wrapped(BEGUN))
        send(client, "tracker", wrapped(BEGUN, {}))
        send(client, "tracker", wrapped(BEGUN, site="unknown"))
    assert "abc-cookie" not in caplog.text
    assert "Byron" not in caplog.text


@st.composite
def changed(draw, value, *undocumented):
    """Draw the object with undocumented members and perhaps one member changed."""
    members = draw(st.dictionaries(st.sampled_from(undocumented), ANY_JSON))
    if draw(st.integers(0, 3)) == 3:
        members[draw(st.sampled_from([*value]))] = draw(ANY_JSON)
    return value | members


EVENTS = st.sampled_from(TRACKED).flatmap(
    lambda event: changed(event, "id", "visit", "org", "title")
)
WRAPPERS = st.lists(EVENTS, min_size=1, max_size=3).flatmap(
    lambda events: changed(wrapped(*events), "funnel", "pageview", "version")
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WRAPPERS | WRAPPERS | ANY_JSON | st.binary())
def test_anything_sent_is_refused_or_stored_and_readable(fuzzed, sent):
    before = kept_events(fuzzed)
    status, _ = send(fuzzed, "tracker", sent)
    assert status in {200, 400, 403}
    expected = []
    if status == 200:
        stored = {canonical(event) for event in before}
        for event in joined(storable(parse(json.dumps(sent).encode()))):
            if "pageview" in event or canonical(event) not in stored:
                expected.append(event)
            stored.add(canonical(event))
    assert kept_events(fuzzed)[len(before) :] == expected


def canonical(event):
    return json.dumps(event, sort_keys=True)


def joined(wrapper):
    """Return the events of a wrapper, each with the wrapper's context."""
    context = {name: wrapper[name] for name in CONTEXT if name in wrapper}
    context |= {"org": str(wrapper["org"]), "site": str(wrapper["site"])}
    own = {"visit": wrapper.get("visit", {})}
    return [
        context | {event["event_type"]: event | own.get(event["event_type"], {})}
        for event in wrapper["data"]
    ]

import gzip
import json
import logging
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from jirafe_api import create_api
from jirafe_api.contract.kinds import KINDS
from tests.api.events import (
    ACCEPTED,
    BAD_ENCODING,
    BEARER,
    CANCELLED,
    CART,
    CATEGORY,
    CUSTOMER,
    HEARTBEAT,
    INVENTORY,
    OK,
    PLACED,
    PRODUCT,
    PRODUCT_COST,
    TOKEN,
    TOO_LARGE,
    VALID,
    get,
    invalid,
    listed,
    post,
    refused,
    without,
)
from tests.api.mutations import ANY_JSON


@pytest.mark.parametrize(("kind", "event"), VALID)
def test_a_valid_event_is_accepted_and_stored_unchanged(client, kind, event):
    assert post(client, f"123/{kind}", event) == (200, OK)
    assert listed(client, f"123/{kind}") == [event]


def test_an_event_that_is_sent_again_is_answered_the_same_and_stored_once(client):
    assert [post(client, "123/cart", CART) for _ in range(2)] == [(200, OK)] * 2
    changed = CART | {"total": 1}
    batch = {"cart": [CART, changed, dict(reversed(changed.items()))]}
    assert post(client, "123/batch", batch) == (200, {"cart": [OK] * 3})
    assert listed(client, "123/cart") == [changed, CART]


def test_an_invalid_event_is_answered_with_errors_by_path_and_not_kept(client):
    event = CART | {"items": [{"id": None}], "total": "5"}
    status, answer = post(client, "123/cart", event)
    assert (status, answer) == (
        400,
        invalid(
            {
                "items.0": "'create_date' is a required property; "
                "'change_date' is a required property; "
                "'cart_item_number' is a required property; "
                "'quantity' is a required property; 'price' is a required property; "
                "'discount_price' is a required property; 'product' is a required property",
                "items.0.id": "None is not of type 'string'",
                "total": "'5' is not of type 'number'",
            }
        ),
    )
    assert listed(client, "123/cart") == []


@pytest.mark.parametrize(("kind", "event"), VALID)
def test_a_put_is_handled_like_a_post(client, kind, event):
    answers = [
        client.put(f"/v2/123/{path}", json=sent, headers=BEARER)
        for path, sent in ((kind, event), ("batch", {kind: [event, 5]}), (kind, 5))
    ]
    not_an_object = invalid({"": "5 is not of type 'object'"})
    assert [(answer.status_code, answer.get_json()) for answer in answers] == [
        (200, OK),
        (200, {kind: [OK, not_an_object]}),
        (400, not_an_object),
    ]
    assert listed(client, f"123/{kind}") == [event]  # the same event is stored once


@pytest.mark.parametrize(
    ("kind", "event", "event_id"),
    [
        ("heartbeat", HEARTBEAT, "web-1"),
        ("heartbeat", {}, ""),
        ("inventory", INVENTORY, "TEA-3"),
        ("product.cost", PRODUCT_COST, "TEA-3"),
    ],
)
def test_stock_costs_and_signs_of_life_are_found_by_the_id_of_their_subject(
    client, kind, event, event_id
):
    post(client, f"123/{kind}", event)
    assert get(client, f"123/{kind}?id={event_id}") == (
        200,
        {
            "events": [
                {
                    "seq": ANY,
                    "received_at": "2026-01-01T12:00:00.000Z",
                    "version": 2,
                    "id": event_id,
                    "event": event,
                }
            ],
            "next": None,
        },
    )


GZIP = BEARER | {"Content-Encoding": "gzip"}


@pytest.mark.parametrize("name", ["gzip", "GZip", "x-gzip", " gzip "])
def test_a_body_can_be_compressed(client, name):
    headers = BEARER | {"Content-Encoding": name}
    compressed = gzip.compress(json.dumps(CART).encode())
    batch = gzip.compress(json.dumps({"cart": [CART]}).encode())
    assert post(client, "123/cart", compressed, headers) == (200, OK)
    assert post(client, "123/batch", batch, headers) == (200, {"cart": [OK]})
    assert listed(client, "123/cart") == [CART]  # the same event is stored once


def test_a_body_with_broken_compression_is_bad_json(client):
    cut = gzip.compress(json.dumps(CART).encode())[:-1]
    assert post(client, "123/cart", cut, GZIP) == (400, refused("bad_json"))
    assert post(client, "123/batch", b"{}", GZIP) == (400, refused("bad_json"))


def test_a_compressed_body_may_inflate_to_10_mb(client):
    text = json.dumps(CATEGORY)
    fitting = gzip.compress(text.encode().ljust(10 * 1024 * 1024))
    larger = gzip.compress(text.encode().ljust(10 * 1024 * 1024 + 1))
    assert post(client, "123/category", fitting, GZIP) == (200, OK)
    assert post(client, "123/category", larger, GZIP) == (413, TOO_LARGE)


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "gzip, gzip", "utf-8"])
def test_an_unsupported_encoding_is_refused_with_the_supported_one(client, name):
    headers = BEARER | {"Content-Encoding": name}
    answer = client.post("/v2/123/cart", data=b"{}", headers=headers)
    assert (answer.status_code, answer.get_json()) == (415, BAD_ENCODING)
    assert answer.headers["Accept-Encoding"] == "gzip"
    assert post(client, "123/visit", b"{}", headers) == (400, refused("invalid_type"))


def test_the_encoding_of_an_uncompressed_body_may_be_identity(client):
    body = json.dumps(CATEGORY).encode()
    assert post(client, "123/category", body, BEARER | {"Content-Encoding": "identity"}) == (
        200,
        OK,
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff", b"[" * 200_000])
def test_bad_json_is_refused(client, body):
    assert post(client, "123/cart", body) == (400, refused("bad_json"))
    assert post(client, "123/batch", body) == (400, refused("bad_json"))


def test_a_batch_that_names_a_kind_twice_is_refused_completely(client):
    events = json.dumps([CATEGORY])
    body = f'{{"category": {events}, "category": {events}}}'.encode()
    assert post(client, "123/batch", body) == (400, refused("bad_json"))
    assert listed(client, "123/category") == []


@pytest.mark.parametrize("kind", ["visitor", "Cart", "order-placed", "é", "..."])
def test_an_unknown_kind_is_refused_before_its_body_is_read(client, kind):
    assert post(client, f"123/{kind}", b"{") == (400, refused("invalid_type"))
    assert get(client, f"123/{kind}") == (400, refused("invalid_type"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {TOKEN}",
        TOKEN,
        TOO_LARGE,
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN}é",
        f"Bearer {'x' * 513}",
    ],
)
def test_a_request_without_a_known_token_is_refused_before_anything_else(client, header):
    headers = {} if header is None else {"Authorization": header}
    for path in ("123/cart", "123/batch", "123/visit", "other/cart"):
        assert post(client, path, b"{", headers) == (403, refused("invalid_token"))
    assert get(client, "123/cart", headers) == (403, refused("invalid_token"))


@pytest.mark.parametrize("site", ["124", "12", "a b", "é", "x" * 99])
def test_a_token_opens_its_own_site_only(client, site):
    assert post(client, f"{site}/cart", b"{") == (403, refused("authorization"))
    assert get(client, f"{site}/visit") == (403, refused("authorization"))


def test_the_authorization_header_is_read_as_http_defines_it(client):
    headers = {"Authorization": f"bearer   {TOKEN} "}
    assert post(client, "123/category", CATEGORY, headers) == (200, OK)


def test_a_token_may_open_several_sites_and_a_site_may_have_several_tokens(make_api, database_url):
    client = make_api(database_url, JIRAFE_API_SITES="1:a=b== 2:a=b== 1:c").test_client()
    asked = [("1", "a=b=="), ("2", "a=b=="), ("1", "c"), ("2", "c")]
    statuses = [
        get(client, f"{site}/cart", {"Authorization": f"Bearer {token}"})[0]
        for site, token in asked
    ]
    assert statuses == [200, 200, 200, 403]


def test_a_batch_is_answered_per_event_and_its_valid_events_are_stored(client):
    batch = {
        "order": [PLACED, without(PLACED, "status"), ACCEPTED, CANCELLED],
        "customer": [CUSTOMER | {"id": None}],
        "category": [],
        "visit": [{}, CATEGORY],
        "batch": [{}],
        "product": [PRODUCT, 5],
    }
    assert post(client, "123/batch", batch) == (
        200,
        {
            "order": [OK, invalid({"": "'status' is a required property"}), OK, OK],
            "customer": [invalid({"id": "None is not of type 'string'"})],
            "category": [],
            "visit": [refused("invalid_type")] * 2,
            "batch": [refused("invalid_type")],
            "product": [OK, invalid({"": "5 is not of type 'object'"})],
        },
    )
    assert listed(client, "123/order") == [CANCELLED, ACCEPTED, PLACED]
    assert listed(client, "123/customer") == []
    assert listed(client, "123/product") == [PRODUCT]


@pytest.mark.parametrize(
    ("batch", "errors"),
    [
        ([], {"": "[] is not of type 'object'"}),
        (None, {"": "None is not of type 'object'"}),
        ({"cart": {}, "order": [PLACED]}, {"cart": "{} is not of type 'array'"}),
        ({"visit": 1}, {"visit": "1 is not of type 'array'"}),
    ],
)
def test_a_batch_that_is_not_an_object_of_arrays_is_refused(client, batch, errors):
    assert post(client, "123/batch", batch) == (400, invalid(errors))
    assert listed(client, "123/order") == []


def test_a_request_of_more_than_10_mb_or_100_000_events_is_too_large(client):
    assert post(client, "123/cart", b" " * 11_000_000) == (413, TOO_LARGE)
    assert post(client, "123/batch", {"cart": [1] * 60_000, "visit": [1] * 40_001}) == (
        413,
        TOO_LARGE,
    )


def test_a_batch_may_have_thousands_of_events(client):
    events = [CATEGORY | {"id": str(number)} for number in range(3000)]
    assert post(client, "123/batch", {"category": events}) == (200, {"category": [OK] * 3000})
    assert listed(client, "123/category?limit=500") == events[:-501:-1]


def test_an_empty_batch_is_answered_empty(client):
    assert post(client, "123/batch", {}) == (200, {})


def test_characters_that_databases_cannot_store_are_replaced(client):
    event = CATEGORY | {"id": "\ud800\0", "name": "\0é😀", "n": [10**49, 1.5, {"\udfff": None}]}
    assert post(client, "123/category", event) == (200, OK)
    assert get(client, "123/category")[1]["events"][0] == {
        "seq": ANY,
        "received_at": "2026-01-01T12:00:00.000Z",
        "version": 2,
        "id": "\ufffd\ufffd",
        "event": event
        | {"id": "\ufffd\ufffd", "name": "\ufffdé😀", "n": [10**49, 1.5, {"\ufffd": None}]},
    }


def test_a_listing_shows_arrival_times_and_the_status_of_orders(client):
    post(client, "123/order", PLACED)
    post(client, "123/order", ACCEPTED)
    assert get(client, "123/order") == (
        200,
        {
            "events": [
                {
                    "seq": ANY,
                    "received_at": "2026-01-01T12:00:01.000Z",
                    "version": 2,
                    "id": "R123",
                    "status": "accepted",
                    "event": ACCEPTED,
                },
                {
                    "seq": ANY,
                    "received_at": "2026-01-01T12:00:00.000Z",
                    "version": 2,
                    "id": "R123",
                    "status": "placed",
                    "event": PLACED,
                },
            ],
            "next": None,
        },
    )


def _walk(client, path, prefix=""):
    """Return the ids on each page, following the links."""
    pages = []
    while path:
        page = client.get(path, headers=BEARER).get_json()
        pages.append([entry["id"] for entry in page["events"]])
        path = page["next"]
        assert len(pages) < 100
        assert path is None or path.startswith(f"{prefix}/v2/123/category?")
    return pages


def test_pages_follow_each_other_to_the_oldest_event(client):
    post(client, "123/batch", {"category": [CATEGORY | {"id": str(n)} for n in range(5)]})
    assert _walk(client, "/v2/123/category?limit=2") == [["4", "3"], ["2", "1"], ["0"]]
    assert _walk(client, "/v2/123/category?limit=5") == [["4", "3", "2", "1", "0"]]


def test_a_page_has_50_events_by_default(client):
    post(
        client, "123/batch", {"category": [CATEGORY | {"id": str(number)} for number in range(120)]}
    )
    assert [len(page) for page in _walk(client, "/v2/123/category")] == [50, 50, 20]


def test_the_pages_of_a_listing_by_id_keep_the_id(client):
    ids = ["a&é ", "b", "a&é ", "a&é "]
    events = [CATEGORY | {"id": one, "place": place} for place, one in enumerate(ids)]
    post(client, "123/batch", {"category": events})
    assert _walk(client, "/v2/123/category?limit=2&id=a%26%C3%A9%20") == [["a&é "] * 2, ["a&é "]]
    assert _walk(client, "/v2/123/category?id=c") == [[]]


def test_the_address_of_the_next_page_has_the_prefix_of_a_mounted_api(api):
    client = Client(
        DispatcherMiddleware(create_api(DATABASE_URL="sqlite:///x/y/z"), {"/jirafe": api})
    )
    body = {"category": [CATEGORY | {"id": str(n)} for n in range(3)]}
    assert client.post("/jirafe/v2/123/batch", json=body, headers=BEARER).status_code == 200
    assert _walk(client, "/jirafe/v2/123/category?limit=2", "/jirafe") == [["2", "1"], ["0"]]


LIMIT = "is not a whole number from 1 to 500"
BEFORE = "is not a whole number from 1 to 999999999999999999"


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("limit=0", {"limit": f"'0' {LIMIT}"}),
        ("limit=501", {"limit": f"'501' {LIMIT}"}),
        ("limit=-1&before=x", {"limit": f"'-1' {LIMIT}", "before": f"'x' {BEFORE}"}),
        ("limit=", {"limit": f"'' {LIMIT}"}),
        ("limit=１", {"limit": f"'１' {LIMIT}"}),
        ("limit=1_0", {"limit": f"'1_0' {LIMIT}"}),
        ("before=0", {"before": f"'0' {BEFORE}"}),
        ("before=" + "9" * 19, {"before": f"'{'9' * 19}' {BEFORE}"}),
    ],
)
def test_an_invalid_page_is_refused_by_the_name_of_its_parameter(client, query, errors):
    assert get(client, f"123/cart?{query}") == (400, invalid(errors))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v3/123/cart", 404),
        ("POST", "/v2/123", 404),
        ("POST", "/v2/123/cart/", 404),
        ("POST", "/v2//cart", 404),
        ("POST", "//v2/123/cart", 404),
        ("PATCH", "/v2/123/cart", 405),
        ("DELETE", "/v2/123/batch", 405),
    ],
)
def test_unknown_paths_and_methods_are_answered_in_the_same_form(client, method, path, status):
    answer = client.open(path, method=method, headers=BEARER)
    body = answer.get_json()
    assert answer.status_code == status
    assert body == {"success": False, "error_type": "unknown", "message": body["message"]}
    assert (answer.headers.get("Allow") is not None) == (status == 405)


def test_sites_see_only_their_own_events(make_api, database_url):
    client = make_api(database_url, JIRAFE_API_SITES="1:a 2:b").test_client()
    first, second = ({"Authorization": f"Bearer {token}"} for token in "ab")
    assert post(client, "1/category", CATEGORY, first) == (200, OK)
    assert get(client, "2/category", second)[1]["events"] == []
    assert len(get(client, "1/category", first)[1]["events"]) == 1


ADVICE = (
    "There are no sites, so no events can be sent. "
    "Add one with `flask sites add SITE` or in JIRAFE_API_SITES."
)


def test_an_api_without_sites_says_how_to_add_one(make_api, database_url, caplog):
    client = make_api(database_url, JIRAFE_API_SITES="").test_client()
    assert caplog.messages == [ADVICE]
    post(client, "123/cart", CART)
    assert caplog.messages == [ADVICE, "Refused site 123: the token is not known", ADVICE]


def test_logs_of_refusals_name_well_formed_sites_and_no_tokens(client, caplog):
    with caplog.at_level(logging.DEBUG):
        post(client, "123/cart", CART, {"Authorization": "Bearer wrong-secret-token"})
        post(client, "ann@example.com/cart", CART)
        post(client, "123/cart", CART | {"id": 5})
        post(client, "123/cart", CART)
    assert [record.message for record in caplog.records if record.name.startswith("jirafe")] == [
        "Refused site 123: the token is not known",
        "Refused site (malformed): the token is another site's",
    ]
    assert "secret-token" not in caplog.text
    assert "example.com" not in caplog.text


KIND = st.sampled_from([*KINDS, "batch"])


@settings(max_examples=200, deadline=None)
@given(KIND, st.binary() | ANY_JSON | st.dictionaries(KIND, st.lists(ANY_JSON)))
def test_anything_sent_is_accepted_or_refused_but_never_fails(fuzzed, kind, body):
    assert post(fuzzed, f"123/{kind}", body)[0] in {200, 400}


TEXT = st.binary().map(quote)


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_any_query_is_answered_or_refused_but_never_fails(fuzzed, kind, name, value):
    query = f"{name}={value}&id={kind}"
    for path in (f"/v2/123/{kind}", "/v2/123/cart", f"/v2/{value}/cart"):
        answer = fuzzed.get(path, query_string=query, headers=BEARER)
        assert answer.status_code in {200, 400, 403, 404, 405}
        assert answer.is_json

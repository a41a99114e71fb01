import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jirafe_api.storage.events import storable
from jirafe_api.strict_json import parse
from tests.api.events import (
    BEARER,
    OK,
    TOKEN,
    TOO_LARGE,
    get,
    invalid,
    post,
    refused,
    without,
)
from tests.api.events import CATEGORY as CATEGORY_OF_V2
from tests.api.mutations import ANY_JSON
from tests.api.v1_events import (
    CART,
    CATEGORY,
    CUSTOMER,
    ORDER,
    PRODUCT,
    PROMO,
    RESOURCES,
    kept,
    kept_events,
    send,
)

PATHS = [f"{origin}/{kind}" for origin in ("123", "acme/123", "123/acme") for kind in RESOURCES]


@pytest.mark.parametrize("kind", RESOURCES)
def test_an_event_is_kept_as_it_came(client, kind):
    event = RESOURCES[kind] | {"unheard_of": [None, {"é": "😀"}]}
    assert send(client, f"123/{kind}", event) == (200, OK)
    assert kept(client) == [("123", 1, kind, event["id"], event)]


@pytest.mark.parametrize("kind", RESOURCES)
def test_the_organization_of_the_path_is_kept_with_the_event(client, kind):
    event = RESOURCES[kind] | {"org": "its own"}
    assert send(client, f"acme-1/123/{kind}", event) == (200, OK)
    assert kept_events(client) == [event | {"org": "acme-1"}]


@pytest.mark.parametrize("kind", ["cart", "order"])
def test_carts_and_orders_may_be_empty(client, kind):
    assert send(client, f"123/{kind}", {}) == (200, OK)
    assert kept(client) == [("123", 1, kind, "", {})]


@pytest.mark.parametrize("status", ["accepted", "x" * 1000, {"a": 1}, 5, None])
def test_an_order_may_have_any_status(client, status):
    event = ORDER | {"status": status}
    assert send(client, "123/order", event) == (200, OK)
    assert kept_events(client) == [event]


def test_events_of_both_versions_are_read_together(client):
    post(client, "123/category", CATEGORY_OF_V2)
    send(client, "123/category", CATEGORY)
    send(client, "acme/123/category", CATEGORY)
    status, page = get(client, "123/category")
    events = [entry["event"] for entry in page["events"]]
    assert (status, events) == (200, [CATEGORY | {"org": "acme"}, CATEGORY, CATEGORY_OF_V2])
    _, page = get(client, f"123/category?id={CATEGORY['id']}")
    assert len(page["events"]) == 2


@pytest.mark.parametrize(
    ("kind", "event", "errors"),
    [
        (
            "category",
            {"id": "17", "name": "Kettles"},
            {"": "'change_date' is a required property; 'create_date' is a required property"},
        ),
        ("category", [], {"": "[] is not of type 'object'"}),
        ("category", CATEGORY | {"id": 17}, {"id": "17 is not of type 'string'"}),
        ("customer", without(CUSTOMER, "id"), {"": "'id' is a required property"}),
        ("customer", CUSTOMER | {"active": "yes"}, {"active": "'yes' is not of type 'boolean'"}),
        ("product", without(PRODUCT, "brand"), {"": "'brand' is a required property"}),
        ("product", PRODUCT | {"price": "40"}, {"price": "'40' is not of type 'number'"}),
        ("product", PRODUCT | {"inventory": 1.5}, {"inventory": "1.5 is not of type 'integer'"}),
        ("product", PRODUCT | {"images": [{}]}, {"images.0": "'url' is a required property"}),
        (
            "product",
            PRODUCT | {"categories": [{"id": "1", "name": "a"}] * 2},
            {
                "categories": "[{'id': '1', 'name': 'a'}, {'id': '1', 'name': 'a'}] "
                "has non-unique elements"
            },
        ),
        ("cart", CART | {"total": None}, {"total": "None is not of type 'number'"}),
        (
            "cart",
            CART | {"items": [PRODUCT, without(PRODUCT, "sku")]},
            {"items.1": "'sku' is a required property"},
        ),
        (
            "order",
            ORDER | {"promo": without(PROMO, "code"), "customer": {"id": "c"}},
            {
                "promo": "'code' is a required property",
                "customer": "'name' is a required property",
            },
        ),
        (
            "order",
            ORDER | {"items": [{"id": "1", "quantity": 1, "promo": {}, "product": 5}]},
            {
                "items.0.promo": "'amount' is a required property; 'type' is a required property; "
                "'code' is a required property",
                "items.0.product": "5 is not of type 'object'",
            },
        ),
    ],
)
def test_an_event_of_the_wrong_form_is_answered_400_with_errors_by_path(
    client, kind, event, errors
):
    assert send(client, f"123/{kind}", event) == (400, invalid(errors))
    assert kept(client) == []


def dated(created, changed):
    return CATEGORY | {"create_date": created, "change_date": changed}


@pytest.mark.parametrize(
    ("created", "changed"),
    [
        ("2012-03-04T09:10:11", "2012-03-04T09:10:11"),
        ("2012-03-04T09:10:11", "2012-03-04T09:10:11Z"),
        ("2012-03-04T09:10:11Z", "2012-03-04T09:10:11.001"),
        ("2012-03-04T12:00:00+02:00", "2012-03-04T11:00:00Z"),
        ("2012-03-04", "2012-03-04T00:00:00+00:00"),
        ("20120304T091011Z", "2012-03-04T09:10:11,5Z"),
        ("2012-12-31T23:30:00-01:00", "2013-01-01T00:30:00Z"),
        ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    ],
)
def test_dates_in_any_notation_are_accepted_if_in_order(client, created, changed):
    assert send(client, "123/category", dated(created, changed)) == (200, OK)


@pytest.mark.parametrize(
    ("created", "changed"),
    [
        ("2012-03-04T09:10:12", "2012-03-04T09:10:11"),
        ("2012-03-04T09:10:11.002Z", "2012-03-04T09:10:11.001"),
        ("2012-03-04T11:00:00Z", "2012-03-04T12:00:00+02:00"),
        ("2012-03-05", "2012-03-04T23:59:59Z"),
        ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
    ],
)
@pytest.mark.parametrize("kind", RESOURCES)
def test_a_change_date_before_the_create_date_is_answered_422(client, kind, created, changed):
    event = RESOURCES[kind] | {"create_date": created, "change_date": changed}
    message = f"'{created}' is after the change_date, '{changed}'"
    assert send(client, f"123/{kind}", event) == (422, invalid({"create_date": message}))
    assert kept(client) == []


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "2012-13-01",
        "2013-07-30T20 =>08 =>39Z",
        "1330848611",
    ],
)
def test_an_unreadable_date_is_answered_422(client, date):
    message = f"{date!r} is not a time in ISO 8601"
    assert send(client, "123/order", {"order_date": date, "change_date": date}) == (
        422,
        invalid({"order_date": message, "change_date": message}),
    )


def test_a_single_date_is_accepted(client):
    for event in ({"create_date": "2012-03-04"}, {"change_date": "2012-03-04"}):
        assert send(client, "123/cart", event) == (200, OK)


@pytest.mark.parametrize("name", ["cost", "price"])
@pytest.mark.parametrize(("amount", "shown"), [(0, "0"), (-1, "-1"), (-0.0, "-0.0")])
def test_a_cost_or_price_that_is_not_positive_is_answered_422(client, name, amount, shown):
    product = PRODUCT | {name: amount}
    item = ORDER["items"][0] | {"product": product}
    message = f"{shown} is not positive"
    answers = [
        send(client, "123/product", product),
        send(client, "123/cart", CART | {"items": [PRODUCT, product]}),
        send(client, "123/order", ORDER | {"items": [item]}),
    ]
    paths = [name, f"items.1.{name}", f"items.0.product.{name}"]
    assert answers == [(422, invalid({path: message})) for path in paths]
    assert kept(client) == []


def test_the_smallest_cost_and_price_are_accepted(client):
    assert send(client, "123/product", PRODUCT | {"cost": 1e-300, "price": 0.01}) == (200, OK)


def test_the_form_is_validated_before_the_content(client):
    event = PRODUCT | {"price": -1, "cost": "5"}
    assert send(client, "123/product", event) == (
        400,
        invalid({"cost": "'5' is not of type 'number'"}),
    )


def test_products_changed_before_they_were_created_are_refused_by_path(client):
    product = PRODUCT | {"create_date": "2013-01-01"}
    message = f"'2013-01-01' is after the change_date, '{PRODUCT['change_date']}'"
    assert send(client, "123/cart", {"items": [product] * 20}) == (
        422,
        invalid({f"items.{place}.create_date": message for place in range(20)}),
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff", b"[" * 200_000])
def test_bad_json_is_refused(client, body):
    for path in PATHS:
        assert send(client, path, body) == (400, refused("bad_json")), path


@pytest.mark.parametrize("kind", ["employee", "batch", "pageview", "visit", "Cart", "é", ".."])
def test_an_unknown_kind_is_refused_before_its_body_is_read(client, kind):
    for origin in ("123", "acme/123"):
        assert send(client, f"{origin}/{kind}", b"{") == (400, refused("invalid_type"))


@pytest.mark.parametrize("header", [None, "", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_a_request_without_a_known_token_is_refused_before_anything_else(client, header):
    headers = {} if header is None else {"Authorization": header}
    for path in (*PATHS, "other/cart", "a/b/visit"):
        assert send(client, path, b"{", headers=headers) == (403, refused("invalid_token"))


@pytest.mark.parametrize("path", ["124/cart", "acme/124/cart", "a b/cart", "a b/é/visit"])
def test_a_token_opens_its_own_site_only(client, path):
    assert send(client, path, b"{") == (403, refused("authorization"))


@pytest.mark.parametrize("org", ["a b", "é", "x" * 65, "a.b", "%0A"])
def test_a_malformed_organization_is_refused(client, org):
    shown = "\n" if org == "%0A" else org
    message = f"{shown!r} is not 1 to 64 letters, digits, dashes and underscores"
    for path in (f"{org}/123/cart", f"123/{org}/cart"):
        assert send(client, path, {}) == (400, invalid({"org": message}))


def test_a_request_of_more_than_10_mb_is_too_large(client):
    assert send(client, "123/cart", b" " * 11_000_000) == (413, TOO_LARGE)


def test_a_database_that_is_down_is_answered_503(make_api, tmp_path):
    client = make_api(f"sqlite:///{tmp_path}/no/such/folder/jirafe.db").test_client()
    status, answer = send(client, "123/cart", {})
    assert (status, answer["success"], answer["error_type"]) == (503, False, "unknown")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/123/cart", 405),
        ("GET", "/v1/acme/123/cart", 405),
        ("DELETE", "/v1/123/cart", 405),
        ("POST", "/v1/123", 404),
        ("POST", "/v1/123/cart/", 404),
        ("POST", "/v1//cart", 404),
        ("POST", "/v1/a/b/c/cart", 404),
    ],
)
def test_unknown_paths_and_methods_are_answered_in_the_same_form(client, method, path, status):
    answer = client.open(path, method=method, headers=BEARER)
    body = answer.get_json()
    assert answer.status_code == status
    assert body == {"success": False, "error_type": "unknown", "message": body["message"]}


def test_logs_of_refusals_name_sites_and_no_tokens(client, caplog):
    send(client, "acme/123/cart", {}, headers={"Authorization": "Bearer wrong-secret-token"})
    send(client, "acme/124/cart", {})
    send(client, "123/acme/cart", {})
    assert caplog.messages == [
        "Refused site 123: the token is not known",
        "Refused site 124: the token is another site's",
    ]


@st.composite
def changed(draw, kind):
    """Draw an event with undocumented members and perhaps one member missing or changed."""
    event = dict(RESOURCES[kind])
    event |= draw(
        st.dictionaries(st.sampled_from(["status", "org", "cost", "order_number"]), ANY_JSON)
    )
    name = draw(st.sampled_from([*event]))
    match draw(st.sampled_from(["keep", "keep", "replace", "remove"])):
        case "replace":
            event[name] = draw(ANY_JSON | st.lists(st.just(PRODUCT) | ANY_JSON, max_size=2))
        case "remove":
            del event[name]
    return event


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from([*RESOURCES]))
def test_anything_sent_is_refused_or_stored_and_readable(fuzzed, data, kind):
    sent = data.draw(changed(kind) | changed(kind) | ANY_JSON | st.binary())
    status, _ = send(fuzzed, f"acme/123/{kind}", sent)
    assert status in {200, 400, 422}
    if status == 200:
        event = parse(sent if isinstance(sent, bytes) else json.dumps(sent).encode())
        listed = [entry["event"] for entry in get(fuzzed, f"123/{kind}?limit=500")[1]["events"]]
        assert storable(event) | {"org": "acme"} in listed  # not the newest if it was sent before

"""The answers to everything that the hub may send."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jirafe_endpoint.messages.services import SERVICES
from tests.endpoint.fixtures import SITE, TOKEN, events_of, fixture, message

CART = {
    "number": "R1",
    "updated_at": "2026-03-02T14:06:02Z",
    "line_items": [{"sku": "TEAPOT", "quantity": 1, "price": "34.50"}],
}
REFUSED = "There was a problem while sending a cart event to Jirafe."


def error(subject, description):
    return {"level": "error", "subject": subject, "description": description}


def unreadable(description):
    return {"notifications": [error("The message could not be read.", description)]}


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (b'{"payload":' * 101 + b"1" + b"}" * 101, "The body is nested more than 100 deep."),
        (b'{"payload":' + b"[" * 600 + b"]" * 600 + b"}", "The body is nested more than 100 deep."),
        (b"", "The body is not valid JSON: Input is a zero-length, empty document."),
        (b"{", "The body is not valid JSON: unexpected end of data."),
        (b"[]", "The body is not a JSON object."),
        (b'"cart:new"', "The body is not a JSON object."),
        (b"[" * 2000, "The body is not valid JSON: depth limit exceeded."),
        (b'{"a":' * 2000, "The body is not valid JSON: depth limit exceeded."),
        (
            b'{"message": "cart:new", "payload": {"cart": {"number": "R1", "total": NaN}}}',
            "The body is not valid JSON: unexpected character, expected a JSON value.",
        ),
        (
            b'{"message": "\xff"}',
            "The body is not valid JSON: str is not valid UTF-8: surrogates not allowed.",
        ),
        (
            '{"message": "cart:new"}'.encode("utf-16"),
            "The body is not valid JSON: str is not valid UTF-8: surrogates not allowed.",
        ),
        (
            b'{"message": "\\ud800"}',
            "The body is not valid JSON: no low surrogate in string.",
        ),
        (
            b'{"message": "cart:new", "message_id": %s}' % (b"9" * 4000),
            "The body is not valid JSON: number is infinity when parsed as double.",
        ),
        (b"{}", "message: Missing data for required field."),
        (b'{"message": 5, "payload": {}}', "message: Not a valid string."),
        (b'{"message": "cart:new"}', "payload: Missing data for required field."),
        (b'{"message": "cart:new", "payload": null}', "payload: Missing data for required field."),
        (b'{"message": "cart:new", "payload": []}', "payload: Not a valid object."),
        (b'{"message": "cart:new", "message_id": [1]}', "message_id: Not a valid string."),
        (
            b'{"message": "cart:new", "message_id": "%s"}' % (b"x" * 1001),
            "message_id: Longer than 1000 characters.",
        ),
        (
            b'{"message": "cart:new", "payload": {"parameters": ["x"]}}',
            "payload.parameters: Not a valid list of parameters.",
        ),
        (
            b'{"message": "cart:new", "payload": {"parameters": "x"}}',
            "payload.parameters: Not a valid list of parameters.",
        ),
    ],
)
def test_a_body_that_is_not_a_message_is_answered_400(hub, body, description):
    answer = hub.post("/", data=body)

    assert (answer.status_code, answer.json) == (400, unreadable(description))


def test_a_compressed_body_is_not_inflated(hub):
    body = gzip.compress(json.dumps(message("cart:new", {"cart": CART})).encode())

    answer = hub.post("/", data=body, headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 400
    assert events_of(hub) == {}


@pytest.mark.parametrize("kind", ["order:updated", "no:such"])
@pytest.mark.parametrize("message_id", ["m-1", None])
def test_a_message_may_be_nested_a_hundred_deep(hub, kind, message_id):
    deep = '{"a":' * 98 + "1" + "}" * 98
    sent = message(kind, {"order": CART, "diff": "@"}) | {"message_id": message_id}
    body = json.dumps(sent).replace('"@"', deep)

    assert hub.post("/", data=body).status_code == 200
    assert hub.post("/", data=body.replace(":1}", ":[1]}")).status_code == 400


def test_a_50_digit_number_is_refused_as_an_amount_or_id(hub):
    big = "9" * 50
    body = json.dumps(message("cart:new", {"cart": {"number": 1, "item_total": 2}}))
    body = body.replace('"number": 1', f'"number": {big}').replace(
        '"item_total": 2', f'"item_total": {big}'
    )

    answer = hub.post("/", data=body)

    description = (
        "The message could not be mapped: cart.item_total: Must be between -9007199254740992 and "
        "9007199254740992. cart.number: Not a valid identifier."
    )
    assert (answer.status_code, answer.json["notifications"]) == (
        200,
        [error(REFUSED, description)],
    )


SITES = ["../other", "1/../2", "..", "1?x=", "1#", "//evil", "%2e%2e", "12\n3", "1\n", "１"]
SITES += ["a" * 65]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("kind", ["cart:new"])
def test_a_site_id_is_a_path_segment_and_nothing_else(hub_to_upstream, upstream, kind, site):
    answer = hub_to_upstream.post("/", json=message(kind, {"cart": CART}, site_id=site))

    assert (answer.status_code, answer.json) == (
        400,
        {
            "message_id": "m-1",
            "notifications": [error(REFUSED, "jirafe.site_id: Not a valid value.")],
        },
    )
    assert upstream.requests == []


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\0b", "tést", "a b", "a\x7f", True, ["a"]])
def test_an_access_token_is_a_header_value_and_nothing_else(hub_to_upstream, upstream, token):
    answer = hub_to_upstream.post("/", json=message("cart:new", {"cart": CART}, access_token=token))

    assert (answer.status_code, answer.json["notifications"]) == (
        400,
        [error(REFUSED, "jirafe.access_token: Not a valid value.")],
    )
    assert upstream.requests == []


@pytest.mark.parametrize("missing", [None, ""])
def test_missing_parameters_are_answered_500_until_they_are_given(hub, missing):
    untold = message("cart:new", {"cart": CART}, site_id=missing, access_token=missing)

    answer = hub.post("/", json=untold)

    description = (
        "jirafe.site_id: Missing data for required parameter. "
        "jirafe.access_token: Missing data for required parameter."
    )
    assert (answer.status_code, answer.json) == (
        500,
        {"message_id": "m-1", "notifications": [error(REFUSED, description)]},
    )


def test_a_taxon_without_the_taxonomy_parameter_is_answered_500(hub):
    answer = hub.post("/", json=message("taxon:new", {"taxon": {"id": 1, "name": "Bags"}}))

    assert answer.status_code == 500
    assert answer.json["notifications"] == [
        error(
            "There was a problem while sending a category event to Jirafe.",
            "jirafe.product_category_taxonomy: Missing data for required parameter.",
        )
    ]


@pytest.mark.parametrize("value", [" ", [], ["2"], {}, True, 2.5])
def test_a_required_parameter_that_is_not_a_string_is_answered_500(hub, value):
    fields = {"taxon": {"id": 1, "name": "Bags", "taxonomy_id": 2}}
    answer = hub.post("/", json=message("taxon:new", fields, product_category_taxonomy=value))

    assert answer.status_code == 500
    assert answer.json["notifications"] == [
        error(
            "There was a problem while sending a category event to Jirafe.",
            "jirafe.product_category_taxonomy: Not a valid value.",
        )
    ]


def order(**totals):
    fields = {"item": 34.5, "tax": 3, "shipping": 5, "order": 42.5} | totals
    return {"order": {**CART, "currency": "USD", "totals": fields}}


WRONG_SUM = {
    "level": "warn",
    "subject": "The amounts do not add up",
    "description": "R1 was sent with a total of 70, which is not subtotal 34.5 + tax 3 + "
    "shipping 5.",
}


@pytest.mark.parametrize("kind", ["order:new", "order:updated", "order:canceled"])
def test_amounts_that_do_not_add_up_are_sent_with_a_warning_at_the_end(hub, kind):
    answer = hub.post("/", json=message(kind, order(order=70)))
    right = hub.post("/", json=message(kind, order()) | {"message_id": "m-2"})

    *sent, last = answer.json["notifications"]
    assert (answer.status_code, last) == (200, WRONG_SUM)
    assert {note["level"] for note in (*sent, *right.json["notifications"])} == {"info"}
    accepted = [one for one in events_of(hub)["order"] if one["status"] == "accepted"]
    assert [one["total"] for one in accepted] == [70, 42.5]


def test_a_repeated_cart_with_inconsistent_amounts_is_warned_about_again(hub):
    sent = message("cart:updated", {"cart": order(order=70)["order"]})
    answers = [hub.post("/", json=sent).json["notifications"] for _ in range(2)]

    assert [note["level"] for note in answers[0]] == ["info", "warn"]
    assert answers[0][1] == WRONG_SUM
    assert answers[1] == answers[0]


def test_a_webhooks_summary_mentions_inconsistent_amounts(hub):
    parameters = {"jirafe_site_id": SITE, "jirafe_access_token": TOKEN}
    answer = hub.post("/update_order", json={**order(order=70), "parameters": parameters})

    assert answer.json == {
        "summary": f"The order R1 was sent to Jirafe. {WRONG_SUM['description']}"
    }


def test_an_order_that_is_not_sent_gets_no_warning_about_its_amounts(hub_to_upstream, upstream):
    refusal = {"success": False, "error_type": "validation", "errors": {"total": "odd"}}
    upstream.always(400, json.dumps(refusal))

    answer = hub_to_upstream.post("/", json=message("order:updated", order(order=70)))

    assert [note["level"] for note in answer.json["notifications"]] == ["error"]


def test_an_unknown_message_type_is_answered_with_the_supported_types(hub):
    answer = hub.post("/", json=message("order:ship", {}))

    assert (answer.status_code, answer.json["notifications"]) == (
        200,
        [
            error(
                "The message type is not supported.",
                "'order:ship' is not supported here; supported are cart:new, cart:updated, "
                "order:new, order:update, order:updated, order:cancel, order:canceled, "
                "order:cancelled, taxon:new, taxon:updated, taxon:persist, product:new, "
                "product:updated, product:persist, customer:new, customer:updated, user:new, "
                "user:updated.",
            )
        ],
    )


def test_a_message_at_the_path_of_another_service_is_not_supported(hub):
    answer = hub.post("/import_cart", json=fixture("order_new"))

    assert (answer.status_code, answer.json["notifications"]) == (
        200,
        [
            error(
                "The message type is not supported.",
                "'order:new' is not supported here; supported are cart:new, cart:updated.",
            )
        ],
    )
    assert events_of(hub) == {}


@pytest.mark.parametrize("message_id", ["65e3", 17, None])
def test_the_message_id_is_returned_unchanged(hub, message_id):
    cart = CART | {"currency": "USD"}
    sent = message("cart:new", {"cart": cart}) | {"message_id": message_id}

    echoed = {} if message_id is None else {"message_id": message_id}
    assert hub.post("/", json=sent).json == echoed | {
        "notifications": [
            {
                "level": "info",
                "subject": "Cart event sent to Jirafe",
                "description": "A cart event for R1 was sent to Jirafe.",
            }
        ]
    }


@pytest.mark.parametrize("header", ["X-Hub-Token", "X-Augury-Token"])
def test_the_key_is_accepted_in_either_header(make_app, header):
    hub = make_app(ENDPOINT_KEY="key-1").test_client()

    assert hub.post("/", json=fixture("cart_new"), headers={header: "key-1"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-Hub-Token": "kéx"}, {"X-Augury-Token": ""}])
def test_a_message_without_the_key_is_refused(make_app, headers):
    hub = make_app(ENDPOINT_KEY="key-1").test_client()

    answer = hub.post("/", json=fixture("cart_new"), headers=headers)

    assert (answer.status_code, answer.json) == (
        401,
        {"notifications": [error("Unauthorized", "The key in X-Hub-Token is missing or wrong.")]},
    )
    assert events_of(hub) == {}


def test_a_start_without_a_key_logs_a_warning(make_app, log):
    make_app()

    assert "ENDPOINT_KEY is not set: anyone can send messages" in log.messages


@pytest.mark.parametrize(
    ("method", "path", "status"), [("get", "/import_cart", 405), ("post", "/x", 404)]
)
def test_other_requests_are_answered_in_the_hubs_form(hub, method, path, status):
    answer = getattr(hub, method)(path, json={})

    assert answer.status_code == status
    assert [note["level"] for note in answer.json["notifications"]] == ["error"]


def test_the_clock_dates_only_undated_messages(make_app):
    with freeze_time("2026-05-01T12:00:00.5Z"):
        hub = make_app(clock=lambda: datetime.now(UTC)).test_client()
        undated = {"cart": {"number": "R1"}, "original": {"line_items": []}}
        hub.post("/", json=message("cart:new", undated))
        hub.post("/", json=fixture("cart_new"))

    first, second = events_of(hub)["cart"]
    assert first["create_date"] == first["change_date"] == "2026-05-01T12:00:00.500Z"
    assert second == fixture("cart_new.events")["cart"][0]


def test_a_bug_is_answered_503_so_that_the_message_is_retried(make_app, upstream, log):
    hub = make_app(clock=lambda: 1 // 0, JIRAFE_API_URL=upstream.url).test_client()

    answer = hub.post("/", json=fixture("cart_new"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json == {
        "message_id": fixture("cart_new")["message_id"],
        "notifications": [
            error("The message could not be processed.", "An unexpected error occurred.")
        ],
    }
    assert "Unexpected ZeroDivisionError" in log.messages


def test_the_log_contains_no_token_and_no_personal_data(hub, log):
    messages = ("order_new", "order_new_guest", "order_new_without_amounts", "customer_new")
    for name in (*messages, "customer_new_without_id"):
        hub.post("/", json=fixture(name))
    hub.post("/", json=message("cart:new", {"cart": CART}, access_token="stolen-token"))

    shown = log.text.lower()
    for secret in (TOKEN, "stolen-token", "okafor", "rivers", "harbour", "555-0142"):
        assert secret not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "message": st.sampled_from(
            ["cart:new", "order:new", "order:cancel", "taxon:new", "product:new", "user:new"]
        )
        | JSON,
        "message_id": JSON,
        "payload": JSON
        | st.dictionaries(
            st.sampled_from(
                ["cart", "order", "original", "previous", "diff", "taxon", "product", "user"]
            ),
            JSON,
        ).map(lambda payload: message("", payload, product_category_taxonomy="1")["payload"]),
    },
)
HOOKS = st.dictionaries(
    st.sampled_from(["request_id", "order", "cart", "taxon", "product", "customer"]), JSON
).map(
    lambda given: {
        **given,
        "parameters": {"site_id": SITE, "access_token": TOKEN, "product_category_taxonomy": "1"},
    }
)


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(
        ["/", *(f"/{name}" for name in SERVICES), *(f"/preview/{name}" for name in SERVICES)]
    ),
    call=JSON | CALLS | HOOKS,
)
def test_no_json_causes_an_internal_error(hub, path, call):
    answer = hub.post(path, data=json.dumps(call))

    missing = "Missing data for required parameter." in answer.text
    assert answer.status_code in (200, 400) or (answer.status_code == 500 and missing)
    assert "notifications" in answer.json or answer.json["summary"]


@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary())
def test_no_bytes_cause_an_internal_error(hub, body):
    assert hub.post("/", data=body).status_code == 400

"""What is sent to Jirafe, and what the hub gets for its answers."""

import contextlib
import json
import secrets
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import jirafe_endpoint
from tests.endpoint.fixtures import TOKEN, events_of, fixture, message
from tests.upstream import ACCEPTED, Answer, accept_all

CART = {"number": "R1", "updated_at": "2026-03-02T14:06:02Z", "line_items": []}
SENDING_A_CART = "There was a problem while sending a cart event to Jirafe."
TOO_LARGE = "The event is larger than Jirafe accepts."


def post_cart(hub):
    """Send a cart message of its own: a repeat would send nothing."""
    body = message("cart:new", {"cart": CART}) | {"message_id": secrets.token_hex(12)}
    return hub.post("/import_cart", json=body)


def sending(event):
    article = "an" if event[0] == "o" else "a"
    return f"There was a problem while sending {article} {event} event to Jirafe."


def notes(answer):
    return [(n["level"], n["subject"], n["description"]) for n in answer.json["notifications"]]


def test_a_single_event_is_posted_to_its_own_resource(hub_to_upstream, upstream):
    hub_to_upstream.post("/", json=fixture("cart_new"))

    (request,) = upstream.requests
    assert (request.method, request.path) == ("POST", "/v2/demo-shop/cart")
    assert request.json == fixture("cart_new.events")["cart"][0]


def test_several_events_are_sent_in_one_batch(hub_to_upstream, upstream):
    upstream.answer = accept_all
    hub_to_upstream.post("/", json=fixture("order_new"))

    (request,) = upstream.requests
    assert (request.method, request.path) == ("POST", "/v2/demo-shop/batch")
    assert request.json == fixture("order_new.events")
    assert list(request.json) == ["cart", "order", "product", "customer"]


def test_the_token_is_in_the_authorization_header_only(hub_to_upstream, upstream, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    post_cart(hub_to_upstream)

    (request,) = upstream.requests
    headers = dict(request.headers)
    assert headers.pop("Authorization") == f"Bearer {TOKEN}"
    assert headers["User-Agent"] == f"jirafe-endpoint/{jirafe_endpoint.__version__}"
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert TOKEN not in f"{headers}{request.path}{request.body!r}"


def test_amounts_are_sent_exactly_as_written(hub_to_upstream, upstream):
    lines = [
        {"sku": "A", "quantity": 3, "price": "19.99"},
        {"sku": "B", "quantity": 1, "price": " 1,299.00"},
        {"sku": "C", "quantity": 1, "price": 22.99},
    ]
    cart = {"cart": {**CART, "line_items": lines}}
    hub_to_upstream.post("/", json=message("cart:new", cart))

    text = upstream.requests[0].body.decode()
    assert '"subtotal":1381.96,' in text
    assert [f'"price":{price},' in text for price in ("19.99", "1299.0", "22.99")] == [True] * 3


def test_connections_are_reused(hub_to_upstream, upstream):
    for _ in range(3):
        post_cart(hub_to_upstream)

    ports = [request.port for request in upstream.requests]
    assert ports == ports[:1] * 3


def test_each_refused_event_is_reported_separately(hub_to_upstream, upstream):
    errors = {"order_number": "None is not of type 'string'", "items.0.price": "-1 is too small"}
    refusal = {"success": False, "error_type": "validation", "errors": errors}
    accepted = {"success": True}
    upstream.always(
        200,
        json.dumps(
            {
                "customer": [refusal],
                "product": [accepted, refusal],
                "order": [accepted, refusal],
                "cart": [accepted],
            }
        ),
    )

    answer = hub_to_upstream.post("/", json=fixture("order_new"))

    text = "order_number: None is not of type 'string'; items.0.price: -1 is too small"
    assert answer.status_code == 200
    assert notes(answer) == [
        ("info", "Cart event sent to Jirafe", "A cart event for R514820377 was sent to Jirafe."),
        (
            "info",
            "Order placed event sent to Jirafe",
            "An order-placed event for R514820377 was sent to Jirafe.",
        ),
        (
            "error",
            sending("order-accepted"),
            f"Jirafe refused the order-accepted event for R514820377: {text}",
        ),
        ("error", sending("product"), f"Jirafe refused the product event for OOL-050: {text}"),
        ("error", sending("customer"), f"Jirafe refused the customer event: {text}"),
    ]


@pytest.mark.parametrize(
    ("name", "event", "reference"),
    [
        ("cart_new", "cart", "R514820377"),
        ("order_update", "order-accepted", "R514820377"),
        ("taxon_new", "category", "Bags"),
    ],
)
def test_a_refused_event_is_reported_in_jirafes_words(
    hub_to_upstream, upstream, name, event, reference
):
    upstream.always(
        400,
        '{"success": false, "error_type": "validation", "errors": {"": "\'id\' is a required"}}',
    )

    answer = hub_to_upstream.post("/", json=fixture(name))

    assert answer.status_code == 200
    assert notes(answer) == [
        (
            "error",
            sending(event),
            f"Jirafe refused the {event} event for {reference}: 'id' is a required",
        )
    ]


def test_a_refused_cancellation_is_reported_as_order_canceled(hub_to_upstream, upstream):
    upstream.always(
        200,
        '{"order": [{"success": true}, {"success": false, "error_type": "validation",'
        ' "errors": {"cancel_date": "no"}}]}',
    )

    answer = hub_to_upstream.post("/", json=fixture("order_canceled"))

    assert [note[:2] for note in notes(answer)] == [
        ("info", "Order accepted event sent to Jirafe"),
        ("error", sending("order-canceled")),
    ]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, '{"success": false, "error_type": "bad_json"}', "Jirafe could not read the event."),
        (
            400,
            '{"success": false, "error_type": "invalid_type"}',
            "Jirafe does not accept this type of event.",
        ),
        (400, '{"success": false, "error_type": "validation"}', "No reason was given."),
        (413, "<html>", TOO_LARGE),
    ],
)
def test_a_permanent_refusal_is_answered_200(hub_to_upstream, upstream, status, body, words):
    upstream.always(status, body)

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 200
    assert notes(answer) == [
        ("error", SENDING_A_CART, f"Jirafe refused the cart event for R1: {words}")
    ]


@pytest.mark.parametrize(
    ("status", "error_type", "names"),
    [
        (403, "invalid_token", "jirafe.access_token"),
        (403, "authorization", "jirafe.site_id"),
        (403, None, "jirafe.access_token"),
        (401, None, "jirafe.access_token"),
        (200, "invalid_token", "jirafe.access_token"),
    ],
)
def test_refused_credentials_are_answered_500_naming_the_parameter(
    hub_to_upstream, upstream, status, error_type, names
):
    body = {"success": False, "error_type": error_type}
    upstream.always(status, json.dumps(body))

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 500
    ((level, subject, description),) = notes(answer)
    assert (level, subject) == ("error", SENDING_A_CART)
    assert names in description
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, "", "Jirafe answered with status 500."),
        (502, "<html>", "Jirafe answered with status 502."),
        (
            503,
            '{"success": false, "error_type": "unknown"}',
            "Jirafe answered with status 503.",
        ),
        (429, "", "Jirafe answered with status 429."),
        (404, "", "Jirafe answered with status 404."),
        (302, "", "Jirafe answered with status 302."),
        (200, "<html>", "Jirafe's answer could not be read."),
        (200, "[]", "Jirafe's answer could not be read."),
        (200, '{"success": "yes"}', "Jirafe's answer could not be read."),
        (200, '{"success": false, "error_type": ["x"]}', "Jirafe's answer could not be read."),
        (400, "{}", "Jirafe's answer could not be read."),
    ],
)
def test_a_temporary_failure_is_answered_503(hub_to_upstream, upstream, status, body, reason):
    upstream.always(status, body, Location="http://127.0.0.1:9/")

    answer = post_cart(hub_to_upstream)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert notes(answer) == [("error", SENDING_A_CART, reason)]
    assert len(upstream.requests) == (3 if status in (429, 503) else 1)


@pytest.mark.parametrize("status", [429, 503])
def test_requests_that_had_no_effect_are_retried(hub_to_upstream, upstream, status):
    answers = iter([Answer(status, ""), Answer(status, ""), ACCEPTED])
    upstream.answer = lambda _: next(answers)

    assert post_cart(hub_to_upstream).status_code == 200
    assert len({sent.body for sent in upstream.requests}) == 1


def test_a_wait_requested_by_jirafe_is_respected(make_app, upstream):
    times = []

    def answer(_):
        times.append(time.monotonic())
        return Answer(429, "", {"Retry-After": "1"}) if len(times) == 1 else ACCEPTED

    upstream.answer = answer
    hub = make_app(JIRAFE_API_URL=upstream.url).test_client()

    assert post_cart(hub).status_code == 200
    assert times[1] - times[0] >= 1


def test_a_request_that_may_have_been_accepted_is_not_retried(hub_to_upstream, upstream):
    upstream.answer = lambda _: lambda connection: connection.shutdown(socket.SHUT_RDWR)

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "The connection to Jirafe broke.")]
    assert len(upstream.requests) == 1


def drip(head, pause=0.05):
    """Send the head, and then a byte at a time while the client reads."""

    def send(connection):
        connection.sendall(head)
        with contextlib.suppress(OSError):
            for _ in range(200):
                connection.sendall(b"x")
                time.sleep(pause)

    return send


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n270f\r\n",
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"",
    ],
)
def test_a_slow_answer_is_abandoned_in_time(make_app, upstream, head):
    upstream.answer = lambda _: drip(head)
    hub = make_app(JIRAFE_API_URL=upstream.url, JIRAFE_TIMEOUT="0.5").test_client()
    start = time.monotonic()

    answer = post_cart(hub)

    assert 0.4 < time.monotonic() - start < 2
    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe did not answer in time.")]


def test_an_endless_answer_is_abandoned(hub_to_upstream, upstream):
    upstream.always(200, " " * (11 * 1024 * 1024))

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe's answer could not be read.")]


@pytest.mark.parametrize(
    "errors",
    [
        json.dumps({f"items.{place}.price": "is too odd" for place in range(100_000)}),
        json.dumps({"total": "odd " * 1_000_000}),
        json.dumps({"odd " * 1_000_000: "total"}),
        '{"total":' + "[" * 900 + "]" * 900 + "}",
        '{"\\u0000":"\\u0000"}',
    ],
    ids=["many", "long", "long path", "deep", "NUL"],
)
def test_a_refusal_in_any_words_is_reported_and_stored_in_short_form(make_app, upstream, errors):
    upstream.always(400, f'{{"success": false, "error_type": "validation", "errors": {errors}}}')
    app = make_app(JIRAFE_API_URL=upstream.url)

    answer = post_cart(app.test_client())
    kept = app.test_cli_runner().invoke(args=["dead-letters", "list"]).output

    assert (answer.status_code, [level for level, _, _ in notes(answer)]) == (200, ["error"])
    assert len(answer.data) < 20_000
    assert 0 < len(kept) < 20_000


def test_an_endlessly_nested_answer_is_retried(hub_to_upstream, upstream):
    upstream.always(200, "[" * 1_000_000)

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe's answer could not be read.")]


def test_an_answer_with_endless_headers_is_abandoned(hub_to_upstream, upstream):
    upstream.always(200, '{"success": true}', X_Odd="y" * 100_000)

    answer = post_cart(hub_to_upstream)

    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "The connection to Jirafe broke.")]


def test_an_answer_is_not_inflated(hub_to_upstream, upstream):
    upstream.always(200, "not gzip at all", Content_Encoding="gzip")

    answer = post_cart(hub_to_upstream)

    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe's answer could not be read.")]


def test_a_refused_batch_is_halved_until_the_culprit_is_found(hub_to_upstream, upstream):
    def answer(sent):
        if b"OOL-050" in sent.body and sent.path.endswith("/product"):
            return Answer(413, "")
        if b'"product":[' in sent.body and b'"OOL-050"' in sent.body:
            return Answer(413, "")
        return accept_all(sent) if sent.path.endswith("/batch") else ACCEPTED

    upstream.answer = answer

    given = hub_to_upstream.post("/", json=fixture("order_new"))

    assert given.status_code == 200
    assert [note[0] for note in notes(given)] == ["info", "info", "info", "error"]
    assert notes(given)[-1][2] == f"Jirafe refused the product event for OOL-050: {TOO_LARGE}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("7", "7"), ("0", "1"), ("999999", "3600"), ("soon", "5"), ("-3", "5")],
)
def test_the_wait_that_jirafe_asks_for_is_passed_on(hub_to_upstream, upstream, given, expected):
    upstream.always(429, "", Retry_After=given)

    assert post_cart(hub_to_upstream).headers["Retry-After"] == expected


def test_the_wait_may_be_a_date(hub_to_upstream, upstream):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    upstream.always(503, "", Retry_After=later)

    assert 80 <= int(post_cart(hub_to_upstream).headers["Retry-After"]) <= 90


@pytest.mark.parametrize(
    "body",
    [
        {"cart": [{"success": True}], "order": [{"success": True}]},
        {"cart": [{"success": True}], "order": {"success": True}},
        {"cart": [{"success": True}]},
    ],
)
def test_events_without_a_result_of_their_own_are_sent_again(hub_to_upstream, upstream, body):
    complete = {"product": [{"success": True}] * 2, "customer": [{"success": True}]}
    upstream.always(200, json.dumps(body | complete))

    answer = hub_to_upstream.post("/", json=fixture("order_new"))

    assert answer.status_code == 503
    assert notes(answer) == [
        ("info", "Cart event sent to Jirafe", "A cart event for R514820377 was sent to Jirafe."),
        ("error", sending("order-accepted"), "Jirafe's answer could not be read."),
    ]


def test_the_event_that_failed_is_the_one_named(hub_to_upstream, upstream):
    def answer(request):
        failed = {"cart": [{"success": False, "error_type": "unknown"}]}
        return Answer(200, json.dumps(json.loads(accept_all(request).body) | failed))

    upstream.answer = answer

    given = hub_to_upstream.post("/", json=fixture("order_new"))

    assert given.status_code == 503
    assert notes(given)[-1] == ("error", SENDING_A_CART, "Jirafe's answer could not be read.")


def test_a_jirafe_that_is_not_there_is_answered_503(make_app):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    hub = make_app(JIRAFE_API_URL=f"http://127.0.0.1:{port}/v2").test_client()

    answer = post_cart(hub)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe could not be reached.")]


def test_a_jirafe_that_does_not_answer_is_answered_503(make_app):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v2"
        hub = make_app(JIRAFE_API_URL=url, JIRAFE_TIMEOUT="0.2").test_client()

        answer = post_cart(hub)

    assert answer.status_code == 503
    assert notes(answer) == [("error", SENDING_A_CART, "Jirafe did not answer in time.")]


def test_a_redirect_is_not_followed(hub_to_upstream, upstream):
    upstream.always(307, "", Location=f"{upstream.url}/elsewhere")

    assert post_cart(hub_to_upstream).status_code == 503
    assert [request.path for request in upstream.requests] == ["/v2/demo-shop/cart"]


def test_cookies_do_not_go_from_one_request_to_another(hub_to_upstream, upstream):
    upstream.always(200, '{"success": true}', Set_Cookie="a=1")
    post_cart(hub_to_upstream)
    post_cart(hub_to_upstream)

    assert ["Cookie" in request.headers for request in upstream.requests] == [False, False]


def test_nothing_is_sent_for_a_taxon_of_another_taxonomy(hub_to_upstream, upstream):
    answer = hub_to_upstream.post("/", json=fixture("taxon_new_elsewhere"))

    assert answer.json["notifications"] == []
    assert upstream.requests == []


def test_the_hosted_api_refuses_a_wrong_token_and_keeps_nothing(hub):
    wrong = message("cart:new", {"cart": CART}, access_token="wrong")

    assert hub.post("/", json=wrong).status_code == 500
    assert events_of(hub) == {}

"""What is remembered, as the hub and the analyst notice it."""

import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.endpoint.fixtures import events_of, fixture, message
from tests.upstream import Answer, accept_all

LATER, EARLIER = "2026-03-02T15:00:00Z", "2026-03-02T14:00:00Z"


def order(number="R1", updated_at=EARLIER, quantity=1, **fields):
    line = {"id": 7, "sku": "TEAPOT", "quantity": quantity, "price": 34.5}
    return {
        "order": {
            "number": number,
            "currency": "USD",
            "email": "june@example.com",
            "placed_on": EARLIER,
            "updated_at": updated_at,
            "line_items": [line],
            **fields,
        }
    }


def sent(kind, payload, message_id):
    return message(kind, payload) | {"message_id": message_id}


def subjects(answer):
    return [note["subject"] for note in answer.json["notifications"]]


def quantities(items):
    return [item["quantity"] for item in items]


def test_a_repeat_is_answered_as_before_and_sends_nothing(hub):
    first = hub.post("/", json=fixture("order_new"))
    again = hub.post("/", json=fixture("order_new"))

    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert events_of(hub) == fixture("order_new.events")


def test_a_repeat_of_a_refused_message_is_answered_as_before(hub):
    first = hub.post("/", json=fixture("order_new_without_amounts"))
    again = hub.post("/", json=fixture("order_new_without_amounts"))

    assert (again.status_code, again.json) == (200, first.json)


def test_another_message_with_the_same_id_is_not_a_repeat(hub):
    hub.post("/", json=sent("order:new", order("R1"), "same"))
    hub.post("/", json=sent("order:new", order("R2"), "same"))

    assert [event["id"] for event in events_of(hub)["cart"]] == ["R1", "R2"]


def test_messages_without_an_id_are_all_sent(hub):
    for _ in range(2):
        hub.post("/", json=sent("cart:new", {"cart": order()["order"]}, None))

    assert len(events_of(hub)["cart"]) == 2


def test_a_message_that_failed_temporarily_is_sent_when_it_is_retried(hub_to_upstream, upstream):
    upstream.always(500, "")
    first = hub_to_upstream.post("/", json=fixture("cart_new"))
    upstream.always(200, '{"success": true}')
    second = hub_to_upstream.post("/", json=fixture("cart_new"))

    assert (first.status_code, second.status_code) == (503, 200)
    assert second.json == fixture("cart_new.reply")


def test_accepted_events_of_a_message_are_not_sent_again(hub_to_upstream, upstream):
    def half(request):
        failed = {"order": [{"success": True}, {"success": False, "error_type": "unknown"}]}
        return Answer(200, json.dumps(json.loads(accept_all(request).body) | failed))

    upstream.answer = half
    first = hub_to_upstream.post("/", json=fixture("order_new"))
    upstream.always(200, '{"success": true}')
    second = hub_to_upstream.post("/", json=fixture("order_new"))

    accepted = fixture("order_new.events")["order"][1]
    assert (first.status_code, second.status_code) == (503, 200)
    assert second.json == fixture("order_new.reply")
    assert [request.path for request in upstream.requests] == [
        "/v2/demo-shop/batch",
        "/v2/demo-shop/order",
    ]
    assert upstream.requests[1].json == accepted


@pytest.mark.parametrize("message_id", ["m-1", None])
def test_accepted_events_are_not_sent_again_even_without_id_or_date(
    hub_to_upstream, upstream, message_id
):
    def all_but_the_customer(request):
        failed = {"customer": [{"success": False, "error_type": "unknown"}]}
        return Answer(200, json.dumps(json.loads(accept_all(request).body) | failed))

    line = {"id": 7, "sku": "TEAPOT", "quantity": 1, "price": 34.5}
    undated = {"order": {"number": "R1", "email": "june@example.com", "line_items": [line]}}
    upstream.answer = all_but_the_customer
    first = hub_to_upstream.post("/", json=sent("order:new", undated, message_id))
    upstream.always(200, '{"success": true}')
    second = hub_to_upstream.post("/", json=sent("order:new", undated, message_id))

    assert (first.status_code, second.status_code) == (503, 200)
    assert [request.path for request in upstream.requests] == [
        "/v2/demo-shop/batch",
        "/v2/demo-shop/customer",
    ]


def test_events_of_an_earlier_attempt_are_not_remembered_as_the_newest(hub_to_upstream, upstream):
    def all_but_the_cancellation(request):
        answer = {kind: [{"success": True}] * len(some) for kind, some in request.json.items()}
        if "order" in answer and request.json["order"][-1]["status"] == "cancelled":
            answer["order"][-1] = {"success": False, "error_type": "unknown"}
        return Answer(200, json.dumps(answer))

    undated = sent("order:canceled", order(updated_at=None, quantity=1), "1")
    upstream.answer = all_but_the_cancellation
    first = hub_to_upstream.post("/", json=undated)
    upstream.always(200, '{"success": true}')
    hub_to_upstream.post("/", json=sent("order:update", order(updated_at=LATER, quantity=9), "2"))
    again = hub_to_upstream.post("/", json=undated)
    later = order(updated_at="2026-03-02T16:00:00Z", status="complete")
    hub_to_upstream.post("/", json=sent("order:update", later, "3"))

    assert (first.status_code, again.status_code) == (503, 200)
    assert quantities(upstream.requests[-1].json["previous_items"]) == [9]


@pytest.mark.parametrize("message_id", [None, ""])
def test_a_repeat_without_an_id_is_sent_completely_again(hub_to_upstream, upstream, message_id):
    bodies = ['{"success": false, "error_type": "unknown"}', '{"success": true}']
    given = sent("cart:new", {"cart": order()["order"]}, message_id)
    for body in (*bodies, bodies[1]):
        upstream.always(200, body)
        hub_to_upstream.post("/", json=given)

    assert [request.path for request in upstream.requests] == ["/v2/demo-shop/cart"] * 3


def test_an_order_knows_its_items_before_the_change(hub):
    hub.post("/", json=sent("order:new", order(quantity=3), "1"))
    hub.post("/", json=sent("order:update", order(updated_at=LATER, quantity=1), "2"))

    placed, new, updated = events_of(hub)["order"]
    assert (placed["status"], quantities(new["previous_items"])) == ("placed", [])
    assert updated["previous_items"] == new["items"]
    assert quantities(updated["items"]) == [1]


def test_a_cart_knows_its_items_before_the_change(hub):
    hub.post("/", json=sent("cart:new", {"cart": order(quantity=3)["order"]}, "1"))
    hub.post("/", json=sent("cart:updated", {"cart": order(updated_at=LATER)["order"]}, "2"))

    first, second = events_of(hub)["cart"]
    assert (first["previous_items"], second["previous_items"]) == ([], first["items"])


def test_the_last_items_sent_override_the_previous_items_of_a_message(hub):
    hub.post("/", json=sent("order:new", order(quantity=3), "1"))
    fields = {**order(updated_at=LATER), "previous": order(quantity=2)["order"]}
    hub.post("/", json=sent("order:update", fields, "2"))

    assert quantities(events_of(hub)["order"][-1]["previous_items"]) == [3]


def test_an_older_state_that_arrives_late_is_left_out(hub):
    hub.post("/", json=sent("order:update", order(updated_at=LATER, quantity=1), "2"))
    answer = hub.post("/", json=sent("order:update", order(quantity=3), "1"))

    assert answer.json == {
        "message_id": "1",
        "notifications": [
            {
                "level": "info",
                "subject": "Order accepted event not sent to Jirafe",
                "description": "A newer state of R1 was sent to Jirafe already.",
            }
        ],
    }
    assert [quantities(event["items"]) for event in events_of(hub)["order"]] == [[1]]


def test_a_late_new_order_still_sends_events_that_no_newer_message_sent(hub):
    hub.post("/", json=sent("order:update", order(updated_at=LATER, quantity=1), "2"))
    answer = hub.post("/", json=sent("order:new", order(quantity=3), "1"))

    assert subjects(answer) == [
        "Cart event sent to Jirafe",
        "Order placed event sent to Jirafe",
        "Order accepted event not sent to Jirafe",
    ]
    assert [event["status"] for event in events_of(hub)["order"]] == ["accepted", "placed"]


def test_a_late_cancellation_does_not_undo_a_resumed_order(hub):
    hub.post("/", json=sent("order:update", order(updated_at=LATER, status="resumed"), "2"))
    answer = hub.post("/", json=sent("order:cancel", order(), "1"))

    assert subjects(answer) == [
        "Order accepted event not sent to Jirafe",
        "Order canceled event not sent to Jirafe",
    ]
    assert [event["status"] for event in events_of(hub)["order"]] == ["accepted"]


def test_a_state_of_the_same_date_is_sent(hub):
    hub.post("/", json=sent("order:update", order(quantity=1), "1"))
    hub.post("/", json=sent("order:update", order(quantity=2), "2"))

    assert [quantities(event["items"]) for event in events_of(hub)["order"]] == [[1], [2]]


def test_a_late_category_is_left_out(hub):
    def taxon(name, date):
        fields = {"id": 3, "name": name, "taxonomy_id": 1, "updated_at": date}
        return message("taxon:updated", {"taxon": fields}, product_category_taxonomy="1")

    hub.post("/", json=taxon("Bags & Baskets", LATER))
    answer = hub.post("/", json=taxon("Bags", EARLIER))

    assert subjects(answer) == ["Category event not sent to Jirafe"]
    assert [event["name"] for event in events_of(hub)["category"]] == ["Bags & Baskets"]


def test_states_refused_by_jirafe_are_not_remembered(hub_to_upstream, upstream):
    upstream.always(400, '{"success": false, "error_type": "bad_json"}')
    hub_to_upstream.post("/", json=sent("order:update", order(updated_at=LATER), "2"))
    upstream.always(200, '{"success": true}')
    answer = hub_to_upstream.post("/", json=sent("order:update", order(), "1"))

    assert subjects(answer) == ["Order accepted event sent to Jirafe"]
    assert upstream.requests[-1].json["previous_items"] == []


def test_sites_do_not_share_state(make_app):
    hub = make_app(JIRAFE_API_SITES="a:token-a,b:token-b").test_client()

    def post(site, message_id, payload):
        body = message("order:update", payload, site_id=site, access_token=f"token-{site}")
        return hub.post("/", json=body | {"message_id": message_id})

    post("a", "1", order(updated_at=LATER, quantity=3))
    answer = post("b", "1", order(quantity=2))

    assert subjects(answer) == ["Order accepted event sent to Jirafe"]
    (event,) = events_of(hub, "b", "token-b")["order"]
    assert event["previous_items"] == []


def test_a_customer_is_dated_by_the_first_message_about_them(hub):
    first = order("R1", placed_on="2026-01-05T10:00:00Z")
    second = order("R2", updated_at=LATER)
    hub.post("/", json=sent("order:new", first, "1"))
    hub.post("/", json=sent("order:new", second, "2"))

    dates = [(event["create_date"], event["change_date"]) for event in events_of(hub)["customer"]]
    assert dates == [
        ("2026-01-05T10:00:00.000Z", "2026-03-02T14:00:00.000Z"),
        ("2026-01-05T10:00:00.000Z", "2026-03-02T15:00:00.000Z"),
    ]
    assert [event["customer"]["create_date"] for event in events_of(hub)["cart"]] == [
        "2026-01-05T10:00:00.000Z"
    ] * 2


def test_the_same_message_many_times_at_once_is_sent_once(hub_to_upstream, upstream):
    release = threading.Event()

    def slowly(request):
        release.wait(5)
        return accept_all(request)

    upstream.answer = slowly
    app = hub_to_upstream.application
    with ThreadPoolExecutor(10) as pool:
        answers = [
            pool.submit(app.test_client().post, "/", json=fixture("order_new")) for _ in range(10)
        ]
        release.set()
        statuses = [(one.result(30).status_code, one.result().json) for one in answers]

    assert statuses == [(200, fixture("order_new.reply"))] * 10
    assert len(upstream.requests) == 1


def test_repeats_of_a_finished_message_change_no_byte_of_the_database(hub, tmp_path):
    app = hub.application
    hub.post("/", json=fixture("order_new"))
    before = files_of_the_database(tmp_path)
    with ThreadPoolExecutor(10) as pool:
        repeats = [
            pool.submit(app.test_client().post, "/", json=fixture("order_new")) for _ in range(50)
        ]
        answers = [(one.result(30).status_code, one.result().json) for one in repeats]
    after = files_of_the_database(tmp_path)
    hub.post("/", json=fixture("cart_new"))

    assert answers == [(200, fixture("order_new.reply"))] * 50
    assert after == before
    assert files_of_the_database(tmp_path) != before


def files_of_the_database(folder):
    """Return the contents of SQLite's file and of the log that each write transaction extends."""
    return {name: (folder / name).read_bytes() for name in ("events.db", "events.db-wal")}


@pytest.mark.parametrize("kind", ["cart:new", "order:new"])
def test_nothing_is_half_done_without_the_state_database(make_app, upstream, kind):
    settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    hub = make_app(JIRAFE_API_URL=upstream.url, **settings).test_client()

    answer = hub.post("/", json=copy.deepcopy(fixture(kind.replace(":", "_"))))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["notifications"][0]["description"] == (
        "The endpoint's own state cannot be used now."
    )
    assert upstream.requests == []


def product(updated_at, name="Cup", message_id="p", **fields):
    fields = {"id": 5, "sku": "CUP", "name": name, "variants": [{"sku": "CUP-A"}], **fields}
    return sent("product:updated", {"product": {**fields, "updated_at": updated_at}}, message_id)


def customer(updated_at, name="June", message_id="c"):
    fields = {"id": 42, "firstname": name, "updated_at": updated_at}
    return sent("customer:updated", {"customer": fields}, message_id)


def names(hub, kind):
    return [event["name"] for event in events_of(hub)[kind]]


def test_an_older_state_of_a_product_is_left_out_with_its_variants_and_mentioned_once(hub):
    hub.post("/", json=product(LATER, "New", "2"))
    answer = hub.post("/", json=product(EARLIER, "Old", "1"))
    same = hub.post("/", json=product(LATER, "Same date", "3"))

    assert answer.json["notifications"] == [
        {
            "level": "info",
            "subject": "Product event not sent to Jirafe",
            "description": "A newer state of CUP was sent to Jirafe already.",
        }
    ]
    assert subjects(same) == ["Product event sent to Jirafe"]
    assert names(hub, "product") == ["New", "New", "Same date", "Same date"]


def test_an_older_state_of_a_customer_is_left_out_and_names_nobody(hub):
    hub.post("/", json=customer(LATER, "New", "2"))
    answer = hub.post("/", json=customer(EARLIER, "Old", "1"))

    assert answer.json["notifications"] == [
        {
            "level": "info",
            "subject": "Customer event not sent to Jirafe",
            "description": "A newer state of the customer was sent to Jirafe already.",
        }
    ]
    assert names(hub, "customer") == ["New"]


def test_a_product_without_a_change_date_is_always_sent(hub):
    hub.post("/", json=product(LATER, "New", "1"))
    hub.post("/", json=product(None, "Undated", "2", available_on=EARLIER))

    assert names(hub, "product")[2:] == ["Undated", "Undated"]


def test_a_product_of_an_order_does_not_replace_a_product_message(hub):
    hub.post("/", json=product("2030-01-01T00:00:00Z"))
    hub.post("/", json=customer("2030-01-01T00:00:00Z"))
    line = {"id": 7, "product_id": 5, "quantity": 1, "price": 9}
    answer = hub.post("/", json=sent("order:new", order(user_id=42, line_items=[line]), "o"))

    assert subjects(answer) == [
        "Cart event sent to Jirafe",
        "Order placed event sent to Jirafe",
        "Order accepted event sent to Jirafe",
    ]
    events = events_of(hub)
    assert [event["id"] for event in events["product"]] == ["5", "CUP-A"]
    assert [event["id"] for event in events["customer"]] == ["42", "42"]


def test_a_customer_keeps_the_date_from_a_customer_message(hub):
    fields = {"id": 42, "created_at": "2024-05-01T08:00:00Z", "updated_at": EARLIER}
    hub.post("/", json=sent("user:new", {"user": fields}, "c"))
    hub.post("/", json=sent("order:new", order(user_id=42), "o"))

    dates = [event["create_date"] for event in events_of(hub)["customer"]]
    assert dates == ["2024-05-01T08:00:00.000Z"] * 2


def test_a_refused_variant_is_named_beside_the_product(hub_to_upstream, upstream):
    refusal = {"success": False, "error_type": "validation", "errors": {"code": "too odd"}}
    upstream.always(200, json.dumps({"product": [{"success": True}, refusal]}))

    answer = hub_to_upstream.post("/", json=product(LATER))

    assert (answer.status_code, answer.json["notifications"]) == (
        200,
        [
            {
                "level": "info",
                "subject": "Product event sent to Jirafe",
                "description": "A product event for CUP was sent to Jirafe.",
            },
            {
                "level": "error",
                "subject": "There was a problem while sending a product event to Jirafe.",
                "description": "Jirafe refused the product event for CUP-A: code: too odd",
            },
        ],
    )

"""Until its token is proven to be the site's, a message has no effect and learns nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from jirafe_endpoint.delivery.proof import KEPT, MOST, Proof
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.tables import METADATA
from tests.endpoint.fixtures import SITE, TOKEN, events_of, fixture, message
from tests.upstream import Answer, accept_all

UNKNOWN = Answer(403, '{"success": false, "error_type": "invalid_token"}')
CART = {"number": "R1", "line_items": [{"sku": "T", "quantity": 1, "price": 2}]}


def stored(hub):
    """Every row of the endpoint's state."""
    with hub.application.extensions[EXTENSION].database.reading() as connection:
        return [
            tuple(row) for t in METADATA.tables.values() for row in connection.execute(select(t))
        ]


def forged(kind, payload, **parameters):
    return message(kind, payload, **{"access_token": "a-guess", **parameters})


@pytest.mark.parametrize(
    "sent",
    [
        forged("cart:new", {"cart": CART}),
        forged("cart:new", {"cart": {}}),
        forged("order:ship", {}),
        forged("cart:new", {"cart": CART}, site_id="another"),
    ],
)
def test_a_message_with_a_wrong_token_leaves_no_trace(hub, sent):
    answer = hub.post("/", json=sent)

    assert answer.status_code == 500
    assert "jirafe.access_token" in answer.json["notifications"][0]["description"]
    assert stored(hub) == []


@pytest.mark.parametrize("parameters", [{"access_token": ""}, {"site_id": ""}])
def test_a_message_without_a_token_leaves_no_trace(hub, parameters):
    answers = [
        hub.post("/", json=message(kind, payload, **parameters))
        for kind, payload in (("cart:new", {"cart": {}}), ("order:ship", {}))
    ]

    assert [answer.status_code for answer in answers] == [500, 200]
    assert stored(hub) == []


def test_a_message_with_a_wrong_token_neither_blocks_nor_reveals_the_genuine_one(hub):
    genuine = message("cart:new", {"cart": CART})
    hub.post("/", json=forged("cart:new", {"cart": CART}))
    first = hub.post("/", json=genuine)
    again = hub.post("/", json=forged("cart:new", {"cart": CART}))
    older = forged("cart:updated", {"cart": {**CART, "updated_at": "2001-01-01T00:00:00Z"}})

    assert (first.status_code, again.status_code) == (200, 500)
    assert "R1" not in again.text
    assert "newer" not in hub.post("/", json=older).text
    assert len(events_of(hub)["cart"]) == 1


def test_a_message_to_the_wrong_service_does_not_block_the_right_service(hub):
    wrong = hub.post("/import_cart", json=fixture("order_new"))
    right = hub.post("/import_new_order", json=fixture("order_new"))

    assert wrong.json["notifications"][0]["subject"] == "The message type is not supported."
    assert right.json == fixture("order_new.reply")


def test_a_message_with_other_mapping_parameters_is_not_a_repeat(hub):
    taxon = {"taxon": {"id": 3, "name": "Bags", "taxonomy_id": 1}}
    for taxonomy in ("2", "1"):
        sent = message("taxon:new", taxon, product_category_taxonomy=taxonomy)
        answer = hub.post("/", json=sent)

    assert answer.json["notifications"][0]["subject"] == "Category event sent to Jirafe."


def test_a_token_is_proven_once_for_all_messages(hub_to_upstream, upstream):
    upstream.answer = accept_all
    for number in range(3):
        sent = message("cart:new", {"cart": {**CART, "number": f"R{number}"}})
        hub_to_upstream.post("/", json=sent)

    assert [sent.path for sent in upstream.proofs] == [f"/v2/{SITE}/batch"]
    assert upstream.proofs[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert len(upstream.requests) == 3


def test_a_revoked_token_has_to_be_checked_again(hub_to_upstream, upstream):
    sent = message("cart:new", {"cart": CART})
    hub_to_upstream.post("/", json=sent)
    upstream.answer = lambda _: UNKNOWN
    upstream.proof = UNKNOWN
    statuses = [
        hub_to_upstream.post("/", json=sent | {"message_id": name}).status_code for name in "ab"
    ]

    assert (statuses, len(upstream.requests), len(upstream.proofs)) == ([500, 500], 2, 2)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (Answer(500, ""), 503, "Jirafe answered with status 500."),
        (Answer(404, "{}"), 503, "Jirafe answered with status 404."),
        (Answer(400, "{}"), 503, "Jirafe answered with status 400."),
        (Answer(200, "<html>"), 503, "Jirafe's answer could not be read."),
        (Answer(400, '{"success": false, "error_type": "bad_json"}'), 200, "The cart"),
    ],
)
def test_a_token_is_proven_only_by_an_answer_that_checked_it(
    hub_to_upstream, upstream, answer, status, reason
):
    upstream.proof = answer
    got = hub_to_upstream.post("/add_cart", json={"parameters": PARAMETERS, "cart": CART})

    assert got.status_code == status
    assert reason in got.json["summary"]
    assert len(upstream.requests) == (status == 200)


PARAMETERS = {"jirafe_site_id": SITE, "jirafe_access_token": TOKEN}


class Asked:
    """An API with a given answer, which counts its requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.count = 0

    def __call__(self, site, token, deadline):
        self.count += 1
        return self.answers.pop(0) if self.answers else ACCEPTED


LATE = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")
REFUSED = Result(Outcome.UNAUTHORIZED, reason="no")


def test_a_proof_expires_unless_accepted_events_renew_it():
    clock, asked = [0.0], Asked()
    proof = Proof(asked, lambda: clock[0])

    for moment in (0, KEPT - 1):
        clock[0] = moment
        assert proof.of("shop", "t", moment + 1) == ACCEPTED
    proof.note("shop", "t", Outcome.ACCEPTED)
    clock[0] = 2 * KEPT - 2
    assert (proof.of("shop", "t", clock[0]), asked.count) == (ACCEPTED, 1)
    clock[0] = 2 * KEPT
    assert (proof.of("shop", "t", clock[0]), asked.count) == (ACCEPTED, 2)


def test_failures_are_not_cached_and_proofs_are_per_site_and_token():
    asked = Asked(LATE, REFUSED)
    proof = Proof(asked)
    results = [proof.of(*pair, 0) for pair in (("a", "t"), ("a", "t"), ("a", "t"), ("a", "t"))]
    others = [proof.of(*pair, 0) for pair in (("b", "t"), ("a", "u"))]

    assert results == [LATE, REFUSED, ACCEPTED, ACCEPTED]
    assert (others, asked.count) == ([ACCEPTED] * 2, 5)


def test_the_number_of_proofs_is_bounded():
    proof = Proof(Asked())
    for number in range(MOST + 5):
        proof.of("shop", str(number), 0)

    assert len(proof._ends) == MOST


def test_many_threads_share_one_token_check_and_none_waits_past_its_deadline():
    started, go_on = threading.Event(), threading.Event()
    asked = Asked()

    def slowly(site, token, deadline):
        started.set()
        go_on.wait(10)
        return asked(site, token, deadline)

    proof = Proof(slowly, lambda: 0.0)
    with ThreadPoolExecutor(10) as pool:
        first = pool.submit(proof.of, "shop", "t", 10)
        started.wait(10)
        assert proof.of("shop", "t", 0.01) == LATE
        others = [pool.submit(proof.of, "shop", "t", 10) for _ in range(8)]
        go_on.set()
        results = [future.result(30) for future in (first, *others)]

    assert (results, asked.count) == ([ACCEPTED] * 9, 1)


def test_an_error_while_checking_a_token_blocks_no_other_message():
    def broken(site, token, deadline):
        raise ZeroDivisionError

    proof = Proof(broken)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            proof.of("shop", "t", 0)
    assert proof._asking == {}

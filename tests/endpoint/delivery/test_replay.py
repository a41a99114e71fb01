"""Dead letters: stored, shown and replayed."""

import json

import pytest

from jirafe_endpoint import utc_now
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.delivery.proof import Proof
from jirafe_endpoint.jirafe.results import ACCEPTED
from tests.endpoint.fixtures import TOKEN, events_of, fixture
from tests.state.fixtures import finish
from tests.state.fixtures import letter as dead_letter
from tests.upstream import Answer, accept_all

REFUSAL = {"success": False, "error_type": "validation", "errors": {"id": "too odd"}}


@pytest.fixture
def run(hub_to_upstream):
    """Return a function that runs a command of the endpoint that sends to the upstream."""

    def invoke(*words, asked=f"{TOKEN}\n"):
        runner = hub_to_upstream.application.test_cli_runner()
        result = runner.invoke(args=words, input=asked)
        return result.exit_code, result.stdout or result.stderr

    return invoke


def letters(run):
    code, output = run("dead-letters", "list")
    assert code == 0
    return [json.loads(line) for line in output.splitlines()]


def refuse_products(sent):
    if not sent.path.endswith("/batch"):
        return Answer(400, json.dumps(REFUSAL))
    results = json.loads(accept_all(sent).body)
    if "product" in results:
        results["product"] = [REFUSAL] * len(results["product"])
    return Answer(200, json.dumps(results))


def test_a_refused_message_is_kept_without_its_token(hub_to_upstream, upstream, run):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new"))

    (letter,) = letters(run)
    assert (letter["site"], letter["type"]) == ("demo-shop", "order:new")
    assert letter["number"] == "R514820377"
    assert letter["message_id"] == fixture("order_new")["message_id"]
    assert letter["errors"] == [
        "Jirafe refused the product event for TEAPOT-EN: id: too odd",
        "Jirafe refused the product event for OOL-050: id: too odd",
    ]
    shown = json.loads(run("dead-letters", "show", str(letter["id"]))[1])
    assert shown["payload"]["order"] == fixture("order_new")["payload"]["order"]
    assert TOKEN not in json.dumps(shown)


def test_a_replay_sends_only_what_was_refused(hub_to_upstream, upstream, run):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new"))
    upstream.answer = accept_all

    code, output = run("dead-letters", "replay", "1")

    expected = fixture("order_new.reply")["notifications"]
    assert (code, [json.loads(line) for line in output.splitlines()]) == (0, expected)
    assert upstream.requests[-1].json == {"product": fixture("order_new.events")["product"]}
    assert upstream.requests[-1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_replay_of_a_message_without_an_id_sends_only_what_was_refused(
    hub_to_upstream, upstream, run
):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new") | {"message_id": None})
    failed, _ = run("dead-letters", "replay", "1")
    upstream.answer = accept_all
    code, _ = run("dead-letters", "replay", "1")

    assert (failed, code, [letter["id"] for letter in letters(run)]) == (1, 0, [1])
    assert upstream.requests[-1].json == {"product": fixture("order_new.events")["product"]}


def test_a_message_without_a_site_is_refused_and_not_stored(hub, log):
    answer = hub.post("/", json={"message": "order:ship", "message_id": "m-1", "payload": {}})
    listed = hub.application.test_cli_runner().invoke(args=["dead-letters", "list"])

    assert (answer.status_code, listed.output) == (200, "")
    assert answer.json["notifications"][0]["subject"] == "The message type is not supported."


def test_a_dead_letter_is_replayed_only_once(hub_to_upstream, upstream, run):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new"))
    upstream.answer = accept_all
    run("dead-letters", "replay", "1")

    code, output = run("dead-letters", "replay", "1")

    assert (code, output.startswith("Error: Dead letter 1 was replayed at ")) == (1, True)
    assert len(upstream.requests) == 2


def test_a_replay_that_is_refused_again_says_so_and_can_be_tried_again(
    hub_to_upstream, upstream, run
):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new"))

    code, output = run("dead-letters", "replay", "1")
    assert (code, json.loads(output.splitlines()[-1])["level"]) == (1, "error")

    (letter,) = letters(run)
    upstream.answer = accept_all
    assert run("dead-letters", "replay", str(letter["id"]))[0] == 0


def test_without_a_hosted_api_a_replay_asks_for_the_token(hub_to_upstream, upstream, run):
    upstream.answer = refuse_products
    hub_to_upstream.post("/", json=fixture("order_new"))

    code, asked = run("dead-letters", "replay", "1", asked="")
    assert (code, asked.splitlines()[0]) == (1, "Access token of site demo-shop: ")
    assert run("dead-letters", "replay", "1", "--token", TOKEN)[0] == 2


def test_a_replay_says_what_is_wrong_now_and_not_what_was_wrong_then(hub_to_upstream, run):
    hub_to_upstream.post("/import_category", json=fixture("cart_new_without_number"))
    (letter,) = letters(run)
    code, output = run("dead-letters", "replay", str(letter["id"]))
    output = output.splitlines()[-1]

    assert "'cart:new' is not supported here" in letter["errors"][0]
    assert (code, json.loads(output)["description"]) == (
        1,
        "The message could not be mapped: cart.number: Missing data for required field.",
    )
    assert letters(run)[0]["errors"] == [json.loads(output)["description"]]


def test_a_dead_letter_with_an_unchecked_token_is_replayed_only_if_confirmed(
    hub_to_upstream, upstream, run
):
    payload = fixture("cart_new")["payload"]
    letter = dead_letter(site="demo-shop", type="cart:new", payload=payload, proven=False)
    state = hub_to_upstream.application.extensions["jirafe_endpoint_state"]
    finish(state, site="demo-shop", dead_letter=letter)

    code, asked = run("dead-letters", "replay", "1", asked="n\n")
    assert (code, len(upstream.requests)) == (1, 0)
    assert "anyone with the hub's key could have sent it" in asked
    assert run("dead-letters", "replay", "1", asked=f"y\n{TOKEN}\n")[0] == 0
    assert len(upstream.requests) == 1


def test_the_hosted_api_lends_a_token_for_a_replay(make_app):
    app = make_app()
    hub = app.test_client()
    unmappable = fixture("cart_new_without_number")
    hub.post("/", json=unmappable)
    store = app.extensions["jirafe_endpoint_state"]
    (letter,) = store.dead_letters.list()
    run = app.test_cli_runner()

    result = run.invoke(args=["dead-letters", "replay", str(letter.id)])

    assert result.exit_code == 1
    assert "cart.number: Missing data for required field." in result.output
    assert (
        run.invoke(args=["sites", "list"]).output
        == "-\tdemo-shop\tread,write\tJIRAFE_API_SITES\t-\n"
    )
    assert events_of(hub) == {}


def test_an_unmappable_message_and_an_unknown_type_are_stored(hub_to_upstream, run):
    hub_to_upstream.post("/", json=fixture("order_new_without_amounts"))
    unknown = fixture("order_new") | {"message": "order:ship", "message_id": "x"}
    hub_to_upstream.post("/", json=unknown)

    assert [letter["type"] for letter in letters(run)] == ["order:ship", "order:new"]


def test_a_missing_dead_letter_is_an_error(run):
    assert run("dead-letters", "replay", "7") == (1, "Error: There is no dead letter 7.\n")


def test_a_replay_of_a_type_that_is_still_not_supported_is_refused(hub_to_upstream, run):
    unknown = fixture("order_new") | {"message": "order:ship"}
    hub_to_upstream.post("/", json=unknown)

    code, output = run("dead-letters", "replay", "1")

    answer = json.loads(output.splitlines()[0])
    assert (code, answer["subject"]) == (1, "The message type is not supported.")


def test_a_replay_for_a_site_that_the_hosted_api_does_not_know_is_an_error(make_app):
    app = make_app(JIRAFE_API_SITES="another:token")
    letter = dead_letter(site="demo-shop")
    finish(app.extensions["jirafe_endpoint_state"], site="demo-shop", dead_letter=letter)

    result = app.test_cli_runner().invoke(args=["dead-letters", "replay", "1"])

    text = "Error: The hosted API does not know site demo-shop.\n"
    assert (result.exit_code, result.output) == (1, text)


class BrokenSender:
    """Fails the first time, and accepts everything afterwards."""

    def __init__(self):
        self.breaks = True

    def send(self, site, token, events, deadline):
        if self.breaks:
            self.breaks = False
            raise ZeroDivisionError
        return [ACCEPTED for _ in events]


def test_a_bug_while_sending_leaves_the_message_free_for_a_retry(make_app):
    app = make_app()
    claims = app.extensions["jirafe_endpoint_state"].claims
    proof = Proof(lambda site, token, deadline: ACCEPTED)
    app.extensions["jirafe_endpoint"] = MessageProcessor(
        claims, BrokenSender(), proof, utc_now, patience=20
    )
    hub = app.test_client()

    answers = [hub.post("/", json=fixture("cart_new")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[1].json == fixture("cart_new.reply")

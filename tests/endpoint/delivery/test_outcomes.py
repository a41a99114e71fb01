"""The outcomes of a message's events, for every kind that the API accepts."""

import json

import pytest

from jirafe_api.contract.kinds import V2, own_id
from jirafe_endpoint.delivery.outcomes import end_of, fingerprint
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.messages import envelopes
from mappers import Event, Mapped
from tests.endpoint.fixtures import message
from tests.serving import ROOT

EXAMPLES = ROOT / "jirafe_api" / "description" / "examples"
NOT_YET = Result(Outcome.UNAVAILABLE, reason="Jirafe did not answer in time.")
KINDS = ["cart", "category", "employee", "heartbeat", "inventory", "product.cost", "product"]
MESSAGE = envelopes.message(message("cart:new", {"cart": {}}), None)


def example(kind):
    return json.loads((EXAMPLES / f"{kind}.json").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_a_retry_sends_only_those_events_that_were_not_accepted(kind):
    body = example(kind)
    own = next(name for name, value in body.items() if value == own_id(V2, kind, body))
    first, second = Event(kind, body), Event(kind, {**body, own: "another"})

    end = end_of(MESSAGE, Mapped([first, second], []), [ACCEPTED, NOT_YET], ())

    assert list(end.sent) == [fingerprint(first)]
    assert fingerprint(second) not in end.sent


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "product"])
def test_a_notification_names_the_subject_of_the_event(kind):
    body = example(kind)
    named = body["name"] if kind == "category" else own_id(V2, kind, body)

    end = end_of(MESSAGE, Mapped([Event(kind, body)], []), [ACCEPTED], ())

    assert [named in note.description for note in end.reply.notifications] == [True]

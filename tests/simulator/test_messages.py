"""The messages of a shop: in the forms that hubs send, each change in one of them, in disorder."""

from datetime import UTC, datetime

import jsonschema
import pytest

from tests.simulator import STYLES, Shop, Site, as_delivered, messages
from tests.simulator.forms.hub import FORMS

SITE = Site("demo-shop", "demo-token")


def changes(seed, days=3):
    start = datetime(2026, 3, 2, tzinfo=UTC)
    return list(Shop(seed, start, days, visits_per_day=6, conversion=0.6).history())


@pytest.mark.parametrize("style", STYLES)
def test_a_message_of_each_style_has_the_form_that_hubs_send(style):
    check = {name: jsonschema.Draft202012Validator(form) for name, form in FORMS.items()}
    for_all = ["v5 with original", "v5 without original", "v6"]
    sent = [
        message
        for seed in range(6)
        for message in messages(changes(seed), SITE, seed, [style, for_all[seed % 3]])
        if not message.to_api
    ]
    assert style in {message.style for message in sent}
    for message in sent:
        error = jsonschema.exceptions.best_match(check[message.style].iter_errors(message.body))
        assert error is None, f"{message.style}: {error.json_path if error else ''} {error}"


def test_every_change_and_every_pageview_becomes_a_message():
    history = changes(1)
    sent = list(messages(history, SITE, 1, ["v6"]))
    pageviews = [len(change.subject.pageviews) for change in history if change.kind == "visit"]
    assert len(sent) == len(history) + sum(pageviews)
    assert len({str(message.body) for message in sent}) == len(sent)


def test_the_same_seed_makes_the_same_messages_some_in_two_styles():
    history = changes(1)
    sent = list(messages(history, SITE, 1))
    assert sent == list(messages(history, SITE, 1))
    assert len(sent) > len(list(messages(history, SITE, 1, ["v6"])))


@pytest.mark.parametrize("seed", range(10))
def test_every_message_is_delivered_some_twice_and_out_of_order(seed):
    sent = list(messages(changes(seed), SITE, seed))
    delivered = as_delivered(sent, seed)
    positions = [sent.index(message) for message in delivered]
    assert set(positions) == set(range(len(sent)))
    assert len(positions) > len(sent)
    assert positions != sorted(positions)


@pytest.mark.parametrize("seed", range(10))
def test_a_partial_message_follows_all_earlier_ones_about_the_same_object(seed):
    sent = list(messages(changes(seed), SITE, seed))
    first_at = {}
    for place, message in enumerate(as_delivered(sent, seed)):
        first_at.setdefault(sent.index(message), place)
    for number, message in enumerate(sent):
        if message.in_order:
            earlier = [n for n in range(number) if sent[n].subject == message.subject]
            assert [n for n in earlier if first_at[n] > first_at[number]] == []

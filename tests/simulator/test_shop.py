"""The shop's history: the same each time, in order, and every sort of thing happens in it."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.simulator import Shop
from tests.simulator.shop.purchase import DECIMALS, Kind, Purchase

START = datetime(2026, 3, 2, tzinfo=UTC)
SEEDS = range(12)


def history(seed, days=3):
    return list(Shop(seed, START, days, visits_per_day=6, conversion=0.6).history())


def purchases():
    """All states of all carts and orders of several shops."""
    changes = [change for seed in SEEDS for change in history(seed)]
    return [change.subject for change in changes if isinstance(change.subject, Purchase)]


def test_the_same_seed_makes_the_same_history_and_another_seed_another():
    assert history(1) == history(1)
    assert history(1) != history(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_changes_are_in_time_order_and_each_continues_from_the_last_state(seed):
    changes = history(seed)
    assert [change.at for change in changes] == sorted(change.at for change in changes)
    states = defaultdict(list)
    for change in changes:
        if isinstance(change.subject, Purchase):
            states[change.subject.number].append(change)
    for steps in states.values():
        assert [step.previous for step in steps] == [None, *(step.subject for step in steps[:-1])]
        dates = [step.subject.updated_at for step in steps]
        assert dates == sorted(set(dates))


def test_amounts_have_the_decimals_of_their_currency_and_no_total_is_negative():
    for purchase in purchases():
        cent = Decimal(1).scaleb(-DECIMALS[purchase.currency])
        amounts = [
            *(line.price for line in purchase.lines),
            *(shipment.cost for shipment in purchase.shipments),
            *(one.amount for one in purchase.adjustments),
        ]
        assert [amount for amount in amounts if amount % cent] == []
        assert purchase.total >= 0


def test_the_simulation_covers_every_kind_of_event():
    found = purchases()
    placed_on = {
        (one.kind, "order" if one.on is None else type(one.on).__name__)
        for purchase in found
        for one in purchase.adjustments
    }
    assert {purchase.state for purchase in found} == {
        *("cart", "address", "delivery", "payment", "confirm"),
        *("complete", "canceled", "resumed", "awaiting_return", "returned"),
    }
    assert {purchase.currency for purchase in found} == set(DECIMALS)
    assert placed_on == {
        *((Kind.PROMOTION, on) for on in ("order", "int", "str")),
        *((kind, on) for kind in (Kind.TAX, Kind.INCLUDED_TAX) for on in ("int", "str")),
        *(
            (kind, "order")
            for kind in (Kind.REDUCTION, Kind.FEE, Kind.PAYMENT_FEE, Kind.RETURN, Kind.GIFT_CARD)
        ),
    }
    assert {len(purchase.shipments) for purchase in found} == {0, 1, 2}
    assert any(purchase.store_credit for purchase in found)
    assert {not line.variant.sku for purchase in found for line in purchase.lines} == {True, False}


def test_some_guests_register_later():
    accounts, guests = set(), set()
    for change in history(3, days=20):
        if change.kind == "customer":
            accounts.add(change.subject.person.email)
        elif change.kind == "order" and change.subject.user_id is None:
            guests.add(change.subject.email.lower())
    assert accounts & guests


def test_campaigns_bring_more_visitors():
    shop = Shop(1, datetime(2026, 11, 20, tzinfo=UTC), 8, visits_per_day=60)
    visits = [change.subject for change in shop.history() if change.kind == "visit"]
    before = [visit for visit in visits if visit.started_at.day < 24]
    during = [visit for visit in visits if visit.started_at.day >= 24]
    assert len(during) > 1.5 * len(before)
    assert {"black-friday" in visit.channel.tags for visit in before} == {False}
    assert {"black-friday" in visit.channel.tags for visit in during} == {True, False}

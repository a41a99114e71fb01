"""From changes to messages: each in one of the forms that fit it, in disorder, some repeated."""

from collections.abc import Callable, Iterable, Iterator
from random import Random

from tests.simulator.shop.history import Change
from tests.simulator.wire import beacon, v5, v6
from tests.simulator.wire.message import Message, Site

Rendering = Callable[[Change, Site, str], Message | None]

STYLES: dict[str, Rendering] = {
    "v5 with original": v5.with_original,
    "v5 with previous": v5.with_previous,
    "v5 without original": v5.without_original,
    "v5 unfinished order": v5.unfinished_order,
    "v5 partial": v5.partial,
    "v6": v6.spree,
    "v6 with variants": v6.with_variants,
    "v6 raw state": v6.raw_state,
    "v6 positive discounts": v6.positive_discounts,
    "v6 totals.discount": v6.totals_discount,
    "v6 partial": v6.partial,
}
"""The forms of a message about a cart or an order; None if one cannot express the change."""

SPREES = ("2.1", "2.4")
"""The versions of Spree, which put adjustments in different places."""


def messages(
    history: Iterable[Change], site: Site, seed: int, styles: Iterable[str] = STYLES
) -> Iterator[Message]:
    """Yield the message of each change, in a form that the seed picks of `styles`.

    A shop has one version of Spree, and one dialect for its catalog; carts and orders come in
    all of `styles`, now and then in two of them.
    """
    rng = Random(seed)
    spree, catalog = rng.choice(SPREES), rng.choice((v5.catalog, v6.catalog))
    allowed = sorted(set(styles), key=list(STYLES).index)
    for change in history:
        if change.kind == "visit":
            yield from beacon.visit(change, site)
        elif change.kind in ("cart", "order"):
            fitting = [STYLES[name](change, site, spree) for name in allowed]
            sent = [message for message in fitting if message]
            yield from rng.sample(sent, 2 if len(sent) > 1 and rng.random() < 0.1 else 1)
        else:
            yield catalog(change, site)


def as_delivered(
    sent: Iterable[Message], seed: int, repeats: float = 0.15, reach: int = 8
) -> list[Message]:
    """Return the messages in disorder: each up to `reach` places early or late, some twice.

    One that is `in_order` never comes before an earlier one of its subject, nor does one after it
    come before it.
    """
    rng = Random(seed)
    placed: list[tuple[float, int, Message]] = []
    latest: dict[tuple[str, str], float] = {}
    barrier: dict[tuple[str, str], float] = {}
    for number, message in enumerate(sent):
        place = number + rng.uniform(-reach, reach)
        least = latest if message.in_order else barrier
        place = max(place, least.get(message.subject, place))
        latest[message.subject] = max(latest.get(message.subject, place), place)
        if message.in_order:
            barrier[message.subject] = place
        placed.append((place, number, message))
        if rng.random() < repeats:
            placed.append((place + rng.uniform(0, reach), number, message))
    return [message for *_, message in sorted(placed, key=lambda one: one[:2])]

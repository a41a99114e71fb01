"""Made-up shops of any kind, for property tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.analytics.made_up.shop import (
    DIGITS,
    PRODUCTS,
    Amounts,
    Cart,
    Cost,
    Line,
    Order,
    Page,
    Shop,
    Step,
    Visit,
)

ZONES = {
    "Pacific/Auckland": (datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 9, 26, tzinfo=UTC)),
    "America/Los_Angeles": (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
}
"""Two time zones, each with the nights in which its clocks change."""

CHANNELS = (("direct",), ("email", "may"), ("campaign", "ad", "cpc"))

MOST_ORDERS, MOST_CARTS, MOST_VISITS = 5, 4, 6


@st.composite
def shops(draw, zone):
    """Return a shop with some days around a change of clocks."""
    random = draw(st.randoms(use_true_random=False))
    most = (MOST_VISITS, MOST_CARTS, MOST_ORDERS)
    return made(random, ZONES[zone], [random.randint(0, one) for one in most])


def made(random, starts, counts):
    """Return a shop with `counts` of visits, carts and orders in the three days around moments."""

    def moment():
        return random.choice(starts) + timedelta(
            minutes=random.randrange(-1500, 2900), seconds=random.randrange(60)
        )

    visit_count, cart_count, order_count = counts
    visits = [_visit(random, f"v{place}", moment()) for place in range(visit_count)]
    carts = [_cart(random, f"c{place}", moment()) for place in range(cart_count)]
    orders = [_order(random, f"R{place}", moment()) for place in range(order_count)]
    costs = [_cost(random, moment(), random.choice(starts)) for _ in range(order_count)]
    return Shop(orders, carts, visits, costs)


def _visit(random, its, at):
    pages = []
    for _ in range(random.randint(1, 3)):
        kind = random.choice(["homepage", "product", "category", "search", "cart", "other"])
        sku = random.choice(list(PRODUCTS)) if kind == "product" else ""
        term = random.choice(["mug", "Tea  Pot"]) if kind == "search" else ""
        category = random.choice(["7", "9"]) if kind == "category" else ""
        pages.append(Page(at, kind, sku, term, random.choice([0, 4]), category))
        at += timedelta(minutes=random.randint(1, 40))
    visitor = random.choice(["ann", "bob", its])
    return Visit(its, visitor, tuple(pages), random.choice(CHANNELS), random.random() < 0.8)


def _cost(random, at, start):
    since = start.date() + timedelta(days=random.randint(-2, 2))
    return Cost(random.choice(list(PRODUCTS)), since, _amount(random, "EUR", 300_000), at)


def _amount(random, currency, most=500_000):
    return Decimal(random.randint(0, most)).scaleb(-DIGITS[currency])


def _lines(random, currency):
    return tuple(
        Line(
            random.choice(list(PRODUCTS)),
            random.randint(1, 3),
            _amount(random, currency),
            random.choice([Decimal(0), _amount(random, currency, 100)]),
            random.random() < 0.15,
        )
        for _ in range(random.randint(0, 3))
    )


def _accepted(random, currency, at, lines=None):
    lines = _lines(random, currency) if lines is None else lines
    gross = sum((line.worth for line in lines), Decimal(0))
    parts = [random.choice([Decimal(0), _amount(random, currency, 999)]) for _ in range(5)]
    return Step("accepted", at, lines, Amounts(gross, *parts))


def _cart(random, its, at):
    currency = random.choice(list(DIGITS))
    states = []
    created = at
    for _ in range(random.randint(1, 3)):
        lines = _lines(random, currency)
        states.append((at, lines, sum((line.worth for line in lines), Decimal(0))))
        at += timedelta(minutes=random.randint(1, 1500))
    return Cart(its, created, currency, tuple(states), visit=_link(random, "v"))


def _order(random, number, at):
    currency = random.choice(list(DIGITS))
    steps = [Step("placed", at)]
    later = at
    for kind in random.choices(
        ["accepted", "cancelled", "edited after"], [6, 2, 1], k=random.randint(0, 4)
    ):
        later += timedelta(minutes=random.randint(1, 2000))
        if kind == "accepted":
            steps.append(_accepted(random, currency, later))
        elif kind == "cancelled":
            steps.append(Step("cancelled", later))
        else:  # an update of an order whose items are all cancelled
            cancelled = tuple(
                Line(line.sku, line.quantity, line.price, line.discount, is_cancelled=True)
                for line in _lines(random, currency)
            )
            steps.append(_accepted(random, currency, later, cancelled))
    email = random.choice(["ann@example.com", "bob@example.com", f"{number}@example.com"])
    return Order(number, at, currency, tuple(steps), email, _link(random, "c"), _link(random, "v"))


def _link(random, letter):
    return random.choice(["", f"{letter}{random.randrange(7)}"])

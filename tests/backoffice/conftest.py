"""A small shop with known books, and the service that shows them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from jirafe_endpoint import create_app
from tests.analytics.fixtures import NOW, at, cart, order, visit
from tests.analytics.made_up.shop import Amounts, Line, Order, Page, Shop, Step, events_of

PASSWORD = "a-reader-of-the-sales"
OPERATOR = "an-operator-of-the-shop"
SITES = "shop:shop-token empty:empty-token"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}

ORDERED = at(6, 10)
MANY_AMOUNTS = Order(
    "R2",
    at(6, 20),
    currency="EUR",
    email="bob@example.com",
    visit="v2",
    steps=(
        Step("placed", at(6, 20)),
        Step(
            "accepted",
            at(6, 20, 12, 1),
            (Line("POT", 2, Decimal("50.00")),),
            Amounts(Decimal(100), Decimal(10), Decimal("17.1"), Decimal("4.9"), Decimal("1.5")),
        ),
    ),
)
BOOKS = Shop(
    orders=[
        order("R0", at(5, 20), "80"),
        order("R1", ORDERED, "20", visit="v1", cart="c2"),
        MANY_AMOUNTS,
        order("R3", at(6, 20), "99", "cancelled", email="eve@example.com"),
        order("R4", at(6, 21), "1200", currency="JPY"),
    ],
    carts=[cart("c1", at(6, 15), "40"), cart("c2", ORDERED, "20", visit="v1")],
    visits=[
        visit(
            "v1",
            ORDERED,
            Page(ORDERED, "homepage"),
            Page(ORDERED + timedelta(minutes=1), "product", sku="MUG-RED"),
            channel=("search", "google"),
        ),
        visit("v2", at(6, 20, 11, 50), Page(at(6, 20, 11, 50), "search", term="=1+1", results=0)),
        visit("v3", at(6, 21)),
        visit("v4", at(6, 22), channel=("assistant", "chatgpt")),
    ],
)
"""June 2026: two orders for EUR 133.50, and four visits, two of them with these orders."""


class Clock:
    """The time, which tests move."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def serve(folder, clock, events=(), **settings):
    """Return a service whose site `shop` has the events, while `empty` has none."""
    own = {
        "APP_ENV": "development",
        "DATABASE_URL": f"sqlite:///{folder}/jirafe.db",
        "JIRAFE_API_SITES": SITES,
        "JIRAFE_API_URL": "",
    }
    app = create_app(clock, **own | settings)
    app.testing = False  # errors are answered, as in production
    app.extensions["jirafe_api"].store.add("shop", [(kind, event) for kind, _, _, event in events])
    return app


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_office(tmp_path, clock):
    """A maker of services that are closed after the test."""
    made = []

    def make(events=(), **settings):
        made.append(serve(tmp_path, clock, events, **settings))
        return made[-1]

    yield make
    for app in made:
        app.extensions["jirafe_api"].store.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A client of a service in development, where the pages are open, with the books."""
    app = serve(tmp_path_factory.mktemp("books"), Clock(), events_of(BOOKS))
    yield app.test_client()
    app.extensions["jirafe_api"].store.close()

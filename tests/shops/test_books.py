"""The books of a shop: the same whether its hub or its own webhooks report what happens."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from jirafe_endpoint.state import EXTENSION as STATE
from tests.endpoint.fixtures import SITE
from tests.shops.history.test_history import connect
from tests.shops.service import Service
from tests.shops.test_webhooks import through_the_hub
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import ADDRESS_LEO, FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import GENERATIONS, WebhookSender
from tests.spree.webhooks.test_generations import API_OF, ShopThen
from tests.state.fixtures import migrated

WITHOUT_LINES = ("4.4", "5.3")
"""The generations whose webhooks about an order do not have its lines."""

# The hub's dates have no milliseconds, and its lines no discounts.
_ORDERS = text(
    "SELECT order_number, status, day, currency, gross, discounts, tax, shipping, fees, total, "
    "net, units FROM analytics_orders ORDER BY order_number"
)
_ITEMS = text(
    "SELECT order_number, sku, quantity, price, is_cancelled FROM analytics_order_items "
    "ORDER BY order_number, sku"
)


def play(shop: FakeShop, rounds: int = 2) -> None:
    """Let a shop sell for some days: the small history many times, and more."""
    for _ in range(rounds):
        play_small_history(shop)
        guest = shop.start_cart("USD")
        for sku in ("WAX", "SCARF-RED"):
            line = shop.add(guest, sku, 2)
        shop.give_address(guest, ADDRESS_LEO, "leo.maas@example.net")
        shop.place(guest)
        shop.edit(guest, line, 1)
        shop.pay(guest)


def deliver(service: Service, shop: FakeShop, then: ShopThen, seed: int) -> int:
    """Send the webhooks, some twice, and lose some: all about the last order.

    Return how many got lost.
    """
    chance, lost, last = random.Random(seed), 0, shop.orders[-1].number
    sender = WebhookSender(shop, service.version)
    for change in shop.changes:
        then.see(change)
        service.clock.now = change.at + timedelta(seconds=1)
        for request in sender.requests([change]):
            about = change.order.number if change.order else None
            if chance.random() < 0.2 or about == last:
                lost += 1
                continue
            for _ in range(1 + (chance.random() < 0.1)):
                assert service.post(request)[0] in (200, 202)
        service.work()
    return lost


def books(service: Service) -> list[list[tuple[object, ...]]]:
    assert service.app.test_cli_runner().invoke(args=["analytics", "refresh"]).exit_code == 0
    with service.app.extensions[STATE].database.reading() as connection:
        return [[tuple(row) for row in connection.execute(query)] for query in (_ORDERS, _ITEMS)]


@pytest.fixture
def make(tmp_path):
    """Return a maker of services, each with a database of its own."""
    made = []

    def make(shop, version="5.6"):
        made.append(Service(migrated(f"sqlite:///{tmp_path}/{len(made)}.db"), version))
        made[-1].clock.now = shop.changes[0].at
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_books_equal_the_hubs_after_lost_webhooks_and_one_sync(make, generation):
    shop = FakeShop()
    play(shop)
    service, other, then = make(shop, generation), make(shop), ShopThen(shop)
    with serving_shop(then, API_OF[generation]) as fake:
        connect(service, fake, API_OF[generation])
        lost = deliver(service, shop, then, seed=GENERATIONS.index(generation))
        before = books(service)
        service.clock.move(timedelta(hours=2).total_seconds())
        service.shops.sync_worker().look()
        checked = service.app.test_cli_runner().invoke(args=["shop", "check", SITE])
    through_the_hub(other, shop)

    assert lost > 10
    assert before != books(other)
    assert books(service) == books(other)
    assert (checked.exit_code, service.dead_letters) == (0, []), checked.output


@pytest.mark.parametrize("generation", GENERATIONS)
def test_webhooks_without_an_api_lead_to_the_totals_of_the_hub(make, generation):
    shop = FakeShop()
    play(shop, rounds=1)
    service, other = make(shop, generation), make(shop)
    service.connect()
    for change in shop.changes:
        service.tell(shop, [change])
        service.work()
    through_the_hub(other, shop)

    totals = [
        {number: (status, currency, total) for number, status, _, currency, *_, total, _, _ in rows}
        for rows in (books(service)[0], books(other)[0])
    ]
    if generation in WITHOUT_LINES:  # a resumed order has no item that could revive it
        (resumed, *_) = totals[1]
        totals[1][resumed] = ("cancelled", *totals[1][resumed][1:])
    assert totals[0] == totals[1]
    assert (len(totals[0]), service.dead_letters) == (3, [])

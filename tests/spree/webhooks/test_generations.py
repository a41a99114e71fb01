"""One small history, seen through every generation of Spree, is the same to the hub.

Place, edit, pay, cancel and resume; a guest and an account; promotions of the order and of a
line; gift wrap; tax added and tax included; one shipment and two.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mappers import MAPPERS
from spree.messages import purchase_message
from spree.payloads.fields import Record
from spree.webhooks.translation import Translation, translate, translate_lookup
from spree.webhooks.webhook import Webhook, read_webhook
from tests.spree.essentials import ALL, essentials, expected
from tests.spree.fake_spree.records import Change, Customer, Order, Product, Taxon
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.fake_spree.webhooks import GENERATIONS, WebhookSender
from tests.spree.shops import KIND_OF, all_of, opened

MISSING_FROM_WEBHOOKS = {
    "4.4": {"lines", "addressee", "name"},
    "4.5": {"addressee", "name"},
    "4.10": {"addressee", "name"},
    "5.2": {"addressee", "name"},
    "5.3": {"lines", "addressee"},
    "5.4": {"customer", "created_at"},
    "5.6": {"customer", "created_at"},
    "6.0": {"customer", "created_at"},
}
"""What the bodies of a generation lack, so that only the shop's API has it."""

API_OF = {
    **dict.fromkeys(("4.4", "4.5", "4.10", "5.2", "5.3"), "5.3"),
    **dict.fromkeys(("5.4", "5.6", "6.0"), "5.6"),
}


@dataclass
class ShopThen:
    """A shop at some time of its history."""

    whole: FakeShop
    changes: list[Change] = field(default_factory=list)
    _orders: dict[int, Order] = field(default_factory=dict)

    def see(self, change: Change) -> None:
        if change.order:
            self._orders[change.order.id] = change.order

    @property
    def orders(self) -> list[Order]:
        return list(self._orders.values())

    @property
    def products(self) -> list[Product]:
        return self.whole.products

    @property
    def taxons(self) -> list[Taxon]:
        return self.whole.taxons

    @property
    def customers(self) -> list[Customer]:
        return self.whole.customers


@pytest.mark.parametrize("generation", GENERATIONS)
def test_webhooks_alone_give_every_order_and_cart_as_the_hub_does(generation: str) -> None:
    shop = _shop()
    names = ALL - MISSING_FROM_WEBHOOKS[generation]
    skus: dict[str, str] = {}
    seen, wanted = [], []
    for change, webhook, translation in _translated(shop, generation):
        skus |= translation.skus
        if not translation.message or not webhook.event.startswith("order."):
            continue
        assert change.order
        seen.append(essentials(translation.message, names, skus))
        wanted.append(expected(change.order, names))
        if "name" in MISSING_FROM_WEBHOOKS[generation]:
            wanted[-1] = _without_product_names(wanted[-1])
    assert seen == wanted
    assert len(seen) >= 9


@pytest.mark.parametrize("generation", GENERATIONS)
def test_webhooks_and_the_api_give_every_order_and_cart_completely(generation: str) -> None:
    shop = _shop()
    then = ShopThen(shop)
    seen, wanted = [], []
    with opened(then, API_OF[generation]) as (api, _):
        for change, webhook, translation in _translated(shop, generation):
            then.see(change)
            if translation.lookup and translation.lookup.kind == "order":
                assert change.order
                seen.append(_essentials(webhook, api.order(translation.lookup.id)))
                wanted.append(expected(change.order))
    assert seen == wanted
    assert len(seen) >= 9


@pytest.mark.parametrize("version", KIND_OF)
def test_history_gives_every_order_and_cart_as_the_hub_does(version: str) -> None:
    shop = _shop()
    lacks = {"canceled_at"} if KIND_OF[version][0] in ("api-v1", "solidus") else set()
    with opened(shop, version) as (api, _):
        read_ = [purchase_message("history", order) for order in all_of(api.orders)]
    names = ALL - lacks
    assert [essentials(message, names) for message in read_] == [
        expected(order, names) for order in shop.orders
    ]
    assert [message.type for message in read_] == ["order:new", "order:new", "cart:updated"]


def test_every_message_is_of_a_type_that_is_mapped() -> None:
    shop = _shop()
    types = {
        translation.message.type
        for generation in GENERATIONS
        for _, _, translation in _translated(shop, generation)
        if translation.message
    }
    assert types == {
        "order:new",
        "order:updated",
        "order:canceled",
        "cart:updated",
        "product:updated",
        "taxon:updated",
        "customer:updated",
    }
    assert types <= MAPPERS.keys()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_each_generation_of_webhooks_is_recognized(generation: str) -> None:
    shop = _shop()
    named = {webhook.generation.value for _, webhook, _ in _translated(shop, generation)}
    assert named == {
        {
            "4.4": "4.4",
            "4.5": "4.5 to 5.2",
            "4.10": "4.5 to 5.2",
            "5.2": "4.5 to 5.2",
            "5.3": "5.3",
            "5.4": "5.4 to 5.6",
            "5.6": "5.4 to 5.6",
            "6.0": "6.0",
        }[generation]
    }


@pytest.mark.parametrize("generation", GENERATIONS)
def test_webhooks_have_the_same_key_only_if_they_report_the_same(generation: str) -> None:
    shop = _shop()
    keys = [webhook.key for _, webhook, _ in _translated(shop, generation)]
    changes = [(change.what, change.subject.id, change.at) for change in shop.changes]
    unheard = {"5": ("taxon.",), "6": ("taxon.",)}.get(generation[0], ("user.",))
    if generation == "5.2":
        unheard = ("user.",)
    heard = [one for one in changes if not one[0].startswith(unheard)]
    assert len(set(keys)) == len(heard)


def _shop() -> FakeShop:
    shop = FakeShop()
    play_small_history(shop)
    return shop


def _translated(shop: FakeShop, generation: str) -> Iterator[tuple[Change, Webhook, Translation]]:
    sender = WebhookSender(shop, generation)
    for change in shop.changes:
        for request in sender.requests([change]):
            webhook = read_webhook(request.headers, request.body)
            yield change, webhook, translate(webhook)


def _essentials(webhook: Webhook, found: Record | None) -> Record:
    assert found is not None
    message = translate_lookup(webhook, found)
    assert message is not None
    return essentials(message)


def _without_product_names(order: Record) -> Record:
    lines = [(sku, None, quantity, price) for sku, _, quantity, price in order.get("lines", [])]
    return {**order, "lines": lines} if "lines" in order else order

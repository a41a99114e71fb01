"""Reading shops by their APIs."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import unquote

import pytest
import requests

from spree.api.connection import Connection
from spree.api.errors import CredentialError, ShopError, ShopUnavailableError
from spree.api.kinds import KINDS, offered_kinds, open_shop
from spree.api.platform_v2 import PlatformV2
from spree.api.shop import Sales
from tests.spree.fake_spree.apis import CLIENT
from tests.spree.fake_spree.server import serving_shop
from tests.spree.shops import (
    KIND_OF,
    VERSIONS,
    Clock,
    all_of,
    opened,
    small_shop,
)


@pytest.mark.parametrize("version", VERSIONS)
def test_products_and_taxons_have_the_same_ids_and_skus_by_every_api(version: str) -> None:
    shop = small_shop()
    with opened(shop, version) as (api, _):
        products, taxons = all_of(api.products), all_of(api.taxons)
        customers, one = all_of(api.customers), api.product("22")
    by_id = {product["id"]: product for product in products}
    skus = {
        identifier: sorted(variant["sku"] for variant in product["variants"])
        for identifier, product in by_id.items()
    }
    assert skus == {"21": [], "22": ["SCARF-BLU", "SCARF-RED"], "23": []}
    assert [by_id[simple]["sku"] for simple in ("21", "23")] == ["STOOL-OAK", "WAX"]
    assert [by_id[one]["has_variants"] for one in ("21", "22", "23")] == [False, True, False]
    assert one == by_id["22"]
    assert {(taxon["id"], taxon["name"], taxon.get("parent_id")) for taxon in taxons} == {
        ("5", "Categories", None),
        ("6", "Home", "5"),
        ("7", "Wear", "5"),
        ("8", "Brands", None),
        ("9", "Fir & Co", "8"),
    }
    assert [(one["id"], one["email"]) for one in customers] == [("77", "ida.holm@example.com")]


@pytest.mark.parametrize("version", VERSIONS)
def test_taxons_and_those_of_products_have_the_same_taxonomy(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        taxonomies = {one["id"]: one["taxonomy_id"] for one in all_of(api.taxons)}
        stool = next(one for one in all_of(api.products) if one["id"] == "21")
    categories, brands = ("5", "8") if version == "5.6" else ("1", "2")
    assert taxonomies == {
        "5": categories,
        "6": categories,
        "7": categories,
        "8": brands,
        "9": brands,
    }
    assert {one["id"]: one["taxonomy_id"] for one in stool["taxons"]} == {
        "6": categories,
        "9": brands,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_variants_have_their_options_by_every_api(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        product = api.product("22")
        order = api.order(small_shop().orders[0].number)
    assert product is not None
    assert order is not None
    colours = [one["option_values"][0] for one in product["variants"]]
    assert [(one["option_type_presentation"], one["presentation"]) for one in colours] == [
        ("Colour", "Red"),
        ("Colour", "Blue"),
    ]
    scarf = order["line_items"][1]["variant"]
    assert scarf["option_values"][0]["presentation"] == "Blue"
    assert scarf["images"] == [
        {"url": "https://shop.example.com/rails/active_storage/blobs/proxy/34/photo.jpg"}
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_api_distinguishes_masters_from_variants(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        stool, scarf = (line["variant"] for line in all_of(api.orders)[0]["line_items"])
        products = {product["id"]: product for product in all_of(api.products)}
    assert (stool["is_master"], scarf["is_master"]) == (True, False)
    assert products["21"]["master"]["is_master"] is True
    assert [variant["is_master"] for variant in products["22"]["variants"]] == [False, False]


@pytest.mark.parametrize("version", VERSIONS)
def test_missing_records_are_none(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        assert (api.order("R404"), api.product("404")) == (None, None)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_sales_of_a_period_are_the_shops(version: str) -> None:
    shop = small_shop()
    bought, guest, _ = shop.orders
    assert bought.completed_at is not None
    assert guest.completed_at is not None
    with opened(shop, version) as (api, fake):
        fake.largest_page = 1
        day = api.sales(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        until = api.sales(bought.completed_at, guest.completed_at)
    dollars = Sales(orders=1, total=bought.total)
    assert day == {"USD": dollars, "EUR": Sales(canceled=1)}
    assert until == {"USD": dollars}
    assert isinstance(dollars.total, Decimal)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_credential_is_refused(version: str) -> None:
    name = KINDS[KIND_OF[version][0]].credential[-1]
    with (
        pytest.raises(CredentialError),
        opened(small_shop(), version, **{name: "other"}) as (api, _),
    ):
        api.orders()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_permissions_of_a_credential_are_detected(version: str) -> None:
    with opened(small_shop(), version) as (api, fake):
        answer = fake.answer

        def without_customers(path: str, *more: dict[str, str]) -> tuple[int, object]:
            is_refused = path.endswith(("/users", "/customers"))
            return (403, {"error": "read_customers"}) if is_refused else answer(path, *more)

        fake.answer = without_customers  # type: ignore[method-assign]
        readable = api.readable()
    assert readable == {
        "orders": None,
        "products": None,
        "taxons": None,
        "customers": "the credential does not allow reading this",
    }


def test_a_revoked_token_is_renewed_once() -> None:
    with opened(small_shop(), "5.3") as (api, fake):
        api.orders()
        fake.tokens = 7  # as if the shop had given the last one to somebody else
        assert len(api.orders().records) == 3
        assert [one.path for one in fake.asked].count("/spree_oauth/token") == 2


def test_an_expired_token_is_renewed_before_it_is_used() -> None:
    clock = Clock()
    with serving_shop(small_shop(), "5.3") as fake, requests.Session() as session:
        api = PlatformV2(Connection(session, fake.url), **CLIENT, clock=clock)
        api.orders()
        clock.now += 2592000
        api.orders()
        statuses = [one.path for one in fake.asked]
    orders, token = "/api/v2/platform/orders", "/spree_oauth/token"
    assert statuses == [token, orders, token, orders]


@pytest.mark.parametrize("number", ["R1/../../users", "R1?token=x", "R 1", "#12", "R%2F1"])
@pytest.mark.parametrize("version", ["3.0", "5.3", "solidus"])
def test_a_number_cannot_lead_to_another_path(version: str, number: str) -> None:
    with opened(small_shop(), version) as (api, fake):
        assert api.order(number) is None
        assert unquote(fake.asked[-1].path.rpartition("/orders/")[2]) == number


@pytest.mark.parametrize("number", ["", ".", ".."])
def test_a_number_that_cannot_be_a_path_segment_is_not_requested(number: str) -> None:
    with opened(small_shop(), "solidus") as (api, fake):
        with pytest.raises(ShopError, match="empty or all dots"):
            api.order(number)
        assert fake.asked == []


def test_a_shop_is_opened_only_with_a_credential_of_its_kind() -> None:
    nothing = object()
    for kind, credential in (
        ("api-v9", {"token": "t"}),
        ("api-v1", {"key": "k"}),
        ("admin-v3", {"key": ""}),
        ("admin-v3", {"key": "two\r\nHost: lines"}),
        ("solidus", {"token": "schlüssel"}),
        ("platform-v2", {"client_id": "c"}),
    ):
        with pytest.raises(ShopError):
            open_shop(kind, nothing, credential)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "kinds"),
    [
        ("3.0", ["api-v1", "solidus"]),
        ("4.4", ["api-v1"]),
        ("5.3", ["platform-v2"]),
        ("5.4", []),
        ("5.6", ["admin-v3"]),
        ("solidus", ["api-v1", "solidus"]),
    ],
)
def test_a_shops_kind_is_detected_without_a_credential(version: str, kinds: list[str]) -> None:
    with serving_shop(small_shop(), version) as fake, requests.Session() as session:
        assert offered_kinds(Connection(session, fake.url)) == kinds


def test_a_storefront_that_answers_every_path_with_a_page_offers_nothing() -> None:
    with serving_shop(small_shop(), "5.4") as fake, requests.Session() as session:
        fake.trouble += [(200, {}, b"<html>")] * 5
        assert offered_kinds(Connection(session, fake.url)) == []


def test_a_shop_that_is_down_is_not_taken_for_one_without_an_api() -> None:
    clock = Clock()
    with serving_shop(small_shop(), "5.6") as fake, requests.Session() as session:
        fake.trouble += [(503, {}, b"")] * 4
        with pytest.raises(ShopUnavailableError):
            offered_kinds(Connection(session, fake.url, clock=clock, sleep=clock.sleep))


@pytest.mark.parametrize(
    ("kind", "credential"), [KIND_OF[version] for version in VERSIONS if version != "5.3"]
)
def test_a_spree_without_the_api_of_its_kind_is_named_as_such(
    kind: str, credential: dict[str, str]
) -> None:
    with serving_shop(small_shop(), "5.4") as fake, requests.Session() as session:
        connection = Connection(session, fake.url)
        with pytest.raises(ShopError, match="The shop has no "):
            open_shop(kind, connection, credential).orders()


def test_a_shop_that_refuses_a_token_is_not_asked_again() -> None:
    with opened(small_shop(), "5.3") as (api, fake):
        fake.trouble.append((200, {}, b'{"access_token": ""}'))
        with pytest.raises(CredentialError, match="issues no token"):
            api.orders()
        assert [one.path for one in fake.asked] == ["/spree_oauth/token"]

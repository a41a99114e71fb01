"""Reading shops by their APIs, traps included."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest
import requests

from spree.api.connection import Connection
from spree.api.errors import CredentialError, ShopError
from spree.api.kinds import KINDS, open_shop
from spree.api.platform_v2 import PlatformV2
from spree.api.shop import Sales
from tests.spree.fake_spree.apis import CLIENT
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop, play_small_history
from tests.spree.shops import KIND_OF, Clock, all_of, opened, pages

VERSIONS = tuple(KIND_OF)
BY_TIME = ("4.4", "5.3", "5.6")
BY_ID = ("3.0", "solidus")


def small_shop() -> FakeShop:
    shop = FakeShop()
    play_small_history(shop)
    return shop


def shop_of(count: int, at_once: int = 1) -> FakeShop:
    """Return a shop with so many orders, of which some were updated at one and the same time."""
    shop = FakeShop()
    for place in range(count):
        order = shop.start_cart("USD")
        order.updated_at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=place // at_once)
    return shop


def numbers(orders: list[dict[str, object]]) -> list[object]:
    return [order["number"] for order in orders]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_order_is_read_once_over_several_pages(version: str) -> None:
    shop = shop_of(23)
    with opened(shop, version) as (api, fake):
        fake.largest_page = 5
        read = list(pages(api.orders))
    assert [number for page in read for number in numbers(page)] == [o.number for o in shop.orders]
    assert len(read) >= 5


@pytest.mark.parametrize("version", BY_TIME)
def test_more_orders_of_one_moment_than_fit_a_page_are_all_read_once(version: str) -> None:
    shop = shop_of(20, at_once=8)
    with opened(shop, version) as (api, fake):
        fake.largest_page = 3
        read = numbers(all_of(api.orders))
    assert sorted(map(str, read)) == [order.number for order in shop.orders]


@pytest.mark.parametrize("version", BY_TIME)
def test_no_order_is_missed_while_others_change(version: str) -> None:
    shop = shop_of(20)
    read: list[object] = []
    with opened(shop, version) as (api, fake):
        fake.largest_page = 4
        for page in pages(api.orders):
            read += numbers(page)
            seen = next(order for order in shop.orders if order.number == read[0])
            seen.updated_at += timedelta(days=1)  # which moves it behind all others
            if len(read) > 60:
                break
    assert {order.number for order in shop.orders} <= set(read)


@pytest.mark.parametrize("version", BY_TIME)
def test_an_order_that_changes_right_after_it_was_read_is_read_again(version: str) -> None:
    shop = shop_of(7)
    with opened(shop, version) as (api, fake):
        fake.largest_page = 4
        first = api.orders()
        shop.orders[3].updated_at = shop.orders[4].updated_at  # on the next page
        rest = all_of(api.orders, first.cursor)
    assert numbers(rest) == [order.number for order in shop.orders[3:]]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_walk_goes_on_from_its_cursor_after_any_break(version: str) -> None:
    shop = shop_of(12)
    with opened(shop, version) as (api, fake):
        fake.largest_page = 5
        first = api.orders()
    with opened(shop, version) as (api, fake):
        fake.largest_page = 5
        rest = all_of(api.orders, first.cursor)
    assert numbers(first.records) + numbers(rest) == [order.number for order in shop.orders]


@pytest.mark.parametrize("version", VERSIONS)
def test_only_what_changed_since_is_read_or_what_was_created_since(version: str) -> None:
    shop = small_shop()
    bought, guest, left = shop.orders
    with opened(shop, version) as (api, _):
        changed = numbers(all_of(api.orders, since=guest.updated_at))
        assert api.finds_changes is (version in BY_TIME)
    assert changed == [guest.number, left.number] if version in BY_TIME else [left.number]
    assert bought.number not in changed


@pytest.mark.parametrize("version", VERSIONS)
def test_a_shop_that_ignores_a_filter_is_noticed_instead_of_read_for_ever(version: str) -> None:
    shop = shop_of(9)
    with opened(shop, version) as (api, fake):
        fake.ignores_filters, fake.largest_page = True, 4
        with pytest.raises(ShopError, match="ignores the filter"):
            all_of(api.orders)
        with pytest.raises(ShopError, match="ignores the filter by completed_at"):
            api.sales(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_whose_next_page_is_always_the_last_one_ends(version: str) -> None:
    shop = small_shop()
    with opened(shop, version) as (api, fake):
        fake.largest_page = 2
        assert len(all_of(api.products)) == len(shop.products)
        assert len(all_of(api.taxons)) == len(shop.taxons)
        assert len(all_of(api.customers)) == len(shop.customers)


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
def test_taxons_and_those_of_products_are_in_one_taxonomy(version: str) -> None:
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
def test_masters_are_told_from_variants_by_every_api(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        stool, scarf = (line["variant"] for line in all_of(api.orders)[0]["line_items"])
        products = {product["id"]: product for product in all_of(api.products)}
    assert (stool["is_master"], scarf["is_master"]) == (True, False)
    assert products["21"]["master"]["is_master"] is True
    assert [variant["is_master"] for variant in products["22"]["variants"]] == [False, False]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_not_there_is_none(version: str) -> None:
    with opened(small_shop(), version) as (api, _):
        assert (api.order("R404"), api.product("404")) == (None, None)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_sales_of_a_period_are_those_that_the_shop_has(version: str) -> None:
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
def test_another_credential_is_refused(version: str) -> None:
    name = KINDS[KIND_OF[version][0]].credential[-1]
    with (
        pytest.raises(CredentialError),
        opened(small_shop(), version, **{name: "other"}) as (api, _),
    ):
        api.orders()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_credential_may_read_is_found_out(version: str) -> None:
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
        "customers": "the credential may not read this",
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


def test_lists_are_never_asked_for_without_an_order() -> None:
    for version in VERSIONS:
        with opened(small_shop(), version) as (api, fake):
            for read in (api.orders, api.products, api.taxons, api.customers):
                all_of(read)
        lists = [
            one
            for one in fake.asked
            if one.path.rsplit("/", 1)[-1].isalpha() and "page" in one.query
        ]
        assert lists
        assert all(one.query.get("sort") or one.query.get("q[s][]") for one in lists)


def test_an_order_that_disappears_between_list_and_reading_is_left_out() -> None:
    shop = small_shop()
    with opened(shop, "4.4") as (api, fake):
        answer: Callable[..., tuple[int, object]] = fake.answer

        def without_one(path: str, *more: dict[str, str]) -> tuple[int, object]:
            is_gone = path.endswith(shop.orders[1].number)
            return (404, {"error": "gone"}) if is_gone else answer(path, *more)

        fake.answer = without_one  # type: ignore[method-assign]
        read = numbers(all_of(api.orders))
    assert read == [shop.orders[0].number, shop.orders[2].number]


@pytest.mark.parametrize(
    "cursor", ["", "null", "[]", "{}", '{"after": 1}', '{"after": null, "page": "x", "seen": []}']
)
def test_a_cursor_of_something_else_is_refused(cursor: str) -> None:
    with opened(small_shop(), "5.3") as (api, _), pytest.raises(ShopError, match="cursor"):
        api.orders(cursor=cursor or " ")


@pytest.mark.parametrize("number", ["R1/../../users", "R1?token=x", "R 1", "#12", "R%2F1"])
@pytest.mark.parametrize("version", ["3.0", "5.3", "solidus"])
def test_a_number_cannot_lead_to_another_path(version: str, number: str) -> None:
    with opened(small_shop(), version) as (api, fake):
        assert api.order(number) is None
        assert unquote(fake.asked[-1].path.rpartition("/orders/")[2]) == number


@pytest.mark.parametrize("number", ["", ".", ".."])
def test_a_number_that_is_no_segment_of_a_path_is_not_asked_for(number: str) -> None:
    with opened(small_shop(), "solidus") as (api, fake):
        with pytest.raises(ShopError, match="empty or all dots"):
            api.order(number)
        assert fake.asked == []


def test_a_shop_is_opened_with_the_credential_of_its_kind_only() -> None:
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
    ("kind", "credential"), [KIND_OF[version] for version in VERSIONS if version != "5.3"]
)
def test_a_spree_without_the_api_of_its_kind_is_named_as_such(
    kind: str, credential: dict[str, str]
) -> None:
    with serving_shop(small_shop(), "5.4") as fake, requests.Session() as session:
        connection = Connection(session, fake.url)
        with pytest.raises(ShopError, match="The shop has no "):
            open_shop(kind, connection, credential).orders()


@pytest.mark.parametrize("version", BY_TIME)
@pytest.mark.parametrize(
    ("times", "error"),
    [
        ((2, 1), "The shop ignores the order by updated_at."),
        ((1, None), "The shop lists an order without a valid updated_at."),
    ],
)
def test_a_list_in_no_order_is_refused(
    version: str, times: tuple[int | None, ...], error: str
) -> None:
    shop = shop_of(2)
    with opened(shop, version) as (api, fake):
        chosen = list(shop.orders)
        for order, hour in zip(chosen, times, strict=True):
            order.updated_at = hour and datetime(2026, 3, 2, hour, tzinfo=UTC)  # type: ignore[assignment]
        fake._chosen = lambda *_: chosen  # type: ignore[method-assign]
        with pytest.raises(ShopError) as raised:
            api.orders()
    assert str(raised.value) == error


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_that_does_not_say_how_many_pages_it_has_is_refused(version: str) -> None:
    with opened(small_shop(), version) as (api, fake):
        api.products()
        fake.trouble.append((200, {}, b'{"data": [], "products": [], "meta": {"pages": "2"}}'))
        with pytest.raises(ShopError, match="does not say how many pages"):
            api.products()


def test_a_shop_that_gives_no_token_is_not_asked_for_more() -> None:
    with opened(small_shop(), "5.3") as (api, fake):
        fake.trouble.append((200, {}, b'{"access_token": ""}'))
        with pytest.raises(CredentialError, match="gives no token"):
            api.orders()
        assert [one.path for one in fake.asked] == ["/spree_oauth/token"]

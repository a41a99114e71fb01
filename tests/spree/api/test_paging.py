"""Walking through the lists of shops, traps included."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from spree.api.errors import ShopError
from spree.api.paging import Place
from tests.spree.shops import (
    BY_TIME,
    VERSIONS,
    all_of,
    opened,
    pages,
    shop_of,
    small_shop,
)


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
@pytest.mark.parametrize("at_once", [8, 20])
def test_orders_with_the_same_time_are_read_once_even_over_several_pages(
    version: str, at_once: int
) -> None:
    shop = shop_of(20, at_once)
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
    assert sorted(map(str, numbers(rest))) == [order.number for order in shop.orders[3:]]


@pytest.mark.parametrize("version", VERSIONS)
def test_reading_continues_from_its_cursor_after_any_break(version: str) -> None:
    shop = shop_of(12)
    with opened(shop, version) as (api, fake):
        fake.largest_page = 5
        first = api.orders()
    with opened(shop, version) as (api, fake):
        fake.largest_page = 5
        rest = all_of(api.orders, first.cursor)
    assert numbers(first.records) + numbers(rest) == [order.number for order in shop.orders]


@pytest.mark.parametrize("version", VERSIONS)
def test_only_objects_changed_since_then_are_read(version: str) -> None:
    shop = small_shop()
    bought, guest, left = shop.orders
    with opened(shop, version) as (api, fake):
        changed = numbers(all_of(api.orders, since=guest.updated_at))
        assert api.finds_changes is (version in BY_TIME)
    assert changed == [guest.number, left.number]
    assert not any(one.path.endswith(bought.number) for one in fake.asked)


@pytest.mark.parametrize("version", sorted({*VERSIONS} - {*BY_TIME}))
def test_a_change_of_an_older_order_is_found_for_three_months(version: str) -> None:
    shop = small_shop()
    old, recent, left = shop.orders
    then = left.updated_at + timedelta(days=200)
    old.created_at, recent.created_at = then - timedelta(days=91), then - timedelta(days=89)
    old.updated_at = recent.updated_at = left.updated_at = then
    with opened(shop, version) as (api, _):
        changed = numbers(all_of(api.orders, since=then))
    assert changed == [recent.number]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_shop_that_ignores_a_filter_is_noticed(version: str) -> None:
    shop = shop_of(9)
    with opened(shop, version) as (api, fake):
        fake.ignores_filters, fake.largest_page = True, 4
        with pytest.raises(ShopError, match="ignores the filter"):
            all_of(api.orders)
        with pytest.raises(ShopError, match="ignores the filter by completed_at"):
            api.sales(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_ends_although_its_next_page_is_always_the_last_one(version: str) -> None:
    shop = small_shop()
    with opened(shop, version) as (api, fake):
        fake.largest_page = 2
        assert len(all_of(api.products)) == len(shop.products)
        assert len(all_of(api.taxons)) == len(shop.taxons)
        assert len(all_of(api.customers)) == len(shop.customers)


def test_lists_are_always_requested_in_a_sort_order() -> None:
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
        assert all(one.query.get("sort") or one.query.get("q[s]") for one in lists)


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
    "cursor",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"after": 1}',
        '{"after": null, "after_id": null, "page": "x", "seen": []}',
    ],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with opened(small_shop(), "5.3") as (api, _), pytest.raises(ShopError, match="cursor"):
        api.orders(cursor=cursor or " ")


@pytest.mark.parametrize("version", BY_TIME)
@pytest.mark.parametrize(
    ("times", "error"),
    [
        ((2, 1), "The shop ignores the order by updated_at."),
        ((1, None), "The shop lists an order without a valid updated_at."),
    ],
)
def test_an_unsorted_list_is_refused(
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


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:01.000000Z"),
        ("2026-03-02T09:00:00.120Z", "2026-03-02T09:00:00.121000Z"),
        ("2026-03-02T10:00:00.999+01:00", "2026-03-02T09:00:01.000000Z"),
        ("2026-03-02T09:00:00.120001Z", "2026-03-02T09:00:00.120002Z"),
    ],
)
def test_times_of_orders_are_equal_only_if_written_with_the_same_digits(
    time: str, end: str
) -> None:
    filters, sort = Place(time, "12", ("11", "12")).query()
    assert (filters, sort) == (
        {"updated_at_gteq": time, "updated_at_lt": end, "id_gt": "12"},
        "id",
    )

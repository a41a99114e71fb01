from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.figures.documentation import document
from analytics.figures.figure import Unit, change
from analytics.figures.figures import CARDS, FIGURES, FUNNEL, STATEMENT, measure
from analytics.figures.lists import LISTS, entries
from analytics.figures.ranking import RANKS
from analytics.queries.abandoned import AbandonedCart, abandoned_carts
from analytics.queries.asked import AskedError, Days, Segment
from analytics.queries.currencies import default_currency, other_currencies
from analytics.refresh import refresh
from tests.analytics.fixtures import NOW, TABLES, ask, at, cart, order, take_in, visit
from tests.analytics.made_up.shop import (
    Amounts,
    Line,
    ListFeed,
    Page,
    Shop,
    Step,
    events_of,
    stored,
)

JUNE = Days(date(2026, 6, 1), date(2026, 6, 30))


def values(database, names, **asked):
    with database.reading() as connection:
        measured = measure(connection, ask(database, **asked), names)
    return {name: one.value for name, one in measured.items()}


def test_the_dashboard_page_documents_every_figure():
    page = Path(__file__).parents[2] / "docs" / "dashboard.md"

    assert page.read_text(encoding="utf-8") == document()


def test_cards_funnel_and_statement_only_name_known_figures():
    assert {*CARDS, *FUNNEL, *STATEMENT} <= set(FIGURES)


def test_a_shop_without_events_has_zeros_and_unknown_rates(database):
    assert values(database, CARDS) == {
        "revenue": Decimal("0.00"),
        "orders": 0,
        "visits": 0,
        "conversion": None,
        "average_order": None,
        "revenue_per_visit": None,
        "abandon_rate": None,
    }


def test_a_cancellation_lowers_the_day_on_which_the_order_was_placed(database):
    kept, gone = order("R1", at(6, 1), "20"), order("R2", at(6, 1), "30", "cancelled")
    take_in(database, events_of(Shop([kept, gone])))

    names = ["revenue", "orders", "cancelled_orders", "cancelled_revenue"]

    assert values(database, names, days=Days(date(2026, 6, 1), date(2026, 6, 1))) == {
        "revenue": Decimal("20.00"),
        "orders": 1,
        "cancelled_orders": 1,
        "cancelled_revenue": Decimal("30.00"),
    }


def test_currencies_are_never_added_up(database):
    orders = [
        order("R1", total="20"),
        order("R2", total="1200", currency="JPY"),
        order("R3", total="1.125", currency="KWD"),
    ]
    take_in(database, events_of(Shop(orders)))

    revenue = {
        currency: values(database, ["revenue"], currency=currency)["revenue"]
        for currency in ("EUR", "JPY", "KWD", "USD")
    }
    with database.reading() as connection:
        others = other_currencies(connection, ask(database, "EUR"))

    assert {currency: str(amount) for currency, amount in revenue.items()} == {
        "EUR": "20.00",
        "JPY": "1200",
        "KWD": "1.125",
        "USD": "0.00",
    }
    assert others == {"JPY": 1, "KWD": 1}


def test_the_default_currency_is_the_most_used_in_the_last_90_days(database):
    old = [order(f"R{place}", at(1, 5), currency="JPY") for place in range(3)]
    take_in(database, events_of(Shop([*old, order("R9", at(6, 20))])))

    with database.reading() as connection:
        chosen = [default_currency(connection, "shop", own, NOW.date()) for own in ("", "KWD")]

    assert chosen == ["EUR", "KWD"]


def test_an_order_without_a_known_visit_does_not_affect_conversion(database):
    shop = Shop(
        [order("R1", visit="v1"), order("R2"), order("R3", visit="blocked")], [], [visit("v1")]
    )
    take_in(database, events_of(shop))

    names = ["visits", "conversion", "revenue_per_visit", "orders_without_visit"]

    assert values(database, names) == {
        "visits": 1,
        "conversion": Decimal("1.000000"),
        "revenue_per_visit": Decimal("20.00"),
        "orders_without_visit": 2,
    }


def test_today_is_compared_with_yesterday_up_to_the_same_time(database):
    today, yesterday = at(6, 30, 9), at(6, 29, 9)
    orders = [
        order("R1", today, "20"),
        order("R2", yesterday, "30"),
        order("R3", at(6, 29, 18), "50"),
    ]
    take_in(
        database, events_of(Shop(orders, [], [visit("v1", yesterday), visit("v2", at(6, 29, 18))]))
    )
    days = Days(NOW.date(), NOW.date())

    with database.reading() as connection:
        asked = ask(database, days=days, compare=days.before())
        measured = measure(connection, asked, ["revenue", "visits"])

    assert {name: (one.value, one.before) for name, one in measured.items()} == {
        "revenue": (Decimal("20.00"), Decimal("30.00")),
        "visits": (0, 1),
    }
    assert change(FIGURES["revenue"], measured["revenue"].value, measured["revenue"].before) == (
        Decimal(-10) / 30
    )
    assert change(FIGURES["visits"], 5, 0) is None


@pytest.mark.parametrize(
    ("name", "of_a_sale"),
    [
        ("products", [1, 1, 1, 1, 1]),
        ("categories", [1, 1, 1, 1, 1]),
        ("channels", [1, 1]),
        ("searches", [1, 0, 1]),
    ],
)
def test_the_rows_of_lists_are_compared_up_to_the_same_time(database, name, of_a_sale):
    def sale(its, when):
        mug = Page(when, "product", sku="MUG-RED")
        pages = mug, Page(when, "category", category="7"), Page(when, "search", term="mug")
        return order(f"R{its}", when, visit=its), visit(its, when, *pages)

    sales = [
        sale("v1", at(6, 30, 9)),
        *[sale(f"v{hour}", at(6, 29, hour)) for hour in (9, 10, 18)],
        *[sale(f"v2{hour}", at(6, 28, hour)) for hour in (9, 18)],
    ]
    take_in(database, events_of(Shop([one for one, _ in sales], [], [one for _, one in sales])))

    def seen(days):
        asked = ask(database, days=days, compare=days.before()).compared()
        with database.reading() as connection:
            (row,) = entries(connection, asked, name)
        return [row.figures[one] for one in LISTS[name].columns if FIGURES[one].unit is Unit.COUNT]

    today = Days(NOW.date(), NOW.date())
    two_days = Days(today.before().first, today.last)
    compared = {today: 2, two_days: 1, today.before(): 2}
    assert {days: seen(days) for days in compared} == {
        days: [one * sales for one in of_a_sale] for days, sales in compared.items()
    }


@pytest.mark.parametrize("until", [None, at(8, 1)])
@pytest.mark.parametrize(("name", "figure"), [*RANKS.items()])
def test_a_list_of_several_months_adds_up_its_days(database, name, figure, until):
    moments = [at(month, day, 6) for month in (5, 6, 7) for day in (1, 2, 15, 28)]
    moments += [at(5, 31, 23), at(7, 31, 6), at(7, 31, 23), at(8, 1, 6)]
    visits, orders = [], []
    for place, when in enumerate(moments):
        pages = (Page(when, "product", "MUG-RED"), Page(when, "search", term="mug"))
        visits.append(visit(f"v{place}", when, *pages))
        orders.append(order(f"R{place}", when, str(20 + place), visit=f"v{place}"))
    take_in(database, events_of(Shop(orders, [], visits)), now=at(8, 2))

    def counted(days):
        asked = ask(database, days=days, now=at(8, 2))
        if until and days.last == until.date():
            asked = replace(asked, until=until)
        with database.reading() as connection:
            found = entries(connection, asked, name, 100)
        return Counter({one.key: one.figures[figure] for one in found})

    for first, last in ((1, 92), (2, 92), (0, 60), (28, 93), (31, 61), (32, 60), (30, 91)):
        days = Days(date(2026, 5, 1) + timedelta(first), date(2026, 5, 1) + timedelta(last))
        each = sum((counted(Days(day, day)) for day in days.each()), Counter())
        assert each
        assert counted(days) == each


def test_customers_are_compared_up_to_the_same_time(database):
    bought = [
        ("ann", at(6, 27, 10), "20", "EUR"),
        ("ann", at(6, 28, 9), "30", "EUR"),
        ("bob", at(6, 10), "40", "EUR"),
        ("bob", at(6, 28, 9), "50", "EUR"),
        ("bob", at(6, 28, 10), "1", "EUR"),
        ("cid", at(6, 28, 18), "60", "EUR"),
        ("dan", at(5, 1), "900", "JPY"),
        ("dan", at(6, 28, 11), "7", "EUR"),
        ("eve", at(6, 28, 11), "6", "EUR"),
    ]
    orders = [
        order(f"R{place}", when, total, currency=currency, email=f"{name}@example.com")
        for place, (name, when, total, currency) in enumerate(bought)
    ]
    take_in(database, events_of(Shop(orders)))
    days = Days(date(2026, 6, 29), NOW.date())
    names = ["customers", "new_customers", "returning_customers", "repeat_rate", "lifetime_value"]

    with database.reading() as connection:
        asked = ask(database, days=days, compare=days.before(), interval="day")
        measured = measure(connection, asked, names, series=True)

    assert [one.before for one in measured.values()] == [
        *(4, 2, 2),
        Decimal("0.750000"),
        Decimal("38.50"),  # (20 + 30 + 40 + 50 + 1 + 7 + 6) / 4
    ]
    assert [[value for _, value in one.series_before] for one in measured.values()] == [
        *([1, 4], [1, 1], [0, 3]),
        [Decimal("1.000000"), Decimal("0.750000")],
        [Decimal("50.00"), Decimal("38.50")],
    ]


def test_the_days_of_a_chart_add_up_to_its_total(database):
    orders = [order(f"R{day}", at(6, day), str(day)) for day in range(1, 11)]
    take_in(database, events_of(Shop(orders)))

    for interval in ("day", "week", "month"):
        with database.reading() as connection:
            asked = ask(database, days=JUNE, interval=interval)
            revenue = measure(connection, asked, ["revenue"], series=True)["revenue"]
        assert sum(value for _, value in revenue.series) == revenue.value == Decimal("55.00")
        assert [days for days, _ in revenue.series] == asked.intervals()


def test_a_cart_is_open_until_it_is_abandoned_or_ordered(database):
    names = ["carts", "open_carts", "abandoned_carts", "abandoned_revenue", "abandon_rate"]
    shop = Shop([order("R1", cart="c1", step="cancelled")], [cart("c1"), cart("c2", total="35")])
    take_in(database, events_of(shop))

    seen = [values(database, names, now=at(6, 1) + timedelta(hours=hours)) for hours in (23, 25)]
    with database.reading() as connection:
        listed = abandoned_carts(connection, ask(database))

    assert [tuple(one.values()) for one in seen] == [
        (2, 1, 0, Decimal("0.00"), Decimal(0)),
        (2, 0, 1, Decimal("35.00"), Decimal("0.5")),
    ]
    assert listed == [AbandonedCart("c2", date(2026, 6, 1), 1, Decimal("35.00"))]


def test_a_cart_is_open_up_to_and_including_its_last_moment(database):
    take_in(database, events_of(Shop([], [cart("c1", at(6, 1))])))
    last = at(6, 2)

    seen = [
        values(database, ["open_carts", "abandoned_carts"], now=moment)
        for moment in (last, last + timedelta(microseconds=1))
    ]

    assert [tuple(one.values()) for one in seen] == [(1, 0), (0, 1)]


def test_a_cart_started_later_yesterday_is_not_compared_with_today(database):
    take_in(database, events_of(Shop([], [cart("c1", at(6, 29, 18)), cart("c2", at(6, 29, 11))])))
    days = Days(NOW.date(), NOW.date())

    with database.reading() as connection:
        asked = ask(database, days=days, compare=days.before())
        measured = measure(connection, asked, ["carts", "open_carts", "abandoned_carts"])

    assert [one.before for one in measured.values()] == [1, 0, 1]


def test_a_search_for_an_email_address_is_counted_but_the_address_is_not_kept(database):
    start = at(6, 1)
    search = Page(start, "search", term="Orders of Ann@Example.com", results=0)
    take_in(database, events_of(Shop([], [], [visit("v1", start, search)])))

    with database.reading() as connection:
        found = entries(connection, ask(database), "searches")
        kept = [str(row) for table in TABLES for row in connection.execute(table.select())]
    assert [(one.key, *one.figures.values()) for one in found] == [
        ("(an e-mail address)", 1, 1, 0, Decimal("0.000000"))
    ]
    assert [row for row in kept if "example.com" in row.lower()] == []


def test_products_show_their_views_carts_and_sales(database):
    start = at(6, 1)
    pages = (Page(start, "product", "MUG-RED"), Page(start, "search", term="Mug", results=0))
    visits = [visit("v1", start, *pages), visit("v2", start, pages[0]), visit("v3", start, *pages)]
    shop = Shop([order("R1", visit="v1")], [cart("c2", visit="v2")], visits)
    take_in(database, events_of(shop))

    with database.reading() as connection:
        asked = ask(database)
        found = {name: entries(connection, asked, name) for name in ("products", "searches")}
        variants = entries(connection, ask(database, segment=Segment("product", ("MUG",))), "skus")
    of_product = values(
        database, ["net_sales", "visits", "conversion"], segment=Segment("product", ("MUG",))
    )

    assert [(one.key, one.name, *one.figures.values()) for one in found["products"]] == [
        ("MUG", "The MUG", Decimal("20.00"), 1, 1, 3, 2, 1, Decimal("0.333333"))
    ]
    assert [(one.key, *one.figures.values()) for one in found["searches"]] == [
        ("mug", 2, 2, 1, Decimal("0.500000"))
    ]
    assert [(one.key, one.figures["net_sales"]) for one in variants] == [
        ("MUG-RED", Decimal("20.00"))
    ]
    assert of_product == {
        "net_sales": Decimal("20.00"),
        "visits": 3,
        "conversion": Decimal("0.333333"),
    }


def test_the_last_row_of_a_list_is_found_by_its_key_alone(database):
    start = at(6, 1)
    mugs = [Page(start, "search", term="mug"), Page(start, "product", "MUG-RED")]
    visits = [visit("v1", start, *mugs), visit("v2", start, *mugs, channel=("email",))]
    visits.append(visit("v3", start, Page(start, "search", term="pot")))
    pot = (Line("POT", 1, Decimal(5)),)
    cheap = Step("accepted", start, pot, Amounts(Decimal(5)))
    shop = Shop([order("R1"), replace(order("R2"), steps=(cheap,))], [], visits)
    take_in(database, events_of(shop))

    first = {
        "products": "MUG",
        "skus": "MUG-RED",
        "categories": "7",
        "channels": "",
        "searches": "mug",
    }
    last = {
        "products": "POT",
        "skus": "POT",
        "categories": "9",
        "channels": "email",
        "searches": "pot",
    }
    with database.reading() as connection:
        asked = ask(database)
        top = {name: entries(connection, asked, name, 1) for name in first}
        found = {name: entries(connection, asked, name, 1, [key]) for name, key in last.items()}

    assert {name: [one.key for one in its] for name, its in top.items()} == {
        name: [key] for name, key in first.items()
    }
    assert {name: [one.key for one in its] for name, its in found.items()} == {
        name: [key] for name, key in last.items()
    }


def test_a_category_converts_when_a_visit_sees_it_and_buys_from_it(database):
    visits = [
        visit(its, at(6, 1), Page(at(6, 1), "category", category=category))
        for its, category in {"v1": "7", "v2": "9", "v3": "7"}.items()
    ]
    orders = [order("R1", visit="v1"), order("R2", visit="v2")]  # a mug, which is in category 7
    take_in(database, events_of(Shop(orders, [], visits)))

    with database.reading() as connection:
        found = entries(connection, ask(database), "categories")
    of_nine = values(database, ["visits", "conversion"], segment=Segment("category", ("9",)))

    assert [(one.name, *one.figures.values()) for one in found] == [
        ("Category 7", Decimal("40.00"), 2, 2, 2, 1, 1, Decimal("0.500000"))
    ]
    assert of_nine == {"visits": 1, "conversion": Decimal("0.000000")}


def test_channels_open_one_level_at_a_time(database):
    email = {"channel": ("email", "may")}
    shop = Shop(
        [order("R1", visit="v1")], [], [visit("v1", **email), visit("v2"), visit("v3", **email)]
    )
    take_in(database, events_of(shop))

    with database.reading() as connection:
        top = entries(connection, ask(database), "channels")
        below = entries(
            connection, ask(database, segment=Segment("channel", ("email",))), "channels"
        )
    of_channel = values(
        database,
        ["visits", "revenue", "visitors"],
        days=JUNE,
        segment=Segment("channel", ("email", "may")),
    )

    assert [(one.name, one.figures["visits"], one.figures["orders"]) for one in top] == [
        ("email", 2, 1),
        ("direct", 1, 0),
    ]
    assert [(one.name, one.figures["revenue"]) for one in below] == [("may", Decimal("20.00"))]
    assert of_channel == {"visits": 2, "revenue": Decimal("20.00"), "visitors": 1}


def test_a_figure_that_has_no_segments_is_refused_for_a_segment(database):
    with pytest.raises(AskedError, match="Revenue cannot be split by product"):
        values(database, ["revenue"], segment=Segment("product", ("MUG",)))


def test_margin_uses_the_cost_on_the_day_of_the_order(database):
    def cost(amount, since, changed):
        event = {"sku_code": "MUG-RED", "sku_cost": amount, "effective_date": since}
        return "product.cost", None, changed, event

    orders = [
        order("R1", at(6, 1), "20"),
        order("R2", at(6, 10), "20"),
        order("R3", at(5, 1), "20"),
    ]
    costs = [
        cost(5, "2026-06-01", at(6, 12)),
        cost(8, "2026-06-05", at(6, 12)),
        cost(7, "2026-06-05", at(6, 11)),
    ]
    take_in(database, events_of(Shop(orders)) + costs, currency="EUR")

    assert values(database, ["margin", "margin_rate"]) == {
        "margin": Decimal("27.00"),
        "margin_rate": Decimal("0.675000"),
    }
    assert values(database, ["margin"], currency="JPY") == {"margin": None}


@pytest.mark.parametrize("is_learned_last", [False, True])
def test_orders_by_product_id_and_pages_by_product_code_are_one_product(database, is_learned_last):
    events = events_of(
        Shop(
            [order("R1", at(6, 2), "20", visit="v1"), order("R2", at(6, 2), "30", visit="v1")],
            [cart("c1", at(6, 1), visit="v2")],
            [
                visit("v1", at(6, 2), Page(at(6, 2), "product", "MUG-RED")),
                visit("v2", at(6, 1), Page(at(6, 1), "product", "MUG-RED")),
            ],
        )
    )
    for _, _, _, event in events:
        for item in event.get("items", ()):
            del item["product"]["base_product"]["code"]
    mug = {"id": "id-MUG", "code": "MUG", "name": "The Mug", "is_product": True, "is_sku": False}
    catalog = [("product", None, at(6, 1), mug)]
    first, last = (events, catalog) if is_learned_last else (catalog, events)
    feed = ListFeed([*stored(first), *stored(last, start=100)])

    refresh(database, feed, NOW, most=len(first))
    refresh(database, feed, NOW)

    with database.reading() as connection:
        (mugs,) = entries(connection, ask(database), "products")
        (red,) = entries(connection, ask(database, segment=Segment("product", ("MUG",))), "skus")
    assert (mugs.key, mugs.name) == ("MUG", "The Mug")
    shown = {name: mugs.figures[name] for name in ("units", "visits", "cart_visits", "orders")}
    assert shown == {"units": 2, "visits": 2, "cart_visits": 2, "orders": 2}
    assert (red.key, red.figures["units"]) == ("MUG-RED", 2)


def test_a_customer_who_buys_in_two_currencies_is_a_returning_customer(database):
    orders = [
        order("R1", at(5, 1), "2000", currency="JPY", email="ann@example.com"),
        order("R2", at(6, 1), "30", email="ann@example.com"),
        order("R3", at(6, 2), "50", email="bob@example.com"),
    ]
    take_in(database, events_of(Shop(orders)))

    names = ["customers", "new_customers", "returning_customers", "repeat_rate", "lifetime_value"]

    assert values(database, names, days=JUNE) == {
        "customers": 2,
        "new_customers": 1,
        "returning_customers": 1,
        "repeat_rate": Decimal("0.500000"),
        "lifetime_value": Decimal("40.00"),
    }


def test_a_customer_is_new_only_if_they_never_bought_before(database):
    orders = [
        order("R1", at(5, 1), "20", email="Ann@example.com "),
        order("R2", at(6, 1), "30", email="ann@example.com"),
        order("R3", at(6, 2), "50", email="bob@example.com"),
        order("R4", at(6, 3), "70", "cancelled", email="eve@example.com"),
    ]
    take_in(database, events_of(Shop(orders)))

    names = ["customers", "new_customers", "returning_customers", "repeat_rate", "lifetime_value"]

    assert values(database, names, days=JUNE) == {
        "customers": 2,
        "new_customers": 1,
        "returning_customers": 1,
        "repeat_rate": Decimal("0.500000"),
        "lifetime_value": Decimal("50.00"),
    }

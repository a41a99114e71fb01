"""What a merchant sees on the pages: figures, tables, downloads and errors."""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest

from backoffice.reading import reader
from backoffice.reports.reports import REPORTS as REPORTS_BY_NAME
from tests.analytics.fixtures import at, cart, order, visit
from tests.analytics.made_up.shop import Amounts, Shop, events_of
from tests.backoffice.conftest import BROWSER, JSON, SITES

REPORTS = ["", "/sales", "/marketing", "/merchandising", "/customers", "/carts"]
JUNE = "site=shop&from=2026-06-01&to=2026-06-30&interval=month"
PRIVATE = re.compile(r"example\.com|\bann\b|\bbob\b|\beve\b", re.IGNORECASE)


def as_json(pages, path, query=JUNE):
    answer = pages.get(f"/dashboard{path}?{query}", headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json


def as_page(pages, path, query=JUNE, status=200):
    answer = pages.get(f"/dashboard{path}?{query}", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    return answer.text


def cells(page, title):
    """The rows of a page's table, as the texts of their cells."""
    table = re.search(rf"<caption[^>]*>{title}</caption>(.*?)</table>", page, re.DOTALL)[1]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)
    return [
        [
            unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def cards(page):
    found = re.findall(
        r'<span class="name">(.*?)</span>\s*<span class="figure[^"]*">(.*?)</span>', page
    )
    return {name: unescape(figure) for name, figure in found}


FIGURES = {
    "": {
        "revenue": (133.5, 80.0),
        "orders": (2, 1),
        "visits": (4, 0),
        "conversion": (0.5, None),
        "average_order": (66.75, 80.0),
        "revenue_per_visit": (33.38, None),
        "abandon_rate": (0.5, None),
        "interested_visits": (2, 0),
        "engaged_visits": (2, 0),
        "cart_visits": (2, 0),
        "converted_visits": (2, 0),
        "carts": (2, 0),
        "abandoned_carts": (1, 0),
        "open_carts": (0, 0),
        "abandoned_revenue": (40.0, 0.0),
        "average_abandoned_cart": (40.0, None),
        "orders_without_visit": (0, 1),
        "waiting_orders": (0, 0),
    },
    "/sales": {
        "gross_sales": (120.0, 80.0),
        "discounts": (10.0, 0.0),
        "tax": (17.1, 0.0),
        "shipping": (4.9, 0.0),
        "fees": (1.5, 0.0),
        "other": (0.0, 0.0),
        "revenue": (133.5, 80.0),
        "returned": (0.0, 0.0),
        "net_sales": (110.0, 80.0),
        "orders": (2, 1),
        "average_order": (66.75, 80.0),
        "units": (3, 1),
        "cancelled_orders": (1, 0),
        "cancelled_revenue": (99.0, 0.0),
        "waiting_orders": (0, 0),
    },
    "/marketing": {
        "visits": (4, 0),
        "conversion": (0.5, None),
        "revenue": (133.5, 80.0),
        "revenue_per_visit": (33.38, None),
        "bounce_rate": (0.5, None),
        "orders": (2, 1),
    },
    "/merchandising": {
        "net_sales": (110.0, 80.0),
        "units": (3, 1),
        "margin": (None, None),
        "margin_rate": (None, None),
    },
    "/customers": {
        "customers": (2, 1),
        "new_customers": (1, 1),
        "returning_customers": (1, 0),
        "repeat_rate": (0.5, 1.0),
        "lifetime_value": (95.0, 100.0),
        "average_order": (66.75, 80.0),
    },
    "/carts": {
        "carts": (2, 0),
        "abandoned_carts": (1, 0),
        "open_carts": (0, 0),
        "abandon_rate": (0.5, None),
        "abandoned_revenue": (40.0, 0.0),
        "average_abandoned_cart": (40.0, None),
    },
}
"""By report: the figures of June and those of the thirty days before."""

TABLES = {
    "/sales": {
        "by_interval": [
            {
                "days": "2026-06-01",
                "orders": 2,
                "gross_sales": 120.0,
                "discounts": 10.0,
                "tax": 17.1,
                "shipping": 4.9,
                "fees": 1.5,
                "revenue": 133.5,
                "net_sales": 110.0,
                "cancelled_orders": 1,
            }
        ],
        "ledger": [{"days": "2026-06-01", "sales": 232.5, "edits": 0.0, "cancellations": -99.0}],
    },
    "/merchandising": {
        "products": [
            {
                "product": "POT",
                "name": "The POT",
                "net_sales": 100.0,
                "units": 2,
                "orders": 1,
                "visits": 0,
                "cart_visits": 0,
                "converted_visits": 0,
                "conversion": None,
            },
            {
                "product": "MUG",
                "name": "The MUG",
                "net_sales": 20.0,
                "units": 1,
                "orders": 1,
                "visits": 1,
                "cart_visits": 1,
                "converted_visits": 1,
                "conversion": 1.0,
            },
        ],
        "categories": [
            {
                "category": name.removeprefix("Category "),
                "name": name,
                "net_sales": net,
                "units": units,
                "orders": 1,
                "visits": 0,
                "cart_visits": 0,
                "converted_visits": 0,
                "conversion": None,
            }
            for name, net, units in (("Category 9", 100.0, 2), ("Category 7", 20.0, 1))
        ],
        "searches": [
            {
                "name": "=1+1",
                "search_visits": 1,
                "no_result_visits": 1,
                "converted_visits": 1,
                "conversion": 1.0,
            }
        ],
    },
    "/customers": {
        "customers_by_interval": [
            {
                "days": "2026-06-01",
                "customers": 2,
                "new_customers": 1,
                "returning_customers": 1,
                "repeat_rate": 0.5,
                "lifetime_value": 95.0,
            }
        ]
    },
    "/carts": {
        "carts_by_interval": [
            {
                "days": "2026-06-01",
                "carts": 2,
                "abandoned_carts": 1,
                "abandon_rate": 0.5,
                "abandoned_revenue": 40.0,
            }
        ],
        "abandoned": [{"cart": "c1", "started": "2026-06-15", "units": 1, "total": 40.0}],
    },
}


@pytest.mark.parametrize("path", REPORTS)
def test_each_report_answers_json_that_equals_the_books(pages, path):
    answer = as_json(pages, path)

    figures = {name: (one["value"], one["before"]) for name, one in answer.pop("figures").items()}
    assert figures == FIGURES[path]
    tables = answer.pop("tables")
    assert tables == TABLES.get(path, tables)
    assert answer == {
        "site": "shop",
        "time_zone": "UTC",
        "currency": "EUR",
        "from": "2026-06-01",
        "to": "2026-06-30",
        "compared_from": "2026-05-02",
        "compared_to": "2026-05-31",
        "interval": "month",
        "updated_at": "2026-06-30T12:00:00+00:00",
        "events_behind": 0,
        "orders_in_other_currencies": {"JPY": 1},
    }


def test_the_cards_of_the_overview_show_the_figures(pages):
    assert cards(as_page(pages, "")) == {
        "Revenue": "€133.50",
        "Orders": "2",
        "Visits": "4",
        "Conversion rate": "50.00%",
        "Average order": "€66.75",
        "Revenue per visit": "€33.38",
        "Abandon rate": "50.0%",
    }


@pytest.mark.parametrize("path", ["", "/carts"])
def test_a_card_shows_the_previous_rate_even_if_it_was_zero(pages, path):
    page = as_page(pages, path, "site=shop&from=2026-06-13&to=2026-06-17&compare=previous")

    assert "from 0.0%, worse" in page
    assert ">, worse" not in page


def test_the_days_of_sales_say_that_they_include_other_amounts(make_office):
    sold = order("R1")
    steps = [replace(step, amounts=Amounts(Decimal(20), other=Decimal(1))) for step in sold.steps]
    client = make_office(events_of(Shop([replace(sold, steps=(steps[1],))]))).test_client()

    assert "shipping + fees + other = revenue" in as_page(client, "/sales")
    assert "shipping + fees = revenue" in as_page(client, "/sales", "site=empty")


def test_the_statement_of_sales_shows_the_figures(pages):
    lines = cells(as_page(pages, "/sales"), "How revenue is made up")

    assert [line[:3] for line in lines if line[0] in ("−", "+", "=")] == [
        ["−", "Discounts", "€10.00"],
        ["+", "Tax", "€17.10"],
        ["+", "Shipping", "€4.90"],
        ["+", "Fees", "€1.50"],
        ["=", "Revenue", "€133.50"],
        ["−", "Discounts", "€10.00"],
        ["−", "Cancelled items", "€0.00"],
        ["=", "Net sales", "€110.00"],
    ]


@pytest.mark.parametrize("path", REPORTS)
def test_each_table_can_be_downloaded_with_the_rows_of_the_json(pages, path):
    tables = as_json(pages, path)["tables"]
    linked = re.findall(r'href="(/dashboard[^"]*\.csv[^"]*)"', as_page(pages, path))

    for name, rows in tables.items():
        answer = pages.get(f"/dashboard{path}/{name}.csv?{JUNE}")
        read = list(csv.DictReader(io.StringIO(answer.text)))
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="shop-{name}-2026-06-01-2026-06-30.csv"'
        )
        assert [
            {key: _typed(row[key], one) for key, one in wanted.items()}
            for row, wanted in zip(read, rows, strict=True)
        ] == rows
    for url in map(unescape, linked):
        assert pages.get(url).status_code == 200


def _typed(text, wanted):
    """A cell of a CSV file as the value that JSON has in its place."""
    if wanted is None:
        return text or None
    if isinstance(wanted, str):
        return text.removeprefix("'")
    return type(wanted)(text)


def test_a_download_holds_exact_amounts_and_no_formula(pages):
    sales = pages.get(f"/dashboard/sales/by_interval.csv?{JUNE}").text
    searches = pages.get(f"/dashboard/merchandising/searches.csv?{JUNE}").text

    assert sales == (
        '"days","orders","gross_sales","discounts","tax","shipping","fees","revenue","net_sales",'
        '"cancelled_orders"\r\n'
        '"2026-06-01","2","120.00","10.00","17.10","4.90","1.50","133.50","110.00","1"\r\n'
    )
    assert searches.splitlines()[1] == '"\'=1+1","1","1","1","1.000000"'


def test_each_currency_has_its_own_page(pages):
    answer = as_json(pages, "", f"{JUNE}&currency=JPY")

    assert (answer["currency"], answer["figures"]["revenue"]["value"]) == ("JPY", 1200.0)
    assert answer["orders_in_other_currencies"] == {"EUR": 2}
    page = as_page(pages, "", f"{JUNE}&currency=JPY")
    assert cards(page)["Revenue"] == "JP¥1,200"
    assert "2 orders in EUR" in re.sub("<[^>]+>", "", page)


def test_a_channel_is_narrowed_down_level_by_level(pages):
    rows = {
        row["name"]: row["revenue"] for row in as_json(pages, "/marketing")["tables"]["channels"]
    }
    below = as_json(pages, "/marketing", f"{JUNE}&channel=search")

    assert {name: amount for name, amount in rows.items() if amount} == {
        "Direct": 113.5,
        "Search engines": 20.0,
    }
    assert [(row["name"], row["revenue"]) for row in below["tables"]["channels"]] == [
        ("Google", 20.0)
    ]
    assert [row["channel"] for row in below["tables"]["channels"]] == ["google"]
    assert below["figures"]["visits"]["value"] == 1
    assert "AI assistants" in rows
    page = as_page(pages, "/marketing", f"{JUNE}&channel=search&channel=google")
    segment = re.search(r'<p class="segment">(.*?)</p>', page)[1]
    assert re.sub("<[^>]+>", "", segment) == ("Only the channel Search engines › Google · Show all")
    wider, every = map(unescape, re.findall('href="(.*?)"', segment))
    assert pages.get(wider, headers=JSON).json["tables"] == below["tables"]
    assert every == f"/dashboard/marketing?{JUNE}"


def test_a_channel_lists_its_own_carts_cancellations_and_other_currencies(make_office):
    client = make_office(
        events_of(
            Shop(
                [
                    order("R1", at(6, 10), visit="v1", step="cancelled"),
                    order("R2", at(6, 11), visit="v2", step="cancelled"),
                    order("R3", at(6, 12), "1200", visit="v2", currency="JPY"),
                ],
                [cart("c1", at(6, 10), visit="v1"), cart("c2", at(6, 11), visit="v2")],
                [visit("v1", at(6, 10), channel=("email",)), visit("v2", at(6, 11))],
            )
        )
    ).test_client()
    query = f"{JUNE}&currency=EUR&channel=email"

    carts, sales = as_json(client, "/carts", query), as_json(client, "/sales", query)

    assert [row["cart"] for row in carts["tables"]["abandoned"]] == ["c1"]
    assert [row["days"] for row in sales["tables"]["ledger"]] == ["2026-06-01"]
    assert sales["orders_in_other_currencies"] == {}


def test_a_year_lists_its_cancellations_by_week(make_office):
    orders = [order(f"R{day}", at(6, day), str(day), step="cancelled") for day in (9, 10, 18)]
    client = make_office(events_of(Shop(orders))).test_client()
    query = "site=shop&currency=EUR&from=2025-07-01&to=2026-06-30"

    sales, page = as_json(client, "/sales", query), as_page(client, "/sales", query)

    assert sales["tables"]["ledger"] == [
        {"days": "2026-06-15", "sales": 18.0, "edits": 0.0, "cancellations": -18.0},
        {"days": "2026-06-08", "sales": 19.0, "edits": 0.0, "cancellations": -19.0},
    ]
    assert "beside the sales of the same week" in page
    assert cells(page, "Edits and cancellations")[-1] == ["All", "", "0.00", "−37.00"]


OF_MUGS = {
    "net_sales": 20.0,
    "units": 1,
    "orders": 1,
    "visits": 1,
    "cart_visits": 1,
    "converted_visits": 1,
    "conversion": 1.0,
}


def test_a_product_has_an_overview_with_its_name_funnel_and_variants(pages):
    query = f"{JUNE}&product=MUG"
    answer, page = as_json(pages, "", query), as_page(pages, "", query)

    assert {name: one["value"] for name, one in answer["figures"].items()} == OF_MUGS
    assert answer["tables"] == {
        "skus": [{"sku": "MUG-RED", "name": "The MUG-RED", "units": 1, "net_sales": 20.0}]
    }
    assert answer["orders_in_other_currencies"] == {"JPY": 1}
    assert "Only the product <b>The MUG</b>" in page
    assert cards(page) == {
        "Net sales": "€20.00",
        "Units": "1",
        "Orders": "1",
        "Visits": "1",
        "Ready to buy": "1",
        "Customers": "1",
        "Conversion rate": "100.00%",
    }
    assert "<h2>Net sales by month</h2>" in page
    assert [line in page for line in ("saw its page", "bought it", "saw a second page")] == [
        True,
        True,
        False,
    ]


def test_a_category_has_an_overview(pages):
    answer, page = (read(pages, "", f"{JUNE}&category=9") for read in (as_json, as_page))

    assert answer["figures"]["net_sales"]["value"] == 100.0
    assert answer["tables"] == {}
    assert "Only the category <b>Category 9</b>" in page


@pytest.mark.parametrize(
    "segment", ["channel=search", "channel=search&channel=google", "product=MUG", "category=9"]
)
def test_the_menu_keeps_a_segment_on_the_reports_that_have_it(pages, segment):
    kind = segment.partition("=")[0]
    for path in REPORTS:
        answer = pages.get(f"/dashboard{path}?{JUNE}&{segment}", headers=BROWSER)
        if answer.status_code == 400:  # the report has no such segment
            continue
        menu = answer.text.partition("<nav")[2].partition("</nav>")[0]
        urls = [unescape(one) for one in re.findall('href="(.*?)"', menu)]
        assert [pages.get(url, headers=BROWSER).status_code for url in urls] == [200] * 6
        kept = {url.partition("?")[0] for url in urls if f"{kind}=" in url}
        assert kept == {
            "channel": {f"/dashboard{one}" for one in ("", "/sales", "/marketing", "/carts")},
        }.get(kind, {"/dashboard", "/dashboard/merchandising"})


@pytest.mark.parametrize("segment", ["product=MUG", "category=9", "channel=search"])
def test_a_segment_is_left_for_the_same_page_of_everything(pages, segment):
    page = as_page(pages, "", f"{JUNE}&{segment}&metric=visits")
    every = unescape(re.search(r'href="([^"]*)">Show all', page)[1])

    assert every == f"/dashboard?{JUNE}"


@pytest.mark.parametrize(
    ("path", "query", "left_out"),
    [
        ("/sales", "product=MUG", "product"),
        ("/merchandising", "channel=email", "channel"),
        ("", "product=MUG&metric=revenue", "metric"),
    ],
)
def test_what_a_report_does_not_have_is_not_sent_again_by_its_form(pages, path, query, left_out):
    page = as_page(pages, path, f"{JUNE}&currency=EUR&{query}", status=400)
    hidden = dict(re.findall('<input type="hidden" name="(.*?)" value="(.*?)">', page))

    assert left_out not in hidden
    assert hidden["interval"] == "month"
    assert '<option value="EUR" selected>EUR – Euro</option>' in page


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("period=lately", "Period is one of today, yesterday,"),
        ("from=2026-06-31&to=2026-06-30", "From is not a date such as 2026-11-26."),
        ("from=2026-06-20&to=2026-06-10", "From is after To. Swap the dates."),
        ("to=2026-06-10", "From is missing. Give both From and To."),
        ("from=2026-06-01&to=2026-07-01", "To is in the future."),
        ("compare=sideways", "Compare is one of previous, year, none."),
        ("currency=%E2%82%AC", "Currency is a code such as EUR."),
        ("interval=hour", "Interval is one of day, week, month."),
        ("period=last_365_days&interval=day", "365 days are too many to show by day."),
        ("metric=fame", "Metric is one of revenue,"),
        ("metric=units", "Metric is one of revenue,"),
        ("product=a&category=b", "Give either a product or a category."),
        ("product=", "Product is empty. Leave it out to show everything."),
        ("channel=email&channel=", "Channel is empty. Leave it out to show everything."),
        (
            "channel=1&channel=2&channel=3&channel=4&channel=5&channel=6",
            "A channel has at most five levels.",
        ),
        ("site=shop&site=empty", "Give site only once."),
        ("colour=red", "There is no parameter 'colour'. Known are period,"),
        ("%3Cscript%3E=1", "There is no parameter '<script>'."),
    ],
)
def test_an_invalid_parameter_is_refused_by_name(pages, query, problem):
    for path in REPORTS:
        assert_refused(pages, path, query, problem)


def assert_refused(pages, path, query, problem):
    page = as_page(pages, path, query, status=400)
    answer = pages.get(f"/dashboard{path}?{query}", headers=JSON)

    shown = re.search(r'<p class="problem" id="problem">(.*?)</p>', page)[1]
    assert unescape(shown).startswith(problem)
    assert "<script>" not in page
    assert answer.status_code == 400
    assert answer.json["error"].startswith(problem)


def test_invalid_input_stays_in_the_form_and_the_field_is_marked(pages):
    page = as_page(pages, "", "period=custom&from=2026-06-20&to=2026-06-10", status=400)

    assert 'id="from" name="from" value="2026-06-20" aria-invalid="true"' in page
    assert '<option value="custom" selected>' in page


@pytest.mark.parametrize("path", [*REPORTS, "/sales/by_interval.csv"])
def test_the_page_of_another_site_is_not_found(pages, path):
    answers = [
        pages.get(f"/dashboard{path}?site=elsewhere", headers=one) for one in (BROWSER, JSON)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[1].json == {"error": "There is no such shop. Choose another one."}


def test_a_question_that_takes_too_long_keeps_its_form(pages, monkeypatch):
    monkeypatch.setattr(reader, "MOST_SECONDS", 0)
    monkeypatch.setattr(reader, "_STEPS", 1)

    page = as_page(pages, "/sales", "period=last_365_days&currency=EUR", status=503)
    answer = pages.get("/dashboard/sales", headers=JSON)

    text = "This took too long. Choose a shorter period."
    assert f'<p class="problem" id="problem">{text}</p>' in page
    assert '<select id="period" name="period" aria-invalid="true"' in page
    assert '<option value="last_365_days" selected>' in page
    assert (answer.status_code, answer.json) == (503, {"error": text})


def test_an_internal_error_is_logged_and_answered_as_a_page_or_as_json(pages, caplog, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(REPORTS_BY_NAME, "sales", fail)

    page = as_page(pages, "/sales", status=500)
    answer = pages.get("/dashboard/sales", headers=JSON)
    table = pages.get("/dashboard/sales/ledger.csv", headers=BROWSER)

    text = "This page could not be shown because of an error in this service. It has been logged."
    assert f"<p>{text}</p>" in page
    assert (answer.status_code, answer.json) == (500, {"error": text})
    assert table.status_code == 500
    assert caplog.messages == ["Unexpected ZeroDivisionError on a page"] * 3


@pytest.mark.parametrize("path", ["/nothing", "/sales/nothing", "/nothing.csv", "/sales/no.csv"])
def test_an_unknown_path_is_a_page_with_links(pages, path):
    answer = pages.get(f"/dashboard{path}", headers=BROWSER)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert 'href="/dashboard/sales"' in answer.text
    assert pages.get(f"/dashboard{path}", headers=JSON).status_code == 404


@pytest.mark.parametrize("path", REPORTS)
def test_each_report_links_to_itself_as_json(pages, path):
    foot = as_page(pages, path).partition("<footer")[2]
    linked = re.search(r'href="([^"]*)">This page as JSON', foot)[1]

    answer = pages.get(unescape(linked), headers=BROWSER)

    assert (answer.status_code, answer.json) == (200, as_json(pages, path))
    refused = pages.get("/dashboard/sales.json?period=lately", headers=BROWSER)
    assert (refused.status_code, list(refused.json)) == (400, ["error"])


@pytest.mark.parametrize(
    ("path", "query", "total"),
    [
        ("", JUNE, ["All with a known visit", "", "4", "2", "50.00%", "€66.75", "€133.50", "new"]),
        (
            "/marketing",
            JUNE,
            ["All with a known visit", "4", "2", "€133.50", "€66.75", "50.00%", "new"],
        ),
        (
            "/marketing",
            f"{JUNE}&channel=search",
            ["All", "1", "1", "€20.00", "€20.00", "100.00%", "new"],
        ),
    ],
)
def test_channels_end_with_a_row_for_all_known_visits(pages, path, query, total):
    assert cells(as_page(pages, path, query), "Channels")[-1] == total


def test_a_slash_at_the_end_makes_no_difference(pages):
    assert pages.get("/dashboard/", headers=BROWSER).status_code == 200


def test_a_page_without_its_database_leads_to_another_try(make_office, tmp_path):
    client = make_office().test_client()
    as_page(client, "/sales")
    (tmp_path / "jirafe.db").write_bytes(b"not a database" * 1000)

    page = as_page(client, "/sales", "period=today&currency=EUR", status=503)
    answer = client.get("/dashboard/sales", headers=JSON)

    again = '<a href="/dashboard/sales?period=today&amp;currency=EUR">Try again</a>'
    assert f"The database cannot be used now. {again} in a moment." in page
    text = "The database cannot be used now. Try again in a moment."
    assert (answer.status_code, answer.json) == (503, {"error": text})


@pytest.mark.parametrize("path", [*REPORTS, "/definitions", "/sign-in", "/sales/ledger.csv"])
def test_pages_load_nothing_from_elsewhere_and_are_neither_framed_nor_stored(pages, path):
    answer = pages.get(f"/dashboard{path}", headers=BROWSER)

    assert {
        name: answer.headers[name]
        for name in (
            "Content-Security-Policy",
            "X-Frame-Options",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cache-Control",
        )
    } == {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    assert not re.findall(r'<script|\sstyle="|\son\w+="|<\w[^>]*(?:src|href)="(?!/|#)', answer.text)


@pytest.mark.parametrize("path", REPORTS)
def test_no_customer_is_named_in_a_page_an_address_or_the_log(pages, path, caplog):
    caplog.set_level("DEBUG")
    texts = [as_page(pages, path), str(as_json(pages, path))]
    texts += [
        pages.get(f"/dashboard{path}/{name}.csv?{JUNE}").text
        for name in as_json(pages, path)["tables"]
    ]

    assert [PRIVATE.findall(text) for text in texts] == [[]] * len(texts)
    assert PRIVATE.findall(caplog.text) == []


def test_a_period_without_events_says_so_and_not_how_to_connect_the_shop(pages):
    page = as_page(pages, "", "site=shop&currency=EUR&from=2026-01-01&to=2026-01-31")

    assert "<h2>Nothing in this period</h2>" in page
    assert "The newest event is of 30 Jun 2026." in page
    newest = unescape(re.search(r'href="([^"]*)">Show the 30 days up to it', page)[1])
    assert newest == "/dashboard?site=shop&currency=EUR&from=2026-06-01&to=2026-06-30"
    assert cards(pages.get(newest, headers=BROWSER).text)["Revenue"] == "€133.50"
    assert "Connect your shop" not in page
    assert cards(page)["Revenue"] == "€0.00"


def test_a_shop_with_settings_but_without_events_says_how_to_connect_it(make_office):
    app = make_office()
    app.test_cli_runner().invoke(
        args=["analytics", "settings", "--site", "empty", "--currency", "EUR"]
    )

    assert "Connect your shop" in as_page(app.test_client(), "", "site=empty")


def test_a_shop_without_events_says_how_to_connect_it(pages):
    page = as_page(pages, "", "site=empty")

    assert cards(page) == dict.fromkeys(
        (
            "Revenue",
            "Orders",
            "Visits",
            "Conversion rate",
            "Average order",
            "Revenue per visit",
            "Abandon rate",
        ),
        "–",
    )
    assert "Connect your shop" in page
    assert re.findall("<pre>(.*?)</pre>", page, re.DOTALL) == [
        "http://localhost/import_order",
        (
            "&lt;script&gt;\n"
            "  function jirafe_deferred(jirafe_api) {\n"
            '    jirafe_api.pageview("", "empty", "other", {});\n'
            "  }\n"
            "&lt;/script&gt;\n"
            '&lt;script async src="http://localhost/jirafe/jirafe_api.js"&gt;&lt;/script&gt;'
        ),
    ]
    assert [as_page(pages, path, "site=empty") for path in REPORTS]


def test_a_service_without_a_site_also_has_pages(make_office):
    pages = make_office(JIRAFE_API_SITES="").test_client()

    assert [as_page(pages, path, "") for path in REPORTS]


def test_all_sites_are_listed_and_the_first_is_shown(pages):
    page = as_page(pages, "", "")

    offered = re.search(r'<select id="site".*?</select>', page)[0]
    assert re.findall('value="(.*?)"', offered) == sorted(
        one.partition(":")[0] for one in SITES.split()
    )
    assert '<option value="empty" selected>' in offered

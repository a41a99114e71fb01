"""How numbers, amounts, changes and dates look."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backoffice.formats import Delta, Format

EUROS = Format("en_GB", "EUR")


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "money"),
    [
        ("en_GB", "EUR", Decimal("145671.87"), "€145,671.87"),
        ("de", "EUR", Decimal("145671.87"), "145.671,87\xa0€"),
        ("ja", "JPY", Decimal(145672), "￥145,672"),
        ("en_GB", "KWD", Decimal("1.5"), "KWD1.500"),
        ("en_GB", "EUR", Decimal("-8.50"), "−€8.50"),
        ("en_GB", "EUR", Decimal(0), "€0.00"),
        ("en_GB", "EUR", None, "–"),
        ("tlh", "EUR", Decimal(1), "€1.00"),
    ],
)
def test_money_has_the_currencys_own_digits_in_the_sites_locale(locale, currency, amount, money):
    assert Format(locale, currency).money(amount) == money


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("999.99"), "€999.99"),
        (Decimal("1000"), "€1,000"),
        (Decimal("145671.87"), "€145,672"),
        (Decimal("-2500.50"), "−€2,500"),
        (None, "–"),
    ],
)
def test_a_card_leaves_out_cents_from_a_thousand_on(amount, shown):
    assert EUROS.short_money(amount) == shown


def test_unknown_numbers_are_dashes_and_never_zero():
    shown = [EUROS.count(None), EUROS.percent(None), EUROS.amount(None), EUROS.money(None)]

    assert shown == ["–"] * 4
    assert [EUROS.count(0), EUROS.percent(Decimal(0), 2), EUROS.amount(Decimal(0))] == [
        "0",
        "0.00%",
        "0.00",
    ]


@pytest.mark.parametrize(
    ("locale", "digits", "shown"),
    [
        ("en_GB", 2, "1,253.46%"),
        ("de_DE", 1, "1.253,5\xa0%"),
        ("fr_FR", 0, "1\u202f253\xa0%"),
        ("tr_TR", 1, "%1.253,5"),
        ("en_IN", 0, "1,253%"),
    ],
)
def test_percents_are_written_as_the_locale_does(locale, digits, shown):
    assert Format(locale, "EUR").percent(Decimal("12.53456"), digits) == shown


@pytest.mark.parametrize(
    ("now", "before", "better", "change"),
    [
        (Decimal(1143), Decimal(1000), "up", Delta("up 14.3%", "up", "good")),
        (Decimal(965), Decimal(1000), "up", Delta("down 3.5%", "down", "bad")),
        (Decimal(965), Decimal(1000), "down", Delta("down 3.5%", "down", "good")),
        (Decimal(965), Decimal(1000), "", Delta("down 3.5%", "down", "neutral")),
        (Decimal(1000), Decimal(1000), "up", Delta("no change")),
        (Decimal("1000.4"), Decimal(1000), "up", Delta("no change")),
        (Decimal(5), Decimal(0), "up", Delta("new")),
        (Decimal(0), Decimal(0), "up", Delta("no change")),
        (None, Decimal(5), "up", Delta("–")),
        (Decimal(5), None, "up", Delta("new")),
        (Decimal(-5), Decimal(-10), "up", Delta("up 50.0%", "up", "good")),
    ],
)
def test_the_change_of_a_sum_is_in_percent(now, before, better, change):
    assert EUROS.change(now, before, better) == change


@pytest.mark.parametrize(
    ("now", "before", "digits", "better", "change"),
    [
        (Decimal("0.0254"), Decimal("0.0238"), 2, "up", Delta("up 0.16 pt", "up", "good")),
        (Decimal("0.676"), Decimal("0.694"), 1, "down", Delta("down 1.8 pt", "down", "good")),
        (Decimal("0.67601"), Decimal("0.676"), 1, "down", Delta("no change")),
        (None, Decimal("0.1"), 1, "up", Delta("–")),
        (Decimal("0.1"), None, 1, "up", Delta("new")),
    ],
)
def test_the_change_of_a_share_is_in_points(now, before, digits, better, change):
    assert EUROS.points(now, before, digits, better) == change


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 10, 28), date(2026, 11, 26), "28 Oct\u2009–\u200926 Nov 2026"),
        (date(2025, 12, 28), date(2026, 1, 26), "28 Dec 2025\u2009–\u200926 Jan 2026"),
        (date(2026, 11, 26), date(2026, 11, 26), "26 Nov 2026"),
    ],
)
def test_a_range_of_days_names_each_year_once(first, last, shown):
    assert EUROS.days(first, last) == shown


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en_GB", ["Thu 26 Nov", "26 Nov 2026", "Nov 2026", "28 Oct\u2009–\u200926 Nov 2026"]),
        ("en_US", ["Thu, Nov 26", "Nov 26, 2026", "Nov 2026", "Oct 28\u2009–\u2009Nov 26, 2026"]),
        (
            "de_DE",
            ["Do., 26. Nov.", "26. Nov. 2026", "Nov. 2026", "28. Okt.\u2009–\u200926. Nov. 2026"],
        ),
        (
            "ja_JP",
            ["11月26日(木)", "2026年11月26日", "2026年11月", "2026年10月28日～11月26日"],
        ),
    ],
)
def test_dates_are_written_as_the_locale_does(locale, shown):
    form, first, last = Format(locale, "EUR"), date(2026, 10, 28), date(2026, 11, 26)

    assert [
        form.day(last, weekday=True),
        form.day(last, year=True),
        form.month(last, year=True),
        form.days(first, last),
    ] == shown


@pytest.mark.parametrize(
    ("locale", "currency", "shown"),
    [
        ("en_GB", "EUR", ["€0", "€750,000", "€1.5m", "€60m"]),
        ("de_DE", "EUR", ["0\xa0€", "750.000\xa0€", "1,5\xa0Mio.\xa0€", "60\xa0Mio.\xa0€"]),
        ("ja_JP", "JPY", ["￥0", "￥750,000", "￥150万", "￥6000万"]),
    ],
)
def test_round_amounts_of_millions_are_short_enough_for_an_axis(locale, currency, shown):
    form = Format(locale, currency)

    assert [form.round_money(Decimal(one)) for one in (0, 750_000, 1_500_000, 60_000_000)] == shown


def test_times_and_zones_are_written_as_people_say_them():
    moment = datetime(2026, 11, 26, 14, 20, 38, tzinfo=UTC)

    assert EUROS.time(moment) == "14:20"
    assert EUROS.time(moment, seconds=True) == "14:20:38"
    assert EUROS.zone("Europe/Amsterdam") == "Amsterdam time"
    assert EUROS.zone("UTC") == "UTC"
    assert EUROS.day(date(2026, 11, 26), weekday=True) == "Thu 26 Nov"
    assert EUROS.currency_name("EUR") == "EUR – Euro"
    assert EUROS.currency_name("USD") == "USD – US Dollar"

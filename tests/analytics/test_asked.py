from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.queries.asked import Asked, AskedError, Days, Segment, parse
from analytics.sites import Site

AMSTERDAM = Site("shop", "Europe/Amsterdam")
NOW = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # the 27th in Amsterdam


def asked(now=NOW, **parameters):
    values = {
        name.rstrip("_"): value if isinstance(value, list) else [value]
        for name, value in parameters.items()
    }
    return parse(AMSTERDAM, "EUR", values, now)


def test_the_default_period_is_the_last_30_days_compared_with_the_30_before():
    found = asked()

    assert found == Asked(
        Site("shop", "Europe/Amsterdam", "EUR"),
        "EUR",
        Days(date(2026, 10, 29), date(2026, 11, 27)),
        NOW,
        Days(date(2026, 9, 29), date(2026, 10, 28)),
        "day",
        None,
    )


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2026-01-01", "2026-01-31", ("2026-01-01", "2026-01-31")),
        ("2026-01-01", "2026-01-30", None),
        ("2026-01-02", "2026-01-31", None),
        ("2025-12-31", "2026-02-28", ("2026-01-01", "2026-02-28")),
        ("2024-01-31", "2024-03-30", ("2024-02-01", "2024-02-29")),
        ("2026-01-15", "2026-02-27", None),
        ("2025-11-28", "2026-11-27", ("2025-12-01", "2026-10-31")),
    ],
)
def test_whole_months_are_those_between_the_first_and_the_last_day(first, last, months):
    days = Days(date.fromisoformat(first), date.fromisoformat(last))
    expected = months and Days(*map(date.fromisoformat, months))
    assert days.whole_months() == expected


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", date(2026, 11, 27), date(2026, 11, 27)),
        ("yesterday", date(2026, 11, 26), date(2026, 11, 26)),
        ("last_7_days", date(2026, 11, 21), date(2026, 11, 27)),
        ("last_90_days", date(2026, 8, 30), date(2026, 11, 27)),
        ("this_month", date(2026, 11, 1), date(2026, 11, 27)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 11, 27)),
        ("last_365_days", date(2025, 11, 28), date(2026, 11, 27)),
    ],
)
def test_periods_are_local_days(period, first, last):
    assert asked(period=period).days == Days(first, last)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"colour": "red"}, "There is no parameter 'colour'. Known are period, from, to, compare"),
        ({"period": "ever"}, "Period is one of today, yesterday"),
        ({"period": "today", "from_": "2026-01-01"}, "Give either a period, or From and To."),
        ({"from_": "2026-01-01"}, "To is missing. Give both From and To."),
        ({"from_": "01/02/2026", "to": "2026-01-01"}, "From is not a date such as 2026-11-26."),
        ({"from_": "2026-02-02", "to": "2026-02-01"}, "From is after To. Swap the dates."),
        (
            {"from_": "2026-02-02", "to": "2026-11-28"},
            "To is in the future. The last day is today, ",
        ),
        (
            {"from_": "0001-01-01", "to": "0001-01-05"},
            "From is too early. The first day is 1970-01-01.",
        ),
        ({"product": "MUG\0"}, "Product has an invalid character."),
        ({"from_": "2001-01-01", "to": "2026-11-27"}, "From is more than 3660 days before To."),
        (
            {"period": "last_365_days", "interval": "day"},
            "365 days are too many to show by day. Choose weeks, or 92 days at most.",
        ),
        ({"compare": "mars"}, "Compare is one of previous, year, none."),
        ({"currency": "€"}, "Currency is a code such as EUR."),
        ({"currency": ["EUR", "USD"]}, "Give currency only once."),
        ({"product": "A", "category": "1"}, "Give either a product or a category."),
        ({"channel": list("abcdef")}, "A channel has at most five levels."),
    ],
)
def test_an_invalid_parameter_of_a_report_is_refused_by_name(parameters, message):
    with pytest.raises(AskedError) as refused:
        asked(**parameters)

    assert str(refused.value).startswith(message)


def test_a_segment_is_a_channel_level_or_a_product():
    assert asked(channel=["email", "may"]).segment == Segment("channel", ("email", "may"))
    assert asked(product="MUG").segment == Segment("product", ("MUG",))


def test_the_29th_of_february_is_compared_with_the_28th():
    now = datetime(2028, 2, 29, 12, tzinfo=UTC)

    compared = asked(now, period="today", compare="year").compare

    assert compared == Days(date(2027, 2, 28), date(2027, 2, 28))


def test_today_is_compared_up_to_the_same_local_time():
    now = datetime(2026, 3, 30, 7, 15, tzinfo=UTC)  # the day after the clocks went forward

    found = asked(now, period="today")

    assert found.cut == datetime(2026, 3, 29, 9, 15, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert asked(now, period="yesterday").cut is None


def test_weeks_begin_on_monday_and_months_on_the_first():
    weeks = asked(from_="2026-06-03", to="2026-06-16", interval="week").intervals()
    months = asked(from_="2026-01-31", to="2026-03-01", interval="month").intervals()

    assert [(days.first.day, days.last.day) for days in weeks] == [(3, 7), (8, 14), (15, 16)]
    assert [(days.first.day, days.last.day) for days in months] == [(31, 31), (1, 28), (1, 1)]

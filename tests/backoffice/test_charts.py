"""The geometry of charts."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice import charts

AMOUNTS = st.lists(
    st.none() | st.decimals(0, 10**12, places=2, allow_nan=False), min_size=0, max_size=60
)


def numbers(path):
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_the_scale_of_a_line_ends_at_a_round_number_above_the_highest_value():
    chart = charts.line_chart(
        [Decimal(0), Decimal(4000), Decimal(6780)], [Decimal(100)] * 3, last_is_partial=False
    )

    assert [line.value for line in chart.grid] == [
        Decimal(8000),
        Decimal(6000),
        Decimal(4000),
        Decimal(2000),
        Decimal(0),
    ]
    assert [line.top for line in chart.grid] == ["0.00%", "25.00%", "50.00%", "75.00%", "100.00%"]
    assert chart.line == "M166.7 260.0L500.0 130.0L833.3 39.6"
    assert chart.area == f"{chart.line}V260H166.7Z"
    assert (chart.partial, chart.point) == ("", None)
    assert [column.is_right for column in chart.columns] == [False, False, True]


def test_today_is_drawn_as_a_dotted_line_to_its_own_point():
    chart = charts.line_chart([Decimal(4), Decimal(2), Decimal(1)], last_is_partial=True)

    assert chart.line == "M166.7 0.0L500.0 130.0"
    assert chart.partial == "M500.0 130.0L833.3 195.0"
    assert chart.point == ("83.33%", "75.00%")


def test_unknown_values_are_gaps():
    chart = charts.line_chart([Decimal(4), None, Decimal(2), Decimal(1)], last_is_partial=False)

    assert chart.line.count("M") == 2


def test_a_value_without_neighbours_is_a_level_line():
    lone = charts.line_chart([None, Decimal(4), None, Decimal(2)], last_is_partial=False)
    yesterday = charts.line_chart([Decimal(4)], [Decimal(2)], last_is_partial=False)
    today = charts.line_chart([Decimal(4)], [Decimal(2)], last_is_partial=True)

    assert lone.line == "M365.0 0.0L385.0 0.0M865.0 130.0L885.0 130.0"
    assert (yesterday.line, yesterday.compared) == (
        "M490.0 0.0L510.0 0.0",
        "M490.0 130.0L510.0 130.0",
    )
    assert (today.line, today.partial, today.compared) == ("", yesterday.line, yesterday.compared)
    assert today.point == ("50.00%", "0.00%")


@pytest.mark.parametrize("values", [[], [Decimal(0), None]])
def test_a_chart_of_nothing_has_only_a_base(values):
    chart = charts.line_chart(values, last_is_partial=False)

    assert chart.area == ""
    assert [(line.value, line.top) for line in chart.grid] == [(0, "100.00%")]


@given(AMOUNTS, AMOUNTS, st.booleans())
def test_every_point_is_within_the_chart(values, compared, last_is_partial):
    chart = charts.line_chart(values, compared, last_is_partial=last_is_partial)
    spark = charts.sparkline(values, compared)

    for path in (chart.line, chart.partial, chart.compared):
        places = numbers(path)
        assert all(0 <= x <= charts.WIDTH for x in places[::2])
        assert all(0 <= y <= charts.HEIGHT for y in places[1::2])
    assert all(0 <= one <= 120 for path in (spark.line, spark.compared) for one in numbers(path))
    highest = max((one for one in (*values, *compared) if one is not None), default=Decimal(0))
    assert chart.grid[0].value >= highest


@pytest.mark.parametrize(
    ("count", "most", "places"),
    [(30, 7, [4, 9, 14, 19, 24, 29]), (3, 7, [0, 1, 2]), (1, 7, [0]), (0, 7, [])],
)
def test_the_last_value_always_has_a_label(count, most, places):
    assert charts.labelled(count, most) == places


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (1, 4, "25.0"),
        (5, 4, "100.0"),
        (0, 4, "0"),
        (None, 4, "0"),
        (1, 0, "0"),
        (Decimal(1), Decimal(3), "33.3"),
    ],
)
def test_a_bar_is_a_share_of_its_track(part, whole, percent):
    assert charts.share(part, whole) == percent

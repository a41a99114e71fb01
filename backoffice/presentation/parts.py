"""The parts of a page for the templates; all values are formatted text."""

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice import charts
from backoffice.formats import Delta


@dataclass(frozen=True)
class Card:
    """A figure with a link to its chart."""

    name: str
    figure: str
    delta: Delta | None
    baseline: str
    spark: charts.Sparkline | None
    url: str
    chosen: bool


@dataclass(frozen=True)
class ChartDay:
    """One interval of the chart as text, for the table below and the hover box."""

    label: str
    now_label: str
    now: str
    then_label: str
    then: str


@dataclass(frozen=True)
class Chart:
    """The chosen figure by day, week or month."""

    title: str
    sentence: str
    summary: str
    lines: charts.LineChart
    grid_labels: Sequence[str]
    ticks: Sequence[tuple[int, str]]
    days: Sequence[ChartDay]
    intervals: Sequence[tuple[str, str, bool]]
    now_label: str
    now_total: str
    then_label: str
    then_total: str
    width: int = charts.WIDTH
    height: int = charts.HEIGHT


@dataclass(frozen=True)
class Step:
    """A step of the funnel."""

    name: str
    meaning: str
    share: str
    visits: str
    of_all: str
    of_last: str


@dataclass(frozen=True)
class Line:
    """A figure in a statement, with the compared period and the change."""

    name: str
    now: str
    then: str
    change: Delta | None = None
    sign: str = ""
    look: str = ""
    note: str = ""

"""How a report looks: cards, the chart, the funnel, and what has to be said beside the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analytics.figures.figure import Unit, Value
from analytics.figures.figures import FIGURES, FUNNEL, Measured
from analytics.queries.asked import INTERVALS, Asked, Days
from backoffice import charts
from backoffice.addresses import Address
from backoffice.formats import UNKNOWN, Delta, Format
from backoffice.reports import Report

_MOST_TICKS = 7
_MEANINGS = (
    "came to the shop",
    "saw a second page",
    "looked at a product",
    "put an item in the cart",
    "completed an order",
)


@dataclass(frozen=True)
class Card:
    """A figure that opens onto its chart."""

    name: str
    figure: str
    delta: Delta | None
    baseline: str
    spark: charts.Sparkline | None
    url: str
    chosen: bool


@dataclass(frozen=True)
class ChartDay:
    """One interval of the chart in words, for the table below and the box on hover."""

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


class Presentation:
    """The report in one shop's formats."""

    def __init__(self, report: Report, asked: Asked, address: Address, form: Format) -> None:
        self.report = report
        self.asked = asked
        self.address = address
        self.form = form

    @property
    def is_compared(self) -> bool:
        """Tell whether there is a period to compare with."""
        return self.asked.compare is not None

    @property
    def has_data(self) -> bool:
        """Tell whether any figure is more than nothing."""
        return any(one.value or one.before for one in self.report.figures.values())

    def show(self, name: str, value: Value, *, short: bool = False) -> str:
        """Return the value of a figure as people read it."""
        unit = FIGURES[name].unit
        if unit is Unit.COUNT:
            return self.form.count(value)
        amount = None if value is None else Decimal(value)
        if unit is Unit.RATE:
            return self.form.percent(amount, _digits(name))
        return self.form.short_money(amount) if short else self.form.money(amount)

    def delta(self, name: str) -> Delta | None:
        """Return the change of a figure, None if nothing is compared."""
        if not self.is_compared:
            return None
        figure, measured = FIGURES[name], self.report.figures[name]
        now, before = _decimal(measured.value), _decimal(measured.before)
        if now is None or before is None:
            return None
        if figure.unit is Unit.RATE:
            return self.form.points(now, before, _digits(name), figure.better)
        return self.form.change(now, before, figure.better)

    def cards(self, names: Sequence[str], chosen: str) -> list[Card]:
        """Return the figures as cards; the address of each chooses it for the chart."""
        return [self._card(name, is_chosen=name == chosen) for name in names]

    def chart(self, name: str) -> Chart:
        """Return a figure by interval beside the compared period."""
        figure, measured = FIGURES[name], self.report.figures[name]
        values = [_decimal(value) for _, value in measured.series]
        compared = [_decimal(value) for _, value in measured.series_before]
        today = self.asked.now.astimezone(self.asked.site.zone).date()
        lines = charts.line_chart(
            values, compared, last_is_partial=self.asked.days.last == today and len(values) > 1
        )
        days = self.days_of(name)
        ticks = [
            (place, "Today" if measured.series[place][0].last == today else self._tick(place, name))
            for place in charts.labelled(len(values), _MOST_TICKS)
        ]
        then = self.asked.compare
        return Chart(
            title=f"{figure.title} by {self.asked.interval}",
            sentence=figure.sentence,
            summary=self._summary(name),
            lines=lines,
            grid_labels=[self._grid_label(name, line.value) for line in lines.grid],
            ticks=ticks,
            days=days,
            intervals=self._intervals(),
            now_label=self._days(self.asked.days),
            now_total=self.show(name, measured.value),
            then_label=self._days(then) if then else "",
            then_total=self.show(name, measured.before) if then else "",
        )

    def days_of(self, name: str) -> list[ChartDay]:
        """Return the intervals of a figure in words."""
        measured = self.report.figures[name]
        before = [*measured.series_before, *([None] * len(measured.series))]
        return [
            ChartDay(
                label=self._interval(span),
                now_label="This period",
                now=self.show(name, value),
                then_label=self._interval(then[0]) if then else "",
                then=self.show(name, then[1]) if then else "",
            )
            for (span, value), then in zip(measured.series, before, strict=False)
        ]

    def funnel(self) -> list[Step]:
        """Return the steps of the purchase funnel."""
        counts = [int(self.report.figures[name].value or 0) for name in FUNNEL]
        names = ["All visits", *(FIGURES[name].title for name in FUNNEL[1:])]
        return [
            Step(
                name,
                meaning,
                charts.share(count, counts[0]),
                self.form.count(count),
                self._share(count, counts[0]),
                self._share(count, counts[place - 1]) if place else "",
            )
            for place, (name, meaning, count) in enumerate(
                zip(names, _MEANINGS, counts, strict=True)
            )
        ]

    def line(self, name: str, title: str = "", sign: str = "", look: str = "") -> Line:
        """Return a figure as a line of a statement."""
        measured = self.report.figures[name]
        return Line(
            title or FIGURES[name].title,
            self.show(name, measured.value),
            self.show(name, measured.before) if self.is_compared else "",
            self.delta(name),
            sign,
            look,
        )

    def became_orders(self) -> Line:
        """Return the carts that became orders: all but the abandoned and the open ones."""
        figures = self.report.figures

        def count(which: str) -> str:
            parts = [
                getattr(figures[name], which) for name in ("carts", "abandoned_carts", "open_carts")
            ]
            known = [int(part) for part in parts if part is not None]
            return self.form.count(known[0] - known[1] - known[2] if len(known) == 3 else None)

        then = count("before") if self.is_compared else ""
        return Line("Became an order", count("value"), then, look="full")

    def cart_parts(self) -> list[tuple[str, str, str]]:
        """Return the bar of carts: look, begin and width in percent of each part."""
        figures = self.report.figures
        total = int(figures["carts"].value or 0)
        left, still_open = (int(figures[n].value or 0) for n in ("abandoned_carts", "open_carts"))
        counts = (("soft", left), ("full", total - left - still_open), ("grey", still_open))
        parts, begins = [], 0.0
        for look, count in counts:
            width = max(0.0, float(charts.share(count, total)))
            if width:
                parts.append((look, f"{begins:.1f}", f"{max(0.2, width - 0.4):.1f}"))
            begins += width
        return parts

    def notes(self) -> list[tuple[str, str, str, str]]:
        """Return what has to be said beside the figures: emphasis, text, address and link."""
        figures, notes = self.report.figures, []
        if self.asked.cut is not None:
            until = self.form.time(self.asked.now.astimezone(self.asked.site.zone))
            notes.append(("", f"Today is compared up to {until}.", "", ""))
        for currency, count in self.report.other_currencies.items():
            url = self.address.url(currency=currency)
            notes.append(
                (
                    f"{self._orders(count)} in {currency}",
                    "not in these figures.",
                    url,
                    f"Show {currency}",
                )
            )
        if without := _count(figures, "orders_without_visit"):
            text = "without a known visit, so outside conversion and revenue per visit."
            notes.append((self._orders(without), text, "", ""))
        if waiting := _count(figures, "waiting_orders"):
            notes.append((self._orders(waiting), "not yet accepted.", "", ""))
        return notes

    def _orders(self, count: int) -> str:
        return f"{self.form.count(count)} {'order' if count == 1 else 'orders'}"

    def _card(self, name: str, *, is_chosen: bool) -> Card:
        measured = self.report.figures[name]
        delta = self.delta(name) if self.has_data else None
        known = delta is not None and bool(measured.before)
        baseline = f"from {self.show(name, measured.before, short=True)}" if known else ""
        if delta and FIGURES[name].better == "down" and delta.tone in ("good", "bad"):
            baseline += ", better" if delta.tone == "good" else ", worse"
        if not self.has_data:
            baseline = "No data yet"
        return Card(
            FIGURES[name].title,
            self.show(name, measured.value, short=True) if self.has_data else UNKNOWN,
            delta,
            baseline,
            self._spark(name, measured) if self.has_data and len(measured.series) > 1 else None,
            self.address.url(metric=name, anchor="chart"),
            is_chosen,
        )

    def _spark(self, name: str, measured: Measured) -> charts.Sparkline:
        values = [_decimal(value) for _, value in measured.series]
        today = self.asked.now.astimezone(self.asked.site.zone).date()
        is_sum = FIGURES[name].unit is not Unit.RATE
        if is_sum and self.asked.days.last == today:
            values = values[:-1]  # today is not over
        return charts.sparkline(values, [_decimal(value) for _, value in measured.series_before])

    def _summary(self, name: str) -> str:
        measured = self.report.figures[name]
        known = [(value, span) for span, value in measured.series if value is not None]
        text = f"{FIGURES[name].title}: {self.show(name, measured.value)}"
        if self.asked.compare:
            text += f", before {self.show(name, measured.before)}"
        if known:
            value, span = max(known, key=lambda one: one[0])
            text += f". Highest: {self.show(name, value)}, {self._interval(span)}"
        return f"{text}."

    def _intervals(self) -> list[tuple[str, str, bool]]:
        fitting = [name for name, one in INTERVALS.items() if self.asked.days.count <= one.most]
        return [
            (
                name.capitalize(),
                self.address.url(interval=name, anchor="chart"),
                name == self.asked.interval,
            )
            for name in fitting
        ]

    def _grid_label(self, name: str, value: Decimal) -> str:
        if FIGURES[name].unit is Unit.MONEY and value == value.to_integral_value():
            return self.form.short_money(value) if value >= 1000 else self.form.whole_money(value)
        if FIGURES[name].unit is Unit.RATE:
            return self.form.percent(value, 0 if value * 100 == int(value * 100) else 1)
        return self.show(name, value) if value == int(value) else ""

    def _tick(self, place: int, name: str) -> str:
        span = self.report.figures[name].series[place][0]
        if self.asked.interval == "month":
            return self.form.month(span.first)
        return self.form.day(span.first)

    def _interval(self, span: Days) -> str:
        if self.asked.interval == "month":
            return self.form.month(span.first, year=True)
        if span.first == span.last:
            return self.form.day(span.first, weekday=True)
        return self.form.days(span.first, span.last)

    def _days(self, days: Days) -> str:
        return self.form.days(days.first, days.last)

    def _share(self, part: int, whole: int) -> str:
        share = Decimal(part) / whole if whole else None
        digits = 1 if share is not None and share < Decimal("0.1") else 0
        return self.form.percent(share, digits)


def _digits(name: str) -> int:
    return 2 if name == "conversion" else 1


def _decimal(value: Value) -> Decimal | None:
    return None if value is None else Decimal(value)


def _count(figures: Mapping[str, Measured], name: str) -> int:
    return int(figures[name].value or 0) if name in figures else 0

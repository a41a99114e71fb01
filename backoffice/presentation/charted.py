"""A figure as a chart: its lines, labels and the table below it."""

from decimal import Decimal

from analytics.figures.figure import Unit
from analytics.figures.figures import FIGURES
from analytics.queries.asked import INTERVALS, Days
from backoffice import charts
from backoffice.presentation.measures import Measures, decimal
from backoffice.presentation.parts import Chart, ChartDay

_MOST_TICKS = 7


class ChartedMeasures(Measures):
    """The figures, and charts of them by day, week or month."""

    def chart(self, name: str) -> Chart:
        """Return a figure by interval, with the compared period."""
        figure, measured = FIGURES[name], self.report.figures[name]
        values = [decimal(value) for _, value in measured.series]
        compared = [decimal(value) for _, value in measured.series_before]
        today = self.asked.now.astimezone(self.asked.site.zone).date()
        lines = charts.line_chart(values, compared, last_is_partial=self.asked.days.last == today)
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
            now_label=self.period(self.asked.days),
            now_total=self.show(name, measured.value),
            then_label=self.period(then) if then else "",
            then_total=self.show(name, measured.before) if then else "",
        )

    def days_of(self, name: str) -> list[ChartDay]:
        """Return the intervals of a figure as text."""
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
            return self.form.round_money(value)
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

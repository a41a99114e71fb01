"""The figures of a report in one shop's formats."""

from datetime import timedelta
from decimal import Decimal

from analytics.figures.figure import Unit, Value
from analytics.figures.figures import FIGURES
from analytics.queries.asked import Asked, Days
from backoffice.addresses import Address
from backoffice.formats import Delta, Format
from backoffice.reports.reports import Report
from backoffice.reports.tables import FINE_RATES


class Measures:
    """The figures and their changes, formatted for people."""

    def __init__(self, report: Report, asked: Asked, address: Address, form: Format) -> None:
        self.report = report
        self.asked = asked
        self.address = address
        self.form = form

    @property
    def is_compared(self) -> bool:
        """Return whether there is a period to compare with."""
        return self.asked.compare is not None

    @property
    def is_new(self) -> bool:
        """Return whether the shop has no figures at all yet."""
        return self.report.last_day is None

    @property
    def newest(self) -> tuple[str, str]:
        """Return the newest day with figures, and the address of the thirty days up to it."""
        day = self.report.last_day or self.asked.days.last
        first = day - timedelta(days=29)
        days = {"from": first.isoformat(), "to": day.isoformat()}
        return self.form.day(day, year=True), self.address.url(period=None, interval=None, **days)

    @property
    def has_data(self) -> bool:
        """Return whether any figure is not zero."""
        return any(one.value or one.before for one in self.report.figures.values())

    def show(self, name: str, value: Value, *, short: bool = False) -> str:
        """Return the formatted value of a figure."""
        unit = FIGURES[name].unit
        if unit is Unit.COUNT:
            return self.form.count(value)
        amount = None if value is None else Decimal(value)
        if unit is Unit.RATE:
            return self.form.percent(amount, _digits(name))
        return self.form.short_money(amount) if short else self.form.money(amount)

    def delta(self, name: str) -> Delta | None:
        """Return the change of a figure, or None if it is unknown or nothing is compared."""
        if not self.is_compared:
            return None
        figure, measured = FIGURES[name], self.report.figures[name]
        now, before = decimal(measured.value), decimal(measured.before)
        if now is None:
            return None
        if figure.unit is Unit.RATE:
            return self.form.points(now, before, _digits(name), figure.better)
        return self.form.change(now, before, figure.better)

    def period(self, days: Days) -> str:
        """Return the formatted range of days."""
        return self.form.days(days.first, days.last)


def _digits(name: str) -> int:
    return 2 if name in FINE_RATES else 1


def decimal(value: Value) -> Decimal | None:
    """Return the value as a Decimal, or None if it is unknown."""
    return None if value is None else Decimal(value)

"""The question behind a page: a site, days, a currency, a comparison and a segment."""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from analytics.sites import Site

LONGEST = 3660
"""The greatest number of days in a question."""

EARLIEST = date(1970, 1, 1)
"""The first day of a question: events do not have earlier dates."""


class AskedError(ValueError):
    """An invalid parameter; the text names it and says what would be valid."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, order=True)
class Days:
    """Local days from the first to the last, inclusive."""

    first: date
    last: date

    @property
    def count(self) -> int:
        """Return the number of days."""
        return (self.last - self.first).days + 1

    def each(self) -> list[date]:
        """Return each of the days."""
        return [self.first + timedelta(days=number) for number in range(self.count)]

    def whole_months(self) -> "Days | None":
        """Return the days of the whole months among these, or None if there is none."""
        a_day = timedelta(days=1)
        first = self.first if self.first.day == 1 else _month_end(self.first) + a_day
        last = (self.last + a_day).replace(day=1) - a_day
        return Days(first, last) if first < last else None

    def before(self) -> "Days":
        """Return the same number of days directly before these."""
        length = timedelta(days=self.count)
        return Days(self.first - length, self.last - length)

    def year_before(self) -> "Days":
        """Return the same dates a year earlier; 28 February for the 29th."""
        return Days(_year_before(self.first), _year_before(self.last))


class Segment(NamedTuple):
    """A part of the visits and orders: a channel by its levels, a product or a category."""

    kind: str
    value: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What to measure."""

    site: Site
    currency: str
    days: Days
    now: datetime
    compare: Days | None = None
    interval: str = "day"
    segment: Segment | None = None
    until: datetime | None = None
    """The moment up to which the last day counts, or None for all of it."""

    @property
    def cut(self) -> datetime | None:
        """Return the moment up to which the last compared day counts, or None for all of it.

        Today is compared with the other day up to the same time.
        """
        now = self.now.astimezone(self.site.zone)
        if self.compare is None or self.days.last != now.date():
            return None
        return datetime.combine(self.compare.last, now.time(), self.site.zone)

    def compared(self) -> "Asked | None":
        """Return the same question about the compared days."""
        if self.compare is None:
            return None
        return replace(self, days=self.compare, compare=None, until=self.cut)

    def intervals(self, days: Days | None = None) -> list[Days]:
        """Return the days in intervals: each day, each week from Monday, or each month."""
        days = days or self.days
        found: list[Days] = []
        first = days.first
        while first <= days.last:
            last = min(INTERVALS[self.interval].last(first), days.last)
            found.append(Days(first, last))
            first = last + timedelta(days=1)
        return found


class Interval(NamedTuple):
    """A step of a chart: a function for the last day of a day's interval, and the longest range."""

    last: Callable[[date], date]
    most: int


INTERVALS = {
    "day": Interval(lambda day: day, 92),
    "week": Interval(lambda day: day + timedelta(days=6 - day.weekday()), 731),
    "month": Interval(lambda day: _month_end(day), LONGEST),
}

PERIODS: dict[str, Callable[[date], Days]] = {
    "today": lambda today: Days(today, today),
    "yesterday": lambda today: _last(today - timedelta(days=1), 1),
    "last_7_days": lambda today: _last(today, 7),
    "last_30_days": lambda today: _last(today, 30),
    "last_90_days": lambda today: _last(today, 90),
    "last_365_days": lambda today: _last(today, 365),
    "this_month": lambda today: Days(today.replace(day=1), today),
    "last_month": lambda today: _month_before(today),
    "this_year": lambda today: Days(today.replace(month=1, day=1), today),
}
"""Named ranges, computed from today's local date."""

COMPARISONS: dict[str, Callable[[Days], Days | None]] = {
    "previous": Days.before,
    "year": Days.year_before,
    "none": lambda _: None,
}

SEGMENTS = ("channel", "product", "category")

PARAMETERS = ("period", "from", "to", "compare", "currency", "interval", *SEGMENTS)


def parse(
    site: Site,
    default_currency: str,
    parameters: Mapping[str, Sequence[str]],
    now: datetime,
    besides: Collection[str] = (),
) -> Asked:
    """Return the question in the parameters of a URL; raise AskedError if one is invalid.

    The default currency is that of `queries.default_currency`, which costs use, too. `besides` are
    the parameters that the caller reads itself.
    """
    for name, values in parameters.items():
        if name not in PARAMETERS and name not in besides:
            known = ", ".join((*PARAMETERS, *besides))
            raise AskedError(name, f"There is no parameter {name[:40]!r}. Known are {known}.")
        if len(values) != 1 and name != "channel":
            raise AskedError(name, f"Give {name} only once.")
    given = {name: values[0].strip() for name, values in parameters.items() if values}
    days = _days(given, now.astimezone(site.zone).date())
    compare = COMPARISONS[_choice(given, "compare", COMPARISONS, "previous")](days)
    return Asked(
        replace(site, currency=default_currency),
        _currency(given.get("currency"), default_currency),
        days,
        now,
        compare,
        _interval(given, days),
        _segment(parameters),
    )


def _days(given: Mapping[str, str], today: date) -> Days:
    if "from" not in given and "to" not in given:
        return PERIODS[_choice(given, "period", PERIODS, "last_30_days")](today)
    if "period" in given:
        raise AskedError("period", "Give either a period, or From and To.")
    days = Days(_date(given, "from"), _date(given, "to"))
    if days.first > days.last:
        raise AskedError("from", "From is after To. Swap the dates.")
    if days.first < EARLIEST:
        raise AskedError("from", f"From is too early. The first day is {EARLIEST}.")
    if days.last > today:
        raise AskedError("to", f"To is in the future. The last day is today, {today}.")
    if days.count > LONGEST:
        raise AskedError("from", f"From is more than {LONGEST} days before To. Move it.")
    return days


def _date(given: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given[name])
    except KeyError:
        raise AskedError(name, f"{name.capitalize()} is missing. Give both From and To.") from None
    except ValueError:
        raise AskedError(name, f"{name.capitalize()} is not a date such as 2026-11-26.") from None


def _interval(given: Mapping[str, str], days: Days) -> str:
    fitting = [name for name, interval in INTERVALS.items() if days.count <= interval.most]
    name = _choice(given, "interval", INTERVALS, fitting[0])
    if name not in fitting:
        most = INTERVALS[name].most
        message = f"{days.count} days are too many to show by {name}. "
        raise AskedError("interval", message + f"Choose {fitting[0]}s, or {most} days at most.")
    return name


def _choice(given: Mapping[str, str], name: str, choices: Collection[str], default: str) -> str:
    chosen = given.get(name, default)
    if chosen not in choices:
        raise AskedError(name, f"{name.capitalize()} is one of {', '.join(choices)}.")
    return chosen


def _currency(given: str | None, default: str) -> str:
    if not given:
        return default
    if not (given.isascii() and given.isalpha() and len(given) <= 8):
        raise AskedError("currency", "Currency is a code such as EUR.")
    return given.upper()


def _segment(parameters: Mapping[str, Sequence[str]]) -> Segment | None:
    found = [Segment(name, tuple(parameters[name])) for name in SEGMENTS if name in parameters]
    if len(found) > 1:
        raise AskedError(found[1].kind, f"Give either a {found[0].kind} or a {found[1].kind}.")
    if found and len(found[0].value) > 5:
        raise AskedError("channel", "A channel has at most five levels.")
    if found and not all(found[0].value):
        kind = found[0].kind
        raise AskedError(kind, f"{kind.capitalize()} is empty. Leave it out to show everything.")
    if found and any("\0" in value for value in found[0].value):  # Postgres cannot take it
        raise AskedError(found[0].kind, f"{found[0].kind.capitalize()} has an invalid character.")
    return found[0] if found else None


def _last(today: date, count: int) -> Days:
    return Days(today - timedelta(days=count - 1), today)


def _month_before(today: date) -> Days:
    last = today.replace(day=1) - timedelta(days=1)
    return Days(last.replace(day=1), last)


def _year_before(day: date) -> date:
    length = monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, length))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])

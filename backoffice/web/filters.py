"""The form above each report, and the question in its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.queries.asked import COMPARISONS, SEGMENTS, Asked, AskedError, Days, parse
from analytics.sites import Site
from backoffice.formats import Format

CUSTOM = "custom"
"""The period that takes its days from the two date fields."""

BESIDES = ("site", "metric")
"""Parameters of pages that are not part of the question."""

_PERIODS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 days",
    "last_30_days": "Last 30 days",
    "last_90_days": "Last 90 days",
    "last_365_days": "Last 365 days",
    "this_month": "This month",
    "last_month": "Last month",
    "this_year": "This year",
    CUSTOM: "Other dates…",
}
_COMPARISONS = {"previous": "Period before", "year": "A year before", "none": "Nothing"}

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Select:
    """A drop-down list of the form."""

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]]
    has_problem: bool = False


@dataclass(frozen=True)
class Filters:
    """The form as shown, with the chosen values even if they are invalid."""

    selects: Sequence[Select]
    first: str
    last: str
    kept: Sequence[tuple[str, str]] = ()
    problem: str = ""
    dates_problem: bool = False
    segment: str = ""
    segment_url: str = ""
    freshness: str = ""
    refresh_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def question(site: Site, currency: str, parameters: Parameters, now: datetime) -> Asked:
    """Return the question to a page; raise AskedError.

    The form sends all its fields, so the dates are used only with the period "custom".
    """
    asked = {name: list(values) for name, values in parameters.items()}
    if asked.get("period") == [CUSTOM]:
        del asked["period"]
    elif "period" in asked:
        asked.pop("from", None)
        asked.pop("to", None)
    return parse(site, currency, asked, now, besides=BESIDES)


def filters(
    sites: Sequence[str],
    site: str,
    currencies: Sequence[str],
    parameters: Parameters,
    shown: Asked | None,
    form: Format,
    error: AskedError | None = None,
) -> Filters:
    """Return the form for a question, or for parameters that are not valid."""
    days = shown.days if shown else None
    period = _value(parameters, "period", CUSTOM if "from" in parameters else "last_30_days")
    chosen = shown.currency if shown else form.currency
    at = error.parameter if error else ""
    selects = [
        Select("site", "Shop", site, [(one, one) for one in sites], at == "site"),
        Select("period", "Period", period, list(_PERIODS.items()), at == "period"),
        Select(
            "compare",
            "Compare with",
            _value(parameters, "compare", "previous"),
            [(name, _COMPARISONS[name]) for name in COMPARISONS],
            at == "compare",
        ),
        Select(
            "currency",
            "Currency",
            chosen,
            [(one, form.currency_name(one)) for one in sorted({*currencies, chosen})],
            at == "currency",
        ),
    ]
    kept = [(n, one) for n in ("metric", "interval", *SEGMENTS) for one in parameters.get(n, ())]
    return Filters(
        selects,
        _date(parameters, "from", days),
        _date(parameters, "to", days),
        kept,
        str(error) if error else "",
        at in ("from", "to"),
    )


def _value(parameters: Parameters, name: str, default: str) -> str:
    values = parameters.get(name) or [default]
    return values[0]


def _date(parameters: Parameters, name: str, days: Days | None) -> str:
    if days is not None:
        return (days.first if name == "from" else days.last).isoformat()
    return _value(parameters, name, "")

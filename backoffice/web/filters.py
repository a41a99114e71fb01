"""The form above each report, and the question in its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.queries.asked import COMPARISONS, SEGMENTS, Asked, AskedError, Days, parse
from analytics.sites import Site
from backoffice.addresses import Address
from backoffice.formats import Format
from backoffice.reports.lists import channel_name

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
    segment_kind: str = ""
    segment: Sequence[tuple[str, str]] = ()
    """The names of the segment, each with the address of a wider one."""
    segment_url: str = ""
    freshness: str = ""
    refresh_url: str = ""


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
    """Return the form for a question, or for parameters that are not valid.

    Hidden fields leave out what was wrong, so that sending the form again helps.
    """
    days = shown.days if shown else None
    at = error.parameter if error else ""
    chosen = shown.currency if shown else _value(parameters, "currency", "")
    known = sorted({*currencies, chosen} if shown else {"", chosen})
    money = [(one, form.currency_name(one) if one else "The shop’s own") for one in known]
    period = _value(parameters, "period", CUSTOM if "from" in parameters else "last_30_days")
    compare = _value(parameters, "compare", "previous")
    comparisons = [(name, _COMPARISONS[name]) for name in COMPARISONS]
    selects = [
        Select("site", "Shop", site, [(one, one) for one in sites], at == "site"),
        Select("period", "Period", period, list(_PERIODS.items()), at == "period"),
        Select("compare", "Compare with", compare, comparisons, at == "compare"),
        Select("currency", "Currency", chosen, money, at == "currency"),
    ]
    kept = [
        (name, one)
        for name in ("metric", "interval", *SEGMENTS)
        for one in parameters.get(name, ())
        if name != at
    ]
    return Filters(
        selects,
        _date(parameters, "from", days),
        _date(parameters, "to", days),
        kept,
        str(error) if error else "",
        at in ("from", "to"),
    )


def segment_path(asked: Asked, names: Sequence[str], address: Address) -> Sequence[tuple[str, str]]:
    """Return the names of the segment; each level of a channel but the last one with its address.

    `names` are those of the shop.
    """
    if asked.segment is None or asked.segment.kind != "channel":
        return [(name, "") for name in names]
    levels = asked.segment.value
    wider = [
        address.deeper(address.report, "channel", *levels[:depth])
        for depth in range(1, len(levels))
    ]
    return list(zip(map(channel_name, names), [*wider, ""], strict=True))


def _value(parameters: Parameters, name: str, default: str) -> str:
    values = parameters.get(name) or [default]
    return values[0]


def _date(parameters: Parameters, name: str, days: Days | None) -> str:
    if days is not None:
        return (days.first if name == "from" else days.last).isoformat()
    return _value(parameters, name, "")

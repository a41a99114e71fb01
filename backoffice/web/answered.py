"""A report with its question, and both as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.figures.figures import Measured
from analytics.queries.asked import Asked
from analytics.refresh import Freshness
from backoffice.addresses import Address
from backoffice.formats import Format
from backoffice.reports.reports import Report
from backoffice.reports.tables import plain


@dataclass(frozen=True)
class Answered:
    """A report with its question."""

    report: Report
    asked: Asked
    address: Address
    form: Format
    freshness: Freshness
    sites: Sequence[str]
    currencies: Sequence[str]
    names: Sequence[str]
    """The names of the segment."""


def as_json(answered: Answered) -> dict[str, Any]:
    """Return the question, the figures and the tables; amounts and rates are numbers."""
    asked = answered.asked
    compared = asked.compare
    return {
        "site": asked.site.site,
        "time_zone": asked.site.timezone,
        "currency": asked.currency,
        "from": asked.days.first.isoformat(),
        "to": asked.days.last.isoformat(),
        "compared_from": compared.first.isoformat() if compared else None,
        "compared_to": compared.last.isoformat() if compared else None,
        "interval": asked.interval,
        "updated_at": _iso(answered.freshness.updated_at),
        "events_behind": answered.freshness.behind,
        "orders_in_other_currencies": dict(answered.report.other_currencies),
        "figures": {n: _figure(one) for n, one in answered.report.figures.items()},
        "tables": {table.name: table.as_json() for table in answered.report.tables},
    }


def _figure(measured: Measured) -> dict[str, Any]:
    answer = {"value": plain(measured.value), "before": plain(measured.before)}
    if measured.series:
        answer["series"] = [
            {"from": span.first.isoformat(), "to": span.last.isoformat(), "value": plain(value)}
            for span, value in measured.series
        ]
    return answer


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

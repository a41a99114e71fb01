"""The pages: parse the question, read the report, answer with a page, JSON or CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import (
    Response,
    abort,
    request,
)
from flask.typing import ResponseReturnValue

from analytics.figures.figures import CARDS, FIGURES, Measured
from analytics.queries.asked import Asked, AskedError
from analytics.queries.currencies import currencies, default_currency
from analytics.refresh import Freshness
from analytics.sites import Site, site_settings
from backoffice.addresses import PATHS, Address
from backoffice.formats import Format
from backoffice.presentation.presentation import Presentation
from backoffice.reading.reader import TooSlowError
from backoffice.reports.lists import channel_name
from backoffice.reports.reports import REPORTS, Report
from backoffice.reports.tables import plain, shown
from backoffice.web.access import Right
from backoffice.web.filters import filters, question
from backoffice.web.office import connect, current, pages, render, requires, unavailable, wants_json
from database.errors import DatabaseUnavailableError


@pages.get("/dashboard", strict_slashes=False)
@requires(Right.READ)
def overview() -> ResponseReturnValue:
    """Show the overview."""
    return _report("overview")


@pages.get("/dashboard/<any(sales, marketing, merchandising, customers, carts):name>")
@pages.get(
    "/dashboard/<any(overview, sales, marketing, merchandising, customers, carts):name>.json"
)
@requires(Right.READ)
def report(name: str) -> ResponseReturnValue:
    """Show another report, or any one as JSON."""
    return _report(name)


@pages.get("/dashboard/<any(sales, marketing, merchandising, customers, carts):name>/<table>.csv")
@requires(Right.READ)
def table_as_csv(name: str, table: str) -> ResponseReturnValue:
    """Return one table of a report as CSV."""
    return _csv(name, table)


@pages.get("/dashboard/<table>.csv")
@requires(Right.READ)
def overview_table_as_csv(table: str) -> ResponseReturnValue:
    """Return one table of the overview as CSV."""
    return _csv("overview", table)


@pages.get("/dashboard/definitions")
@requires(Right.READ)
def definitions() -> ResponseReturnValue:
    """Show what each number means."""
    return render("definitions.html", "Definitions", figures=FIGURES)


@pages.get("/dashboard/<path:_unknown>")
@requires(Right.READ)
def not_found(_unknown: str) -> ResponseReturnValue:
    """Answer 404 with a page; elsewhere, the application answers in the hub's format."""
    abort(404, "There is no such page. The menu leads to all reports.")


class UnknownSiteError(AskedError):
    """The site in the address is not one of this service."""


@dataclass(frozen=True)
class _Answered:
    """A report with its question."""

    report: Report
    asked: Asked
    address: Address
    form: Format
    freshness: Freshness
    sites: Sequence[str]
    currencies: Sequence[str]


def _report(name: str) -> ResponseReturnValue:
    try:
        answered = _answer(name)
    except AskedError as error:
        return _refused(name, error)
    except (TooSlowError, DatabaseUnavailableError) as error:
        return unavailable(error)
    if wants_json():
        return _as_json(answered)
    chosen = request.args.get("metric", CARDS[0])
    present = Presentation(answered.report, answered.asked, answered.address, answered.form)
    form = replace(
        filters(
            answered.sites,
            answered.asked.site.site,
            answered.currencies,
            _parameters(),
            answered.asked,
            answered.form,
        ),
        freshness=_freshness(answered),
        refresh_url=answered.address.url(),
        segment=_segment(answered.asked),
        segment_url=answered.address.without_segment(),
    )
    return render(
        f"{name}.html",
        name.capitalize(),
        address=answered.address,
        filters=form,
        present=present,
        report=answered.report,
        form=answered.form,
        figures=FIGURES,
        shown=shown,
        chosen=chosen,
        connect=connect(answered.asked.site.site),
    )


def _answer(name: str) -> _Answered:
    office = current()
    freshness, sites, now = office.refresh(), list(office.sites()), office.now()
    parameters = _parameters()
    site = request.args.get("site", sites[0] if sites else "")
    if site not in sites and (sites or site):
        raise UnknownSiteError("site", "There is no such shop. Choose another one.")
    if request.args.get("metric", CARDS[0]) not in CARDS:
        raise AskedError("metric", f"Metric is one of {', '.join(CARDS)}.")
    address = Address(name, parameters)

    def read(connection: Any) -> _Answered:
        settings: Site = site_settings(connection, site)
        today = now.astimezone(settings.zone).date()
        default = default_currency(connection, site, settings.currency, today)
        asked = question(settings, default, parameters, now)
        form = Format(office.locale, asked.currency)
        found = REPORTS[name](connection, asked, address, form)
        known = currencies(connection, site)
        return _Answered(found, asked, address, form, freshness, sites, known)

    return office.reader.ask(read)


def _csv(name: str, table: str) -> ResponseReturnValue:
    try:
        answered = _answer(name)
        found = answered.report.table(table)
    except AskedError as error:
        return {"error": str(error)}, _status(error)
    except (TooSlowError, DatabaseUnavailableError) as error:
        return unavailable(error)
    except KeyError:
        abort(404)
    days = answered.asked.days
    file = f"{answered.asked.site.site}-{table}-{days.first}-{days.last}.csv"
    return Response(
        found.as_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _as_json(answered: _Answered) -> ResponseReturnValue:
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


def _refused(name: str, error: AskedError) -> ResponseReturnValue:
    if wants_json():
        return {"error": str(error)}, _status(error)
    office = current()
    sites = list(office.sites())
    site = request.args.get("site", "")
    form = filters(
        sites,
        site if site in sites else (sites[0] if sites else ""),
        (),
        _parameters(),
        None,
        Format(office.locale, "USD"),
        error,
    )
    page = render("refused.html", name.capitalize(), filters=replace(form, refresh_url=PATHS[name]))
    return page, _status(error)


def _status(error: AskedError) -> int:
    return 404 if isinstance(error, UnknownSiteError) else 400


def _parameters() -> Mapping[str, Sequence[str]]:
    return {name: request.args.getlist(name) for name in request.args}


def _freshness(answered: _Answered) -> str:
    zone = answered.form.zone(answered.asked.site.timezone)
    updated = answered.freshness.updated_at
    if updated is None:
        return f"No event received yet · {zone}"
    time_ = answered.form.time(updated.astimezone(answered.asked.site.zone), seconds=True)
    behind = answered.freshness.behind
    late = f", {answered.form.count(behind)} events behind" if behind else ""
    return f"Updated {time_}{late} · {zone}"


def _segment(asked: Asked) -> str:
    if asked.segment is None:
        return ""
    kind, value = asked.segment
    names = map(channel_name, value) if kind == "channel" else value
    return f"{kind}: {' › '.join(names)}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

"""The pages: parse the question, read the report, answer with a page, JSON or CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import (
    Response,
    abort,
    request,
)
from flask.typing import ResponseReturnValue

from analytics.figures.figures import FIGURES, SECTIONS
from analytics.figures.lists import names_of
from analytics.queries.asked import AskedError
from analytics.queries.currencies import currencies, default_currency
from analytics.sites import Site, site_settings
from backoffice.addresses import PATHS, Address
from backoffice.formats import Format
from backoffice.presentation.presentation import Presentation
from backoffice.reading.reader import TooSlowError
from backoffice.reports.reports import REPORTS, cards_of
from backoffice.reports.tables import shown
from backoffice.web.access import Right
from backoffice.web.answered import Answered, as_json
from backoffice.web.filters import filters, question, segment_path
from backoffice.web.office import (
    TOO_SLOW,
    connect,
    current,
    pages,
    render,
    requires,
    unavailable,
    wants_json,
)
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
    return render("definitions.html", "Definitions", sections=SECTIONS)


@pages.get("/dashboard/<path:_unknown>")
@requires(Right.READ)
def not_found(_unknown: str) -> ResponseReturnValue:
    """Answer 404 with a page; elsewhere, the application answers in the hub's format."""
    abort(404, "There is no such page. The menu leads to all reports.")


class UnknownSiteError(AskedError):
    """The site in the address is not one of this service."""


def _report(name: str) -> ResponseReturnValue:
    try:
        answered = _answer(name)
    except AskedError as error:
        return _refused(name, error)
    except TooSlowError as error:
        shorter = AskedError("period", TOO_SLOW)
        return unavailable(error) if wants_json() else _form_again(name, shorter, 503)
    except DatabaseUnavailableError as error:
        return unavailable(error)
    if wants_json():
        return as_json(answered)
    cards = cards_of(answered.asked)
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
        segment_kind=answered.asked.segment.kind if answered.asked.segment else "",
        segment=segment_path(answered.asked, answered.names, answered.address),
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
        card_names=cards,
        chosen=request.args.get("metric", cards[0]),
        connect=connect(answered.asked.site.site),
    )


def _answer(name: str) -> Answered:
    office = current()
    freshness, sites, now = office.refresh(), list(office.sites()), office.now()
    parameters = _parameters()
    site = request.args.get("site", sites[0] if sites else "")
    if site not in sites and (sites or site):
        raise UnknownSiteError("site", "There is no such shop. Choose another one.")
    address, metric = Address(name, parameters), request.args.get("metric")

    def read(connection: Any) -> Answered:
        settings: Site = site_settings(connection, site)
        today = now.astimezone(settings.zone).date()
        default = default_currency(connection, site, settings.currency, today)
        asked = question(settings, default, parameters, now)
        cards = cards_of(asked)
        if metric and metric not in cards:
            raise AskedError("metric", f"Metric is one of {', '.join(cards)}.")
        form = Format(office.locale, asked.currency)
        found = REPORTS[name](connection, asked, address, form)
        known = currencies(connection, site)
        names = names_of(connection, asked)
        return Answered(found, asked, address, form, freshness, sites, known, names)

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


def _refused(name: str, error: AskedError) -> ResponseReturnValue:
    if wants_json():
        return {"error": str(error)}, _status(error)
    return _form_again(name, error, _status(error))


def _form_again(name: str, error: AskedError, status: int) -> ResponseReturnValue:
    """Answer with the form, in which the wrong field is marked."""
    office = current()
    sites = list(office.sites())
    site = request.args.get("site", "")
    form = filters(
        sites,
        site if site in sites else (sites[0] if sites else ""),
        (),
        _parameters(),
        None,
        Format(office.locale, ""),
        error,
    )
    page = render("refused.html", name.capitalize(), filters=replace(form, refresh_url=PATHS[name]))
    return page, status


def _status(error: AskedError) -> int:
    return 404 if isinstance(error, UnknownSiteError) else 400


def _parameters() -> Mapping[str, Sequence[str]]:
    return {name: request.args.getlist(name) for name in request.args}


def _freshness(answered: Answered) -> str:
    zone = answered.form.zone(answered.asked.site.timezone)
    updated = answered.freshness.updated_at
    if updated is None:
        return f"No event received yet · {zone}"
    time_ = answered.form.time(updated.astimezone(answered.asked.site.zone), seconds=True)
    behind = answered.freshness.behind
    late = f", {answered.form.count(behind)} events behind" if behind else ""
    return f"Updated {time_}{late} · {zone}"

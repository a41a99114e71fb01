"""The pages: parse what is asked, read the report, answer as a page, JSON or CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from analytics.figures.figures import CARDS, FIGURES, Measured
from analytics.queries.asked import Asked, AskedError
from analytics.queries.currencies import currencies, default_currency
from analytics.refresh import Freshness
from analytics.sites import Site, site_settings
from backoffice.access import LIFETIME, Passwords, Right, Throttle, is_forged
from backoffice.addresses import PATHS, Address
from backoffice.filters import filters, question
from backoffice.formats import Format
from backoffice.lists import channel_name
from backoffice.presentation import Presentation
from backoffice.reader import Reader, TooSlowError
from backoffice.reports import REPORTS, Report
from backoffice.tables import plain, shown
from database.errors import DatabaseUnavailableError

EXTENSION = "backoffice"
"""Where an application keeps its Backoffice."""

_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}

pages = Blueprint(
    "backoffice",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/dashboard/static",
)


@dataclass(frozen=True)
class Backoffice:
    """What the pages work with."""

    reader: Reader
    passwords: Passwords
    throttle: Throttle
    is_open: bool
    """Whether everybody may see the pages, as in development without passwords."""
    sites: Callable[[], Sequence[str]]
    refresh: Callable[[], Freshness]
    """Count what arrived since, within a bound, and return how fresh the figures are."""
    now: Callable[[], datetime]
    locale: str = "en_GB"

    @property
    def is_hidden(self) -> bool:
        """Tell whether nobody can see the pages, because nobody can sign in."""
        return not self.is_open and not self.passwords.are_set


def current() -> Backoffice:
    """Return the backoffice of the application."""
    found: Backoffice = current_app.extensions[EXTENSION]
    return found


@pages.before_request
def check_request() -> ResponseReturnValue | None:
    """Refuse what another website makes a browser send, and everything if nobody can sign in."""
    if current().is_hidden:
        abort(404)
    if is_forged(request.method, request.headers, request.host):
        abort(403, "This request comes from another website.")
    return None


@pages.after_request
def secure(response: Response) -> Response:
    """Forbid the pages everything that they do not need, and caches to store them."""
    response.headers.update(_SECURITY)
    if request.endpoint != "backoffice.static":
        response.headers["Cache-Control"] = "no-store"
    return response


@pages.errorhandler(HTTPException)
def explain(error: HTTPException) -> ResponseReturnValue:
    """Answer a refused request as a page, or as JSON."""
    text = error.description or error.name
    if current().is_hidden:
        return error.get_response()
    if _wants_json():
        return {"error": text}, error.code or 400
    return _render("problem.html", error.name, text=text), error.code or 400


def requires(right: Right) -> Callable[..., Any]:
    """Return a decorator that asks people to sign in who do not have the right."""

    def decorator(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if current().is_open or _right() >= right:
                return view(*args, **kwargs)
            if _wants_json():
                return {"error": "Sign in first."}, 401
            return redirect(url_for("backoffice.sign_in", next=request.full_path.rstrip("?")))

        return checked

    return decorator


@pages.get("/dashboard/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form."""
    if current().is_open:
        return redirect(url_for("backoffice.overview"))
    return render_template("sign_in.html", title="Sign in", host=request.host, problem="")


@pages.post("/dashboard/sign-in")
def try_to_sign_in() -> ResponseReturnValue:
    """Start a session if the password is right."""
    office, client = current(), request.remote_addr or ""
    problem = "Too many wrong passwords. Wait five minutes and try again."
    status = 429
    if not office.throttle.is_blocked(client):
        if office.passwords.sign_in(
            session, request.form.get("password", ""), office.now().timestamp()
        ):
            session.permanent = True
            return redirect(_own_address(request.args.get("next", "")))
        office.throttle.record_failure(client)
        problem, status = "That password is not right. Check it and try again.", 401
    page = render_template("sign_in.html", title="Sign in", host=request.host, problem=problem)
    return page, status


@pages.post("/dashboard/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for("backoffice.sign_in"))


@pages.get("/dashboard", strict_slashes=False)
@requires(Right.READ)
def overview() -> ResponseReturnValue:
    """Show the overview."""
    return _report("overview")


@pages.get("/dashboard/<any(sales, marketing, merchandising, customers, carts):name>")
@requires(Right.READ)
def report(name: str) -> ResponseReturnValue:
    """Show another report."""
    return _report(name)


@pages.get("/dashboard/<any(sales, marketing, merchandising, customers, carts):name>/<table>.csv")
@requires(Right.READ)
def table_as_csv(name: str, table: str) -> ResponseReturnValue:
    """Answer one table of a report as CSV."""
    return _csv(name, table)


@pages.get("/dashboard/<table>.csv")
@requires(Right.READ)
def overview_table_as_csv(table: str) -> ResponseReturnValue:
    """Answer one table of the overview as CSV."""
    return _csv("overview", table)


@pages.get("/dashboard/definitions")
@requires(Right.READ)
def definitions() -> ResponseReturnValue:
    """Show what each number means."""
    return _render("definitions.html", "Definitions", figures=FIGURES)


@pages.get("/dashboard/<path:_unknown>")
@requires(Right.READ)
def not_found(_unknown: str) -> ResponseReturnValue:
    """Answer 404 as the other pages do; the application itself answers in the hub's form."""
    abort(404, "There is no such page. The menu leads to all reports.")


class UnknownSiteError(AskedError):
    """The site in the address is not one of this service."""


@dataclass(frozen=True)
class _Answered:
    """A report with what it was asked for."""

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
        return _unavailable(error)
    if _wants_json():
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
    return _render(
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
        connect=_connect(answered.asked.site.site),
    )


def _answer(name: str) -> _Answered:
    office = current()
    freshness, sites, now = office.refresh(), list(office.sites()), office.now()
    parameters = _parameters()
    site = request.args.get("site", sites[0] if sites else "")
    if site not in sites and (sites or site):
        raise UnknownSiteError("site", "choose one of the shops of this service.")
    if (metric := request.args.get("metric", CARDS[0])) not in CARDS:
        raise AskedError("metric", f"{metric[:40]!r} is not one of {', '.join(CARDS)}.")
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
        return _unavailable(error)
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
    told = {"value": plain(measured.value), "before": plain(measured.before)}
    if measured.series:
        told["series"] = [
            {"from": span.first.isoformat(), "to": span.last.isoformat(), "value": plain(value)}
            for span, value in measured.series
        ]
    return told


def _refused(name: str, error: AskedError) -> ResponseReturnValue:
    if _wants_json():
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
    page = _render(
        "refused.html", name.capitalize(), filters=replace(form, refresh_url=PATHS[name])
    )
    return page, _status(error)


def _status(error: AskedError) -> int:
    return 404 if isinstance(error, UnknownSiteError) else 400


def _unavailable(error: Exception) -> ResponseReturnValue:
    text = (
        "This took too long. Choose a shorter period."
        if isinstance(error, TooSlowError)
        else "The database cannot be used now. Try again in a moment."
    )
    headers = {"Retry-After": "5"}
    if _wants_json():
        return {"error": text}, 503, headers
    return _render("problem.html", "Not now", text=text), 503, headers


def _render(template: str, title: str, **values: Any) -> str:
    address: Address = values.get("address") or Address("overview", {})
    return render_template(
        template,
        title=title,
        pages=[(name.capitalize(), address.url(name)) for name in PATHS],
        can_sign_out=not current().is_open,
        **values,
    )


def _right() -> Right:
    return current().passwords.right_in(session, current().now().timestamp())


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def _parameters() -> Mapping[str, Sequence[str]]:
    return {name: request.args.getlist(name) for name in request.args}


def _own_address(wanted: str) -> str:
    """Return where to go after signing in: a page of ours, never another host."""
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/dashboard")
    return wanted if is_ours and "\\" not in wanted else url_for("backoffice.overview")


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


def _connect(site: str) -> dict[str, str]:
    base = request.host_url.rstrip("/")
    return {
        "site": site,
        "endpoint": f"{base}/import_order",
        "beacon": f"{base}/jirafe/jirafe_api.js",
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


SESSION = {
    "SESSION_COOKIE_NAME": "jirafe_session",
    "SESSION_COOKIE_PATH": "/dashboard",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": LIFETIME,
}
"""How the session's cookie is set; Secure is added in production."""

"""The command `flask check`."""

from collections.abc import Callable

import click
from flask import current_app
from flask.cli import with_appcontext

from backoffice.web.office import EXTENSION as BACKOFFICE
from backoffice.web.office import Backoffice
from config import SettingError, Settings
from database.errors import DatabaseUnavailableError
from jirafe_api.api import EXTENSION as API
from jirafe_api.api import Api
from jirafe_endpoint.cli.application import current_state, token_of
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.observability.readiness import EXTENSION as READINESS
from jirafe_endpoint.observability.readiness import Readiness


@click.command("check")
@click.option("--site", help="Also check the access token of this site.")
@with_appcontext
def check(site: str | None) -> None:
    """Check whether messages can be delivered. No event is sent.

    With --site, prompts for the site's access token unless the API is hosted here.

    \b
    Example:
      flask check --site my-shop
    """
    settings: Settings = current_app.config["SETTINGS"]
    readiness: Readiness = current_app.extensions[READINESS]
    # The application does not start with an invalid setting.
    verdicts = {"settings": None, "key": _key_problem(settings), **readiness.problems()}
    if site:
        verdicts["token"] = _token_problem(site)
    is_open = not settings.endpoint_key
    fine = {"key": "not set; anyone can send messages"} if is_open else {}
    for name, problem in verdicts.items():
        click.echo(f"{name}: failed: {problem}" if problem else f"{name}: {fine.get(name, 'ok')}")
    if not site:
        click.echo(_sites())
    pages: Backoffice | None = current_app.extensions.get(BACKOFFICE)
    if pages and pages.is_hidden:
        click.echo("dashboard: off; set DASHBOARD_PASSWORD to open it")
    if any(verdicts.values()):
        raise click.exceptions.Exit(1)


def _key_problem(settings: Settings) -> str | None:
    try:
        settings.check_key()
    except SettingError as error:
        return str(error)
    return None


def _sites() -> str:
    """Return a line that says that no site exists, or how to check one."""
    api: Api | None = current_app.extensions.get(API)
    try:
        if api and not api.sites.all():
            return "site: none exists; add one with `flask sites add my-shop`"
    except DatabaseUnavailableError:
        pass  # the state's own line says so
    return "token: not checked; name a site with --site"


def _token_problem(site: str) -> str | None:
    problem_of: Callable[[str, str], str | None] = current_app.extensions[
        "jirafe_endpoint_problem_of"
    ]
    try:
        with current_state(), token_of(site) as token:
            credentials = {"site_id": site, "access_token": token}
            return problem_of(*Message("check", None, {}, credentials).site_and_token())
    except click.ClickException as error:
        return error.message
    except EndpointError as error:
        return error.notifications[0].description

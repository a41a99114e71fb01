"""The commands `flask sites` and `flask events`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup, with_appcontext

from jirafe_api.api import current_api
from jirafe_api.credentials import SITE
from jirafe_api.database import StoreError
from jirafe_api.kinds import STORED
from jirafe_api.wanted import Wanted

sites = AppGroup("sites", help="The sites that may send events to the Jirafe Events API.")


def _well_formed(_ctx: click.Context, _param: click.Parameter, site: str | None) -> str | None:
    if site is not None and not SITE.fullmatch(site):
        raise click.BadParameter("a site is 1 to 64 letters, digits, dashes and underscores")
    return site


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise click.ClickException(str(error)) from error


@sites.command("add")
@click.argument("site", callback=_well_formed)
def add_site(site: str) -> None:
    """Print a new token of SITE, once; the tokens that it has stay valid."""
    with _plain_errors():
        click.echo(current_api().sites.add(site))


@sites.command("list")
def list_sites() -> None:
    """Print each site, when it was given a token, and where it is kept."""
    with _plain_errors():
        for site, created_at in current_api().sites.all():
            source = "database" if created_at else "environment"
            click.echo(f"{site}\t{created_at or '-'}\t{source}")


@sites.command("remove")
@click.argument("site", callback=_well_formed)
def remove_site(site: str) -> None:
    """Make all tokens of SITE invalid; its events stay."""
    known = current_api().sites
    with _plain_errors():
        removed = known.remove(site)
    if removed:
        click.echo(f"Removed {removed} token(s) of site {site}.")
    if site in known.in_environment():
        raise click.ClickException(f"JIRAFE_API_SITES names site {site}: take it out there, too.")
    if not removed:
        raise click.ClickException(f"There is no site {site}.")


@click.command("events")
@click.option("--site", callback=_well_formed, help="Only the events of this site.")
@click.option("--kind", type=click.Choice(STORED), help="Only the events of this kind.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@with_appcontext
def print_events(site: str | None, kind: str | None, limit: int | None) -> None:
    """Print the accepted events as lines of JSON, oldest first."""
    with _plain_errors():
        for stored in current_api().store.events(Wanted(site, kind), limit=limit):
            line = {
                "site": stored.site,
                "kind": stored.kind,
                "id": stored.id,
                "status": stored.status,
                "received_at": stored.received_at,
                "event": stored.event,
            }
            click.echo(json.dumps(line))


commands: list[click.Command] = [sites, print_events]

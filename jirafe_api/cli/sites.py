"""The command `flask sites`."""

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed

sites = AppGroup("sites", help="The sites that may send events to the Jirafe Events API.")


@sites.command("add")
@click.argument("site", callback=well_formed)
def add_site(site: str) -> None:
    """Print a new token of SITE, once; the tokens that it has stay valid."""
    with plain_errors():
        click.echo(current_api().sites.add(site))


@sites.command("list")
def list_sites() -> None:
    """Print each site, when it was given a token, and where it is kept."""
    with plain_errors():
        for token in current_api().sites.all():
            source = "database" if token.created_at else "environment"
            click.echo(f"{token.site}\t{token.created_at or '-'}\t{source}")


@sites.command("remove")
@click.argument("site", callback=well_formed)
def remove_site(site: str) -> None:
    """Make all tokens of SITE invalid; its events stay."""
    known = current_api().sites
    with plain_errors():
        removed = known.remove(site)
    if removed:
        click.echo(f"Removed {removed} token(s) of site {site}.")
    if site in known.in_environment():
        raise click.ClickException(f"JIRAFE_API_SITES names site {site}: take it out there, too.")
    if not removed:
        raise click.ClickException(f"There is no site {site}.")

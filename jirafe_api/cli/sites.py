"""The command `flask sites`."""

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed
from jirafe_api.storage.sites import READ, SCOPES, WRITE

sites = AppGroup("sites", help="The sites of the Jirafe Events API, and their tokens.")

_NEXT_STEP = """
The token is not shown again. The next step is one of these:
- in the hub, set jirafe.site_id to {site} and jirafe.access_token to the token, and post orders to
  /import_order at the address of this service, whose start page lists the other paths;
- in another client, send it as `Authorization: Bearer TOKEN` to /jirafe/v2/{site}/… of this
  service, or to /v2/{site}/… if the API runs alone."""


@sites.command("add")
@click.argument("site", callback=well_formed)
@click.option("--label", default="", help="Who uses the token, such as hub or warehouse.")
@click.option(
    "--scope",
    type=click.Choice([READ, WRITE]),
    help="What the token may do. Default: both.",
)
def add_site(site: str, label: str, scope: str | None) -> None:
    """Add a token for SITE. Existing tokens stay valid.

    Example: flask sites add my-shop --label hub --scope write
    """
    with plain_errors():
        token = current_api().sites.add(site, label, {scope} if scope else SCOPES)
    click.echo(f"site\t{site}\ntoken\t{token}")
    click.echo(_NEXT_STEP.format(site=site), err=True)


@sites.command("list")
def list_sites() -> None:
    """List the tokens: id, site, scopes, time of creation, label.

    Example: flask sites list
    """
    with plain_errors():
        for token in current_api().sites.all():
            scopes = ",".join(sorted(token.scopes))
            number, date = token.id or "-", token.created_at or "JIRAFE_API_SITES"
            click.echo(f"{number}\t{token.site}\t{scopes}\t{date}\t{token.label or '-'}")


@sites.command("rotate")
@click.argument("token_id", metavar="ID", type=int)
def rotate_token(token_id: int) -> None:
    """Replace the token with this ID from `flask sites list`; the old one becomes invalid.

    Example: flask sites rotate 3
    """
    with plain_errors():
        token = current_api().sites.rotate(token_id)
    if token is None:
        raise click.ClickException(f"There is no token {token_id}; see `flask sites list`.")
    click.echo(f"token\t{token}")


@sites.command("revoke")
@click.argument("token_id", metavar="ID", type=int)
def revoke_token(token_id: int) -> None:
    """Revoke the token with this ID; other tokens of its site stay valid.

    Example: flask sites revoke 3
    """
    with plain_errors():
        is_revoked = current_api().sites.revoke(token_id)
    if not is_revoked:
        raise click.ClickException(f"There is no token {token_id}; see `flask sites list`.")
    click.echo(f"Revoked token {token_id}.")


@sites.command("remove")
@click.argument("site", callback=well_formed)
def remove_site(site: str) -> None:
    """Revoke all tokens of SITE; its events stay.

    Example: flask sites remove my-shop
    """
    known = current_api().sites
    with plain_errors():
        removed = known.remove(site)
    if removed:
        click.echo(f"Removed {removed} token(s) of site {site}.")
    if site in known.in_environment():
        raise click.ClickException(f"JIRAFE_API_SITES names site {site}: remove it there as well.")
    if not removed:
        raise click.ClickException(f"There is no site {site}.")


@sites.command("purge")
@click.argument("site", callback=well_formed)
@click.confirmation_option(prompt="Delete everything about this site permanently?")
def purge_site(site: str) -> None:
    """Delete everything about SITE: its events, tokens, figures and messages.

    Prints the number of rows deleted from each table.

    Example: flask sites purge my-shop --yes
    """
    store = current_api().store
    with plain_errors():
        for what, count in store.purge(site).items():
            click.echo(f"{what}\t{count}")
        store.wipe_log()

"""The command `flask customers`."""

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed
from jirafe_api.storage.personal_data import Person

customers = AppGroup("customers", help="Those who bought.")


@customers.command("forget")
@click.option("--site", required=True, callback=well_formed, help="The site they bought at.")
@click.option("--id", "customer_id", help="The id that the events have of them.")
@click.option("--email", help="Their e-mail address, in any case.")
@click.option("--dry-run", is_flag=True, help="Only tell how much that would be.")
def forget_customer(
    site: str, customer_id: str | None, email: str | None, *, dry_run: bool
) -> None:
    """Make a customer's carts and orders anonymous, and delete what else is theirs."""
    if bool(customer_id) == bool(email):
        raise click.UsageError("Give either --id or --email.")
    person = Person({customer_id} if customer_id else set(), {email.lower()} if email else set())
    store = current_api().store
    with plain_errors():
        forgotten = store.forget(site, person, dry_run=dry_run)
        if not forgotten.is_known:
            raise click.ClickException(f"Site {site} has no event about this customer.")
        for what, count in forgotten.counts().items():
            click.echo(f"{what}\t{count}")
        if not dry_run:
            store.wipe_log()

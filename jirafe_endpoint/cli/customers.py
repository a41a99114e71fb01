"""The command `flask customers`, for the endpoint's state and the events of the hosted API."""

import click
from flask import current_app
from flask.cli import AppGroup

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.cli.hosted_api import EXTENSION as HOSTED
from jirafe_endpoint.cli.hosted_api import Hosted
from jirafe_endpoint.state import EXTENSION, Store
from jirafe_endpoint.state.forgetting import Customer, forget

customers = AppGroup("customers", help="Those who bought.")


@customers.command("forget")
@click.option("--site", required=True, help="The site they bought at.")
@click.option("--id", "customer_id", help="The id that the events have of them.")
@click.option("--email", help="Their e-mail address, in any case.")
@click.option("--dry-run", is_flag=True, help="Only tell how much that would be.")
def forget_customer(
    site: str, customer_id: str | None, email: str | None, *, dry_run: bool
) -> None:
    """Make a customer's carts and orders anonymous, and forget what else is theirs."""
    if bool(customer_id) == bool(email):
        raise click.UsageError("Give either --id or --email.")
    names = [customer_id] if customer_id else []
    emails = [email.lower()] if email else []
    customer = Customer(site, [*names, *emails], emails, ())
    store: Store = current_app.extensions[EXTENSION]
    try:
        for what, count in _forget(store, customer, only_tell=dry_run).items():
            click.echo(f"{what}\t{count}")
        if not dry_run:
            store.database.wipe_log()  # the hosted API's, too, which is in the same database
    except DatabaseUnavailableError as error:
        raise click.ClickException(str(error)) from error


def _forget(store: Store, customer: Customer, *, only_tell: bool) -> dict[str, int]:
    """Forget the customer everywhere, last where the others are found by: one may try again."""
    hosted: Hosted | None = current_app.extensions.get(HOSTED)
    if hosted is None:
        return forget(store.database, customer, only_tell=only_tell)
    told = forget(store.database, hosted.find(customer), only_tell=only_tell)
    return hosted.forget(customer, only_tell=only_tell) | told

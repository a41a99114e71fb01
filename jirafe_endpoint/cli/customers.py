"""The command `flask customers`, for the endpoint's state and the events of the hosted API."""

from collections.abc import Collection

import click
from flask import current_app
from flask.cli import AppGroup

from jirafe_api.cli.customers import export_customer
from jirafe_endpoint.cli.application import current_state
from jirafe_endpoint.cli.hosted_api import EXTENSION as HOSTED
from jirafe_endpoint.cli.hosted_api import Hosted
from jirafe_endpoint.shops import EXTENSION as SHOPS
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.state import State
from jirafe_endpoint.state.forgetting import Customer, forget

customers = AppGroup("customers", help="Personal data of customers.")
customers.add_command(export_customer)


@customers.command("forget")
@click.option("--site", required=True, help="The customer's site.")
@click.option("--id", "customer_id", help="The customer's id in the events.")
@click.option("--email", help="The customer's e-mail address; case does not matter.")
@click.option("--dry-run", is_flag=True, help="Only print how many rows would change.")
def forget_customer(
    site: str, customer_id: str | None, email: str | None, *, dry_run: bool
) -> None:
    """Anonymize a customer's carts and orders, and delete all other data about them.

    Prints the number of rows changed or deleted in each table.

    \b
    Examples:
      flask customers forget --site my-shop --email ann@example.com --dry-run
      flask customers forget --site my-shop --id 42
    """
    if bool(customer_id) == bool(email):
        raise click.UsageError("Give either --id or --email.")
    emails = [email.strip().lower()] if email else []
    ids = [customer_id] if customer_id else emails  # a guest's id is the address
    with current_state() as state:
        counts = _forget(state, Customer(site, ids, emails), dry_run=dry_run)
        for what, count in counts.items():
            click.echo(f"{what}\t{count}")
        if not dry_run:
            state.database.wipe_log()  # the hosted API uses the same database
    if HOSTED not in current_app.extensions:
        click.echo(
            "The events at JIRAFE_API_URL were not changed: this service cannot reach them. "
            "Ask the operator of that API to forget the customer as well.",
            err=True,
        )
    _check_inbox(site, emails)
    if not any(counts.values()):
        raise click.ClickException(f"Nothing is known about this customer at site {site}.")


def _check_inbox(site: str, emails: Collection[str]) -> None:
    """Raise an error if waiting webhooks would bring the customer back."""
    shops: Shops | None = current_app.extensions.get(SHOPS)
    with current_state():
        waiting = shops.inbox.mentions(site, emails) if shops else 0
    if waiting:
        raise click.ClickException(
            f"{waiting} webhook(s) waiting in the inbox mention this customer: run this again once "
            "they are processed."
        )


def _forget(state: State, customer: Customer, *, dry_run: bool) -> dict[str, int]:
    """Forget the customer everywhere.

    The hosted API comes last because its events lead to the rest: if something fails, the command
    can be run again.
    """
    hosted: Hosted | None = current_app.extensions.get(HOSTED)
    if hosted is None:
        return forget(state.database, customer, dry_run=dry_run)
    counts = forget(state.database, hosted.find(customer), dry_run=dry_run)
    return hosted.forget(customer, dry_run=dry_run) | counts

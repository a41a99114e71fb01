"""The command `flask customers`."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed
from jirafe_api.export.files import replacing
from jirafe_api.storage.personal_data import Person

customers = AppGroup("customers", help="Personal data of customers.")

_site = click.option("--site", required=True, callback=well_formed, help="The site.")
_id = click.option("--id", "customer_id", help="The customer's id in the events.")
_email = click.option("--email", help="The customer's e-mail address; case does not matter.")


def _person(customer_id: str | None, email: str | None) -> Person:
    if bool(customer_id) == bool(email):
        raise click.UsageError("Give either --id or --email.")
    return Person({customer_id} if customer_id else set(), {email.lower()} if email else set())


@customers.command("forget")
@_site
@_id
@_email
@click.option("--dry-run", is_flag=True, help="Only print how many rows would change.")
def forget_customer(
    site: str, customer_id: str | None, email: str | None, *, dry_run: bool
) -> None:
    """Anonymize a customer's carts and orders, and delete all other events about them.

    Example: flask customers forget --site my-shop --email ann@example.com --dry-run
    """
    person = _person(customer_id, email)
    store = current_api().store
    with plain_errors():
        forgotten = store.forget(site, person, dry_run=dry_run)
        if not forgotten.is_known:
            raise click.ClickException(f"Site {site} has no event about this customer.")
        for what, count in forgotten.counts().items():
            click.echo(f"{what}\t{count}")
        if not dry_run:
            store.wipe_log()


@customers.command("export")
@_site
@_id
@_email
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write or replace; only you can read it.",
)
def export_customer(site: str, customer_id: str | None, email: str | None, output: Path) -> None:
    """Write all events about a customer to a file, as lines of JSON, oldest first.

    Example: flask customers export --site my-shop --email ann@example.com --output ann.jsonl
    """
    person = _person(customer_id, email)
    with plain_errors():
        events = current_api().store.events_about(site, person)
        if not events:
            raise click.ClickException(f"Site {site} has no event about this customer.")
        with replacing(output) as file:
            file.writelines(json.dumps(event.as_dict()).encode() + b"\n" for event in events)
    click.echo(f"Exported {len(events)} events to {output}.")

"""The command `flask migrate`, for the API served alone."""

import click
from flask.cli import with_appcontext

from database.migrations import upgrade
from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database's schema up to date."""
    with plain_errors(), current_api().store.database.exclusive() as connection:
        upgrade(connection)
    click.echo("The database's schema is up to date.")

"""The commands `flask migrate` and `flask prune`."""

from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from config import parsers
from database.migrations import upgrade
from jirafe_endpoint.cli.application import current_state
from jirafe_endpoint.cli.hosted_api import EXTENSION as HOSTED
from jirafe_endpoint.cli.hosted_api import Hosted
from jirafe_endpoint.state.retention import prune


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database's schema up to date.

    \b
    Example:
      flask migrate
    """
    with current_state() as state, state.database.exclusive() as connection:
        upgrade(connection)
    click.echo("The database's schema is up to date.")


@click.command("prune")
@click.option("--days", type=click.IntRange(1, parsers.MOST_DAYS), help="Default: RETENTION_DAYS.")
@with_appcontext
def prune_old(days: int | None) -> None:
    """Delete old data, and print how many rows were deleted.

    Deletes answered messages, last sent states of carts and orders, and dead letters that are older
    than --days. In the hosted API, deletes browser events and replaced states that are older than
    EVENTS_RETENTION_DAYS.

    \b
    Example:
      flask prune --days 30
    """
    hosted: Hosted | None = current_app.extensions.get(HOSTED)
    with current_state() as state:
        age = timedelta(days=days or current_app.config["SETTINGS"].retention_days)
        pruned = prune(state.database, state.clock() - age) | (hosted.prune() if hosted else {})
    for table, count in pruned.items():
        click.echo(f"{table}\t{count}")

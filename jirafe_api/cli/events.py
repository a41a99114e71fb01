"""The commands `flask events list`, `export` and `prune`."""

import json

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed
from jirafe_api.kinds import STORED
from jirafe_api.wanted import Wanted

events = AppGroup("events", help="The events that the Jirafe Events API accepted.")


@events.command("list")
@click.option("--site", callback=well_formed, help="Only the events of this site.")
@click.option("--kind", type=click.Choice(STORED), help="Only the events of this kind.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
def list_events(site: str | None, kind: str | None, limit: int | None) -> None:
    """Print the accepted events as lines of JSON, oldest first."""
    with plain_errors():
        for stored in current_api().store.events(Wanted(site, kind), limit=limit):
            click.echo(json.dumps(stored.as_dict()))


@events.command("prune")
@click.option(
    "--days",
    type=click.IntRange(1, 99_999),
    help="EVENTS_RETENTION_DAYS where it is not given.",
)
def prune_old(days: int | None) -> None:
    """Delete the events that came in more than --days ago."""
    api = current_api()
    with plain_errors():
        pruned = api.store.prune(days or api.events_retention_days)
    click.echo(f"jirafe_events\t{pruned}")

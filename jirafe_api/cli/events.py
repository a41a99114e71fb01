"""The command `flask events`."""

import json
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from jirafe_api.api import current_api
from jirafe_api.cli.options import plain_errors, well_formed
from jirafe_api.contract.kinds import STORED
from jirafe_api.export.columns import ORDER_ITEMS
from jirafe_api.export.files import replacing
from jirafe_api.export.formats import FORMATS, Counted
from jirafe_api.export.selection import Selection
from jirafe_api.storage.events import EventFilter
from jirafe_api.times import moment, stamp

events = AppGroup("events", help="The events that the Jirafe Events API accepted.")


def _time(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    try:
        return None if text is None else stamp(moment(text))
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not an ISO 8601 time such as 2026-01-31T12:00:00Z"
        ) from None


@events.command("list")
@click.option("--site", callback=well_formed, help="Only events of this site.")
@click.option("--kind", type=click.Choice(STORED), help="Only events of this kind.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many.")
def list_events(site: str | None, kind: str | None, limit: int | None) -> None:
    """Print events as lines of JSON, oldest first.

    Example: flask events list --site my-shop --kind order --limit 10
    """
    with plain_errors():
        for stored in current_api().store.events(EventFilter(site, kind), limit=limit):
            click.echo(json.dumps(stored.as_dict()))


@events.command("export")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    help="The file to write or replace, which only you can read; - for standard output.",
)
@click.option("--site", callback=well_formed, help="Only events of this site.")
@click.option(
    "--kind",
    type=click.Choice((*STORED, ORDER_ITEMS)),
    help="Only events of this kind, or the items of orders; CSV and Parquet need it.",
)
@click.option("--latest", "is_latest", is_flag=True, help="Only the latest state of each id.")
@click.option("--since", callback=_time, help="Only orders and changes dated from this ISO time.")
@click.option("--until", callback=_time, help="Only orders and changes dated before this time.")
@click.option(
    "--received",
    "is_received",
    is_flag=True,
    help="Apply --since and --until to the time of receipt.",
)
def export_events(form: str, output: Path, **options: Any) -> None:
    """Write events to a file, oldest first; latest states and items are sorted by id.

    \b
    Examples:
      flask events export --site my-shop --kind order --latest --format csv --output orders.csv
      flask events export --site my-shop --kind order_items --format parquet --output items.parquet
      flask events export --format jsonl --output - | head
    """
    chosen = Selection(**options)
    if (chosen.is_latest or chosen.kind == ORDER_ITEMS) and not (chosen.site and chosen.kind):
        raise click.UsageError("Latest states and items need --site and --kind.")
    is_piped = str(output) == "-"
    if not is_piped and output.exists() and not output.is_file():
        raise click.BadParameter(f"{output} is not a file.", param_hint="--output")
    store = current_api().store
    is_watched = sys.stderr.isatty() and not is_piped
    with (
        plain_errors(),
        nullcontext(sys.stdout.buffer) if is_piped else replacing(output) as file,
        closing(chosen.rows(store)) as found,
        click.progressbar(
            found,
            length=store.count(chosen.filter()) if is_watched else None,
            file=sys.stderr,
            hidden=not is_watched,
        ) as shown,
    ):
        counted = Counted(shown)
        FORMATS[form](file, chosen.kind, counted)
        file.flush()
    what = "items" if chosen.kind == ORDER_ITEMS else "events"
    place = "standard output" if is_piped else output
    click.echo(f"Exported {counted.count} {what} to {place}.", err=is_piped)


@events.command("prune")
@click.option(
    "--days",
    type=click.IntRange(1, 99_999),
    help="Default: EVENTS_RETENTION_DAYS.",
)
def prune_old(days: int | None) -> None:
    """Delete browser events and replaced states received more than --days ago.

    Example: flask events prune --days 400
    """
    api = current_api()
    with plain_errors():
        pruned = api.store.prune(days or api.events_retention_days)
    for what, count in pruned.counts().items():
        click.echo(f"{what}\t{count}")

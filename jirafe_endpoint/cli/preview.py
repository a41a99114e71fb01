"""The command `flask preview`."""

import json
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from jirafe_endpoint.delivery.preview import EXTENSION as PREVIEW
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.services import ANY, SERVICES, read


@click.command("preview")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--service",
    type=click.Choice(list(SERVICES)),
    help="The service that would receive it. Default: the root path.",
)
@with_appcontext
@click.pass_context
def preview_message(context: click.Context, file: BinaryIO, service: str | None) -> None:
    """Print the events that the message in FILE would become. Nothing is sent.

    FILE can be - for standard input.

    \b
    Examples:
      flask preview fixtures/order_new.json
      flask preview --service add_order fixtures/add_order.json
    """
    taken = SERVICES[service] if service else ANY
    preview: Preview = current_app.extensions[PREVIEW]
    try:
        message = read(taken, envelopes.parsed(file.read()))
    except EndpointError as error:
        problems = "; ".join(note.description for note in error.notifications)
        raise click.ClickException(problems) from error
    shown = preview.of(message, taken)
    click.echo(json.dumps(shown.as_dict(), indent=2, ensure_ascii=False))
    if any(note.level == "error" for note in shown.notifications):
        context.exit(1)

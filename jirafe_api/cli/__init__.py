"""The commands `flask sites`, `flask events` and `flask customers`."""

import click
from flask.cli import ScriptInfo

from jirafe_api.cli.customers import customers
from jirafe_api.cli.events import events
from jirafe_api.cli.sites import sites

commands: list[click.Command] = [sites, events, customers]


def is_to_serve() -> bool:
    """Return whether the application serves requests, instead of running a `flask` command."""
    context = click.get_current_context(silent=True)
    is_command = context and context.find_object(ScriptInfo) and context.info_name != "run"
    return not is_command

"""The commands `flask sites`, `flask events` and `flask customers`."""

import click

from jirafe_api.cli.customers import customers
from jirafe_api.cli.events import events
from jirafe_api.cli.sites import sites

commands: list[click.Command] = [sites, events, customers]

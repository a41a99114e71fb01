"""The commands of the endpoint, for `flask`."""

import click

from jirafe_endpoint.cli import shops
from jirafe_endpoint.cli.check import check
from jirafe_endpoint.cli.customers import customers
from jirafe_endpoint.cli.dead_letters import dead_letters
from jirafe_endpoint.cli.maintenance import migrate, prune_old
from jirafe_endpoint.cli.preview import preview_message

commands: list[click.Command] = [
    migrate,
    check,
    dead_letters,
    prune_old,
    preview_message,
    customers,
    *shops.commands,
]

"""The commands of the endpoint, for `flask`."""

import click

from jirafe_endpoint.cli.check import check
from jirafe_endpoint.cli.customers import customers
from jirafe_endpoint.cli.dead_letters import dead_letters
from jirafe_endpoint.cli.import_file import import_
from jirafe_endpoint.cli.maintenance import migrate, prune_old
from jirafe_endpoint.cli.preview import preview_message
from jirafe_endpoint.cli.shop_history import check_shop, import_shop, sync_shop
from jirafe_endpoint.cli.shops import shop
from jirafe_endpoint.cli.worker import work

for command in (import_shop, sync_shop, check_shop):
    shop.add_command(command)

commands: list[click.Command] = [
    migrate,
    check,
    dead_letters,
    prune_old,
    preview_message,
    customers,
    shop,
    import_,
    work,
]

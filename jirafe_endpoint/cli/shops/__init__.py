"""The commands for connected shops: `flask shop`, `flask import` and `flask worker`."""

import click

from jirafe_endpoint.cli.shops.connections import shop
from jirafe_endpoint.cli.shops.files import import_
from jirafe_endpoint.cli.shops.history import check_shop, import_shop, sync_shop
from jirafe_endpoint.cli.shops.worker import work

for command in (import_shop, sync_shop, check_shop):
    shop.add_command(command)

commands: list[click.Command] = [shop, import_, work]

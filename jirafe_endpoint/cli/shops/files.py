"""The command `flask import orders`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click
from flask.cli import AppGroup

from jirafe_endpoint.cli.application import finish_progress, show_progress, token_of
from jirafe_endpoint.cli.shops.connections import current_shops
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.history.files import Lines, send_lines

_MOST_PROBLEMS = 20  # printed

import_ = AppGroup("import", help="Import orders from files.")


@import_.command("orders")
@click.argument("file", type=click.File("rb"))
@click.option("--site", required=True, help="The site to send the events for.")
def import_orders(file: BinaryIO, site: str) -> None:
    """Send the orders in FILE, with one hub message or order per line, as JSON.

    Orders can have the form of any supported shop API or hub connector. Lines that cannot be read
    are reported, and the others are sent. After an interruption, run it again: nothing is sent
    twice. FILE can be - for standard input.

    \b
    Examples:
      flask import orders --site my-shop orders.jsonl
      zcat orders.jsonl.gz | flask import orders --site my-shop -
    """
    done = Lines()
    with current_shops() as shops, _shop(shops, site) as shop:
        try:
            for done in send_lines(file, shops.sender(shop)):
                show_progress(f"{done.read} lines read", _share(file, done.bytes))
        except EndpointError as error:
            where = f"Interrupted after {done.read} lines"
            raise click.ClickException(f"{where}: {error.why} Run it again.") from error
    finish_progress()
    _report(site, done)


@contextmanager
def _shop(shops: Shops, site: str) -> Iterator[ConnectedShop]:
    """Yield the site's connected shop, or one with only the site and its token."""
    connected = shops.connections.get(site)
    if connected:
        yield connected
        return
    with token_of(site) as token:
        yield ConnectedShop(site, "", token)


def _share(file: BinaryIO, done: int) -> float:
    try:
        size = os.fstat(file.fileno()).st_size
    except OSError:
        size = 0
    return done / size if size else 0.0


def _report(site: str, done: Lines) -> None:
    for number, problem in list(done.problems.items())[:_MOST_PROBLEMS]:
        click.echo(f"line {number}: {problem}", err=True)
    if len(done.problems) > _MOST_PROBLEMS:
        click.echo(f"… and {len(done.problems) - _MOST_PROBLEMS} more", err=True)
    counts = done.outcomes
    names = ("sent", "repeated", "left_out", "refused")
    click.echo("\t".join(["read", *names, "unreadable"]))
    columns = [done.read, *(counts[name] for name in names), len(done.problems)]
    click.echo("\t".join(map(str, columns)))
    if counts["refused"]:
        click.echo(f"To see why: flask dead-letters list --site {site}", err=True)
    if done.problems or counts["refused"]:
        raise click.exceptions.Exit(1)

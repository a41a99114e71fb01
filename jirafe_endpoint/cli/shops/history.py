"""The commands `flask shop import`, `sync` and `check`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import click
from flask import current_app
from flask.cli import with_appcontext

from jirafe_endpoint.cli.application import finish_progress, show_progress
from jirafe_endpoint.cli.shops.connections import current_shops, site_argument
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.shops.api_pool import open_api
from jirafe_endpoint.shops.connections import ConnectedShop, UnknownShopError
from jirafe_endpoint.shops.history.comparison import Comparison, compare
from jirafe_endpoint.shops.history.imports import Import
from jirafe_endpoint.shops.history.reading import GENTLY, LISTS, run
from spree.api.errors import CredentialError, ShopError
from spree.api.shop import Shop

_SENT = ("sent", "repeated", "left_out", "refused")

_since = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="In UTC."
)


@click.command("import")
@site_argument
@_since
@click.option("--background", is_flag=True, help="Leave it to the service, and return at once.")
@with_appcontext
def import_shop(site: str, since: datetime | None, *, background: bool) -> None:
    """Read everything from the shop of SITE and send it with its original dates.

    You can interrupt it at any time and run it again to continue. With --since, only orders that
    changed since then are read. At the end, prints the results for each list and compares the
    sales per month with the shop's own. With --background, the service's own processes and workers
    read the shop, and log the results.

    \b
    Examples:
      flask shop import my-shop
      flask shop import my-shop --since 2026-01-01
      flask shop import my-shop --background
    """
    begin = since.replace(tzinfo=UTC) if since else None
    with current_shops() as shops, _advice():
        connected, api = _opened(shops, site)
        if background:
            _leave_to_service(shops, site, begin)
            return
        done = _import_all(shops, connected, api, begin)
        _report(done)
        if begin is None:
            _compare_sales(api, done[-1])


@click.command("sync")
@site_argument
@with_appcontext
def sync_shop(site: str) -> None:
    """Send everything that changed in the shop of SITE since the last import or sync.

    It finds orders whose webhooks got lost. The service does this by itself every
    SHOP_SYNC_MINUTES.

    \b
    Example:
      flask shop sync my-shop
    """
    with current_shops() as shops, _advice():
        connected, api = _opened(shops, site)
        begin = shops.imports.next_since(site, "orders")
        _report(_import_all(shops, connected, api, begin))


@click.command("check")
@site_argument
@_since
@with_appcontext
def check_shop(site: str, since: datetime | None) -> None:
    """Compare the orders of the shop of SITE with what was sent, and list those that differ.

    For each day with a difference, it then prints the number of orders and their total in the shop,
    and the same as sent. Without --since, it compares the orders that changed in the last
    RETENTION_DAYS days, because the service remembers what it sent for that long. Exits with 1 if
    anything differs. To send what is missing, run `flask shop sync`.

    \b
    Example:
      flask shop check my-shop --since 2026-11-01
    """
    with current_shops() as shops, _advice():
        remembered = shops.clock() - timedelta(days=current_app.config["SETTINGS"].retention_days)
        begin = since.replace(tzinfo=UTC) if since else remembered
        if begin < remembered:
            click.echo(
                f"Orders sent before {remembered:%Y-%m-%d} may be reported as not sent, because "
                "the service no longer remembers them.",
                err=True,
            )
        _, api = _opened(shops, site)
        compared = compare(api, shops.recall, site, begin)
    for number, problem in compared.problems.items():
        click.echo(f"{number}\t{problem}")
    _show_days(compared)
    click.echo(f"{compared.orders} orders compared, {len(compared.problems)} differ.", err=True)
    if compared.problems:
        raise click.exceptions.Exit(1)


def _show_days(compared: Comparison) -> None:
    different = {key: day for key, day in sorted(compared.days.items()) if day.differs}
    if different:
        click.echo("\t".join(["day", "currency", "orders", "total", "sent", "sent total"]))
    for key, day in different.items():
        columns = [*key, day.orders, day.total, day.sent, day.sent_total]
        click.echo("\t".join(map(str, columns)))


@contextmanager
def _advice() -> Iterator[None]:
    """Say in the error for a refused credential what happens next."""
    try:
        yield
    except CredentialError as error:
        raise ShopError(
            f"{error} Connect the shop again with a valid one. Until then, webhooks are sent as "
            "they are, and those that need the API wait."
        ) from error


def _opened(shops: Shops, site: str) -> tuple[ConnectedShop, Shop]:
    connected = shops.connections.get(site)
    if connected is None:
        raise UnknownShopError(f"No shop is connected for site {site}.")
    if not connected.kind:
        raise ShopError(f"The shop of site {site} was connected with --webhooks-only.")
    return connected, open_api(connected, GENTLY)


def _leave_to_service(shops: Shops, site: str, since: datetime | None) -> None:
    if not shops.sync_interval:
        raise click.ClickException("SHOP_SYNC_MINUTES is 0: the service reads no shops.")
    turn = shops.imports.take_turn(site)
    for name in LISTS:
        shops.imports.begin(turn, name, since if name == "orders" else None)
    shops.imports.give_back(turn)
    click.echo("The service begins within a minute.", err=True)


def _import_all(
    shops: Shops, connected: ConnectedShop, api: Shop, since: datetime | None
) -> list[Import]:
    """Import all lists, and return the finished imports.

    If this is interrupted, a worker of the service continues after a while.
    """
    turn = shops.imports.take_turn(connected.site)
    begun = partial(shops.imports.begin, turn)
    done = [
        _import(shops, connected, api, begun(name, since if name == "orders" else None))
        for name in LISTS
    ]
    shops.imports.give_back(turn)
    return done


def _import(shops: Shops, connected: ConnectedShop, api: Shop, begun: Import) -> Import:
    done = begun
    try:
        for done in run(api, shops.imports, begun, shops.sender(connected)):
            read = done.report.outcomes.total()
            share = read / (read + done.left) if read else 1.0
            show_progress(f"{done.list}: {read} read", share)
    except EndpointError as error:
        raise click.ClickException(f"Interrupted: {error.why} Run it again to continue.") from error
    finish_progress()
    return done


def _report(done: list[Import]) -> None:
    click.echo("\t".join(["list", "read", *_SENT]))
    for finished in done:
        counts = finished.report.outcomes
        columns = [finished.list, counts.total(), *(counts[outcome] for outcome in _SENT)]
        click.echo("\t".join(map(str, columns)))


def _compare_sales(api: Shop, orders: Import) -> None:
    """Print the sales per month as read, beside the shop's own figures."""
    click.echo("\t".join(["month", "currency", "orders", "total", "shop's own total"]))
    for (month, currency), sales in sorted(orders.report.sales.items()):
        start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        own = api.sales(start, end).get(currency)
        columns = [month, currency, sales.orders, sales.total, own.total if own else 0]
        click.echo("\t".join(map(str, columns)))

"""The commands `flask shop …` that connect shops."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click
import requests
from flask import current_app
from flask.cli import AppGroup

from config.parsers import SITE
from jirafe_endpoint.cli.application import current_state
from jirafe_endpoint.cli.hosted_api import EXTENSION as HOSTED
from jirafe_endpoint.cli.hosted_api import Hosted
from jirafe_endpoint.shops import EXTENSION, Shops
from jirafe_endpoint.shops.api_pool import LIMITS, open_api
from jirafe_endpoint.shops.connections import ConnectedShop, SecretKeyError, UnknownShopError
from jirafe_endpoint.shops.history.imports import TakenOverError
from spree.api.connection import Connection
from spree.api.errors import ShopError
from spree.api.kinds import KINDS, offered_kinds

shop = AppGroup("shop", help="Connected shops, their webhooks and their APIs.")
secret = AppGroup("secret", help="The secrets that sign a shop's webhooks.")
shop.add_command(secret)

_NEXT_STEP = """
The shop can be read. Next, set its webhook URL to /spree/{site} of this service, and add the secret
that it shows with `flask shop secret add {site}`."""


@contextmanager
def current_shops() -> Iterator[Shops]:
    """Yield the application's shops; turn errors into one-line errors."""
    with current_state():
        try:
            yield current_app.extensions[EXTENSION]
        except (ShopError, SecretKeyError, UnknownShopError, TakenOverError) as error:
            raise click.ClickException(str(error)) from error


def _site(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not SITE.fullmatch(value):
        raise click.BadParameter("use 1 to 64 letters, digits, - and _")
    return value


site_argument = click.argument("site", callback=_site)


@shop.command("connect")
@site_argument
@click.argument("url")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Default: detected.")
@click.option("--webhooks-only", is_flag=True, help="Do not use the shop's API.")
@click.option("--categories", metavar="ID", help="The taxonomy of the shop's categories.")
@click.option("--brands", metavar="ID", help="The taxonomy of the shop's brands.")
@click.option("--currency", help="The currency of orders that have none, such as EUR.")
def connect_shop(
    site: str,
    url: str,
    kind: str | None,
    *,
    webhooks_only: bool,
    categories: str | None,
    brands: str | None,
    currency: str | None,
) -> None:
    """Connect the shop at URL and send its events to SITE.

    Prompts for the credential of the shop's API unless it is in SHOP_CREDENTIALS, and for the
    access token of SITE unless the Jirafe Events API is hosted here. Connecting a shop again
    replaces everything except its webhook secrets.

    \b
    Examples:
      flask shop connect my-shop https://shop.example.com --categories 1 --brands 2
      flask shop connect my-shop https://shop.example.com --webhooks-only
    """
    named = {
        "product_category_taxonomy": categories,
        "brand_category_taxonomy": brands,
        "currency": currency,
    }
    parameters = {name: value for name, value in named.items() if value}
    with current_shops() as shops:
        shops.connections.check_key()
        if url.startswith("http://"):
            click.echo("The URL is http://: credentials are sent unencrypted.", err=True)
        found = ConnectedShop(site, url.rstrip("/"), "", parameters=parameters)
        given = shops.connections.given(site)
        connected = found if webhooks_only else _with_api(found, kind, given)
        shops.connections.connect(_with_token(connected, shops.connections.readable(site)))
    click.echo(f"Connected {site}: {_kind(connected)}.")
    click.echo(_NEXT_STEP.format(site=site), err=True)


@shop.command("list")
def list_shops() -> None:
    """List the shops: site, URL, kind, number of webhook secrets, time connected.

    Example: flask shop list
    """
    with current_shops() as shops:
        for connected in shops.connections.all():
            columns = [
                connected.site,
                connected.url,
                _kind(connected),
                len(connected.webhook_secrets),
                connected.created_at,
            ]
            click.echo("\t".join(map(str, columns)))


@shop.command("disconnect")
@site_argument
@click.confirmation_option(prompt="Delete the shop's credentials and waiting webhooks?")
def disconnect_shop(site: str) -> None:
    """Disconnect the shop of SITE. Its events stay.

    Example: flask shop disconnect my-shop
    """
    with current_shops() as shops:
        if not shops.connections.disconnect(site):
            raise UnknownShopError(f"No shop is connected for site {site}.")
        if hosted := _hosted():
            hosted.revoke_shop_tokens(site)
    click.echo(f"Disconnected {site}.")


@secret.command("add")
@site_argument
@click.option("--generate", is_flag=True, help="Generate one, for Spree 4.4 and 4.5.")
def add_secret(site: str, *, generate: bool) -> None:
    """Add a secret for the webhooks of SITE. Existing secrets stay valid.

    Spree 4.4 and 4.5 do not sign webhooks. For these, a generated secret becomes part of the
    webhook URL.

    \b
    Examples:
      flask shop secret add my-shop
      flask shop secret add my-shop --generate
    """
    given = secrets.token_hex(20) if generate else click.prompt("Secret", hide_input=True, err=True)
    with current_shops() as shops:
        shops.connections.add_secret(site, given.strip())
    click.echo(f"address\t/spree/{site}/{given}" if generate else f"Added a secret of {site}.")


@secret.command("remove")
@site_argument
@click.argument("number", type=click.IntRange(min=1))
def remove_secret(site: str, number: int) -> None:
    """Remove secret NUMBER of SITE; 1 is the oldest.

    \b
    Example:
      flask shop secret remove my-shop 1
    """
    with current_shops() as shops:
        if not shops.connections.remove_secret(site, number):
            raise click.ClickException(f"Site {site} has no secret {number}.")
    click.echo(f"Removed secret {number} of {site}.")


def _with_api(found: ConnectedShop, kind: str | None, given: Mapping[str, str]) -> ConnectedShop:
    """Return the shop with its kind and a credential that can read orders; raise ShopError."""
    kind = kind or _offered_kind(found.url)
    credential = given or {
        name: click.prompt(name.replace("_", " ").capitalize(), hide_input=True, err=True).strip()
        for name in KINDS[kind].credential
    }
    connected = ConnectedShop(
        found.site, found.url, "", kind, credential, parameters=found.parameters
    )
    for name, problem in open_api(connected, LIMITS).readable().items():
        click.echo(f"{name}: {problem or 'ok'}", err=True)
        if name == "orders" and problem:
            raise ShopError(f"The shop's orders cannot be read: {problem}.")
    return connected


def _offered_kind(url: str) -> str:
    with requests.Session() as session:
        offered = offered_kinds(Connection(session, url, LIMITS))
    if not offered:
        raise ShopError("The shop has no supported API. Use --webhooks-only to connect it.")
    if len(offered) > 1:
        listed = ", ".join(f"{one} ({KINDS[one].versions})" for one in offered)
        raise ShopError(f"Choose the shop's API with --kind: {listed}.")
    return offered[0]


def _with_token(connected: ConnectedShop, known: ConnectedShop | None) -> ConnectedShop:
    """Return the shop with a token of its site: the known one, a new one, or a prompted one."""
    hosted = _hosted()
    if hosted:
        token = hosted.shop_token(connected.site, known.token if known else None)
    else:
        text = f"Access token of site {connected.site}"
        token = click.prompt(text, hide_input=True, err=True).strip()
    return connected.with_token(token)


def _hosted() -> Hosted | None:
    return current_app.extensions.get(HOSTED)


def _kind(connected: ConnectedShop) -> str:
    return connected.kind or "webhooks only"

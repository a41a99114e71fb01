"""The commands `flask analytics refresh`, `rebuild`, `summary` and `settings`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import click

from analytics.feed import StoredFeed
from analytics.queries.asked import EARLIEST
from analytics.refresh import freshness, rebuild, redate, refresh
from analytics.sites import SettingError, Site, change_settings, site_settings
from analytics.summary import summary
from database.errors import DatabaseUnavailableError
from jirafe_api.storage.store import Store

_SITE = click.option("--site", required=True, help="The site, such as my-shop.")


def commands(store: Callable[[], Store]) -> click.Group:
    """Return the commands; `store` opens the event store when one of them runs."""

    @click.group()
    def analytics() -> None:
        """Sales figures from the stored events."""

    @analytics.command("refresh")
    def refresh_facts() -> None:
        """Count new events. For a scheduler; the dashboard also does this.

        Example: flask analytics refresh
        """
        with _plain_errors():
            _show_progress(store(), refresh)

    @analytics.command("rebuild")
    def rebuild_facts() -> None:
        """Count all stored events again. Figures of pruned events stay.

        Example: flask analytics rebuild
        """
        with _plain_errors():
            _show_progress(store(), rebuild)

    analytics.add_command(_summary(store))
    analytics.add_command(_settings(store))
    return analytics


def _summary(store: Callable[[], Store]) -> click.Command:
    @click.command("summary")
    @_SITE
    @click.option(
        "--day", callback=_day, help="A local date such as 2026-11-26. Default: yesterday."
    )
    @click.option("--currency", help="Default: the shop's own, or that of most orders.")
    def show_summary(site: str, day: date | None, currency: str | None) -> None:
        """Print the figures of a day.

        Example: flask analytics summary --site my-shop --day 2026-11-26
        """
        own = store()
        with _plain_errors():
            moment = own.now()
            refresh(own.database, StoredFeed(own), moment)
            with own.database.reading() as connection:
                known = _known(site_settings(connection, site))
                click.echo(summary(connection, known, moment, day, currency and currency.upper()))

    return show_summary


def _settings(store: Callable[[], Store]) -> click.Command:
    @click.command("settings")
    @_SITE
    @click.option("--timezone", help="The time zone of its days, such as Europe/Paris.")
    @click.option("--currency", help="The default currency, also for costs, such as EUR.")
    @click.option("--abandoned-after", type=int, help="Hours until a cart counts as abandoned.")
    def show_settings(
        site: str, timezone: str | None, currency: str | None, abandoned_after: int | None
    ) -> None:
        """Change a site's settings, if any are given, and print them.

        Example: flask analytics settings --site my-shop --timezone Europe/Paris --currency EUR
        """
        own = store()
        with _plain_errors():
            with own.database.writing() as connection:
                before = site_settings(connection, site)
                after = change_settings(connection, site, timezone, currency, abandoned_after)
                if after.timezone != before.timezone:
                    redate(connection, after)
            refresh(own.database, StoredFeed(own), own.now())
        click.echo(f"timezone\t{after.timezone}")
        click.echo(f"currency\t{after.currency or '-'}")
        click.echo(f"abandoned-after\t{after.abandoned_after}")

    return show_settings


_Work = Callable[..., int]


def _show_progress(store: Store, work: _Work) -> None:
    database, feed = store.database, StoredFeed(store)
    length = feed.last() if work is rebuild else freshness(database, feed).behind
    with click.progressbar(length=length, label="Events") as bar:
        count = work(database, feed, store.now(), progress=bar.update)
    click.echo(f"Counted {count} events.")
    if skipped := freshness(database, feed).skipped:
        click.echo(f"{skipped} events could not be counted; the log says why.")


def _known(site: Site) -> Site:
    if not site.customer_salt:
        raise click.ClickException(f"There are no events of site {site.site}.")
    return site


def _day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date such as 2026-11-26") from None
    if day and day < EARLIEST:
        raise click.BadParameter(f"{day} is too early: the first day is {EARLIEST}")
    return day


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn errors of the database or a setting into one-line errors."""
    try:
        yield
    except (DatabaseUnavailableError, SettingError) as error:
        raise click.ClickException(str(error)) from error

"""Settings per site: time zone, currency, and when a cart counts as abandoned."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from analytics.tables import SITES
from database.tables import Upsert

_ADD = Upsert(lambda insert: insert(SITES).on_conflict_do_nothing())


class SettingError(ValueError):
    """An invalid setting; the text names it."""


@dataclass(frozen=True)
class Site:
    """The settings of one site."""

    site: str
    timezone: str = "UTC"
    currency: str = ""
    """The currency of figures, costs and version 1; "" means that of most orders."""
    abandoned_after: int = 24
    """Hours without a change after which a cart counts as abandoned."""
    customer_salt: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.timezone)

    def day(self, moment: datetime) -> date:
        """Return the local date of a moment, by the offset in force at that time."""
        return moment.astimezone(self.zone).date()


def site_settings(connection: Connection, site: str) -> Site:
    """Return the settings of a site, or the defaults if it has none yet."""
    row = connection.execute(select(SITES).where(SITES.c.site == site)).one_or_none()
    return Site(site) if row is None else Site(**row._mapping)


def ensure_site(connection: Connection, site: str) -> Site:
    """Return the settings of a site, and store the defaults if it has none yet."""
    found = site_settings(connection, site)
    if found.customer_salt:
        return found
    row = {
        "site": site,
        "timezone": found.timezone,
        "currency": found.currency,
        "abandoned_after": found.abandoned_after,
        "customer_salt": secrets.token_hex(32),
    }
    _ADD(connection, [row])
    return site_settings(connection, site)


def change_settings(
    connection: Connection,
    site: str,
    timezone: str | None = None,
    currency: str | None = None,
    abandoned_after: int | None = None,
) -> Site:
    """Change the given settings, and return all; raise SettingError.

    After a change of the time zone, call `refresh.redate` to recompute the site's days.
    """
    changes: dict[str, Any] = {}
    if timezone is not None:
        changes["timezone"] = _zone(timezone)
    if currency is not None:
        changes["currency"] = _currency(currency)
    if abandoned_after is not None:
        changes["abandoned_after"] = _hours(abandoned_after)
    ensure_site(connection, site)
    if changes:
        connection.execute(update(SITES).where(SITES.c.site == site).values(changes))
    return site_settings(connection, site)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise SettingError(f"timezone: {name!r} is not a time zone such as Europe/Paris") from error
    return name


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise SettingError(f"currency: {code!r} is not a currency such as EUR")
    return code.upper()


def _hours(hours: int) -> int:
    if not 1 <= hours <= 24 * 365:
        raise SettingError("abandoned_after: give 1 to 8760 hours")
    return hours

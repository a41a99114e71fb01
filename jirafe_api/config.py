"""Every setting of the API; nothing else in this package reads the environment."""

import logging
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from everett import InvalidValueError  # type: ignore[import-untyped]  # has no stubs
from everett.manager import (  # type: ignore[import-untyped]
    ConfigDictEnv,
    ConfigManager,
    ConfigOSEnv,
    Option,
    get_config_for_class,
)

from jirafe_api.credentials import SITE, TOKEN

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::([0-9]{1,5}))?")
_USUAL_PORTS = {"https": 443, "http": 80}

DEFAULT_DATABASE = "sqlite:///var/jirafe.db"

# everett shows each raw value at DEBUG, and some of ours are secrets.
logging.getLogger("everett").setLevel(logging.INFO)


class SettingError(ValueError):
    """A setting that cannot be used; the message names it and shows no secret."""


@dataclass(frozen=True)
class Settings:
    """The settings, parsed: an SQLAlchemy URL, (site, token) pairs, and origins by site."""

    database_url: str
    sites: tuple[tuple[str, str], ...]
    tracker_origins: dict[str, frozenset[str]] = field(default_factory=dict)
    events_retention_days: int = 0
    tracker_requests_per_minute: int = 1200
    tracker_megabytes_per_day: int = 500


def database_url(value: str) -> str:
    """The SQLAlchemy URL for what platforms hand out; ValueError where it is neither database."""
    if not value:
        return DEFAULT_DATABASE
    if re.fullmatch(r"sqlite:///(?!:memory:).+", value):
        return value
    found = re.fullmatch(r"postgres(?:ql)?(?:\+psycopg)?(://.+)", value)
    if not found or not _has_good_port(value):
        raise ValueError("is neither sqlite:///FILE nor postgres://USER:PASSWORD@HOST:PORT/NAME")
    return f"postgresql+psycopg{found[1]}"


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def sites(value: str) -> tuple[tuple[str, str], ...]:
    """The (site, token) pairs of `site:token` words; ValueError counts to the wrong one."""
    words = [word for word in re.split(r"[,\s]+", value) if word]
    pairs = [(site, token) for site, _, token in (word.partition(":") for word in words)]
    for place, (site, token) in enumerate(pairs, start=1):
        if not (SITE.fullmatch(site) and TOKEN.fullmatch(token)):
            raise ValueError(f"pair {place} is not of the form site:token")
    return tuple(pairs)


def tracker_origins(value: str) -> dict[str, frozenset[str]]:
    """The origins by site of `site:origin` words; ValueError counts to the wrong one."""
    origins: dict[str, frozenset[str]] = defaultdict(frozenset)
    words = [word for word in re.split(r"[,\s]+", value) if word]
    for place, word in enumerate(words, start=1):
        site, _, text = word.partition(":")
        origin = _origin(text)
        if not (SITE.fullmatch(site) and origin):
            raise ValueError(
                f"word {place} is not of the form site:https://host or site:https://host:port"
            )
        origins[site] |= {origin}
    return dict(origins)


def _origin(text: str) -> str | None:
    """The origin as browsers write it, without its scheme's usual port; None where it is none."""
    found = _ORIGIN.fullmatch(text)
    if not found or not _has_good_port(text):
        return None
    scheme, host, port = found.groups()
    is_usual = port is None or int(port) == _USUAL_PORTS[scheme]
    return f"{scheme}://{host}" if is_usual else f"{scheme}://{host}:{int(port)}"


def days(value: str) -> int:
    """The number of days, 0 for ever; ValueError where it is none."""
    if not re.fullmatch(r"[0-9]{0,5}", value):
        raise ValueError("is not a whole number from 0 to 99999")
    return int(value or 0)


def count(value: str) -> int:
    """Return a whole number; ValueError if it is none."""
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise ValueError("is not a whole number from 0 to 999999")
    return int(value)


class Component:
    """The settings as everett knows them."""

    class Config:
        """One option a setting."""

        DATABASE_URL = Option(
            default="",
            parser=database_url,
            doc="Where everything is kept: sqlite:///FILE or postgres://…; "
            f"{DEFAULT_DATABASE} when empty.",
        )
        JIRAFE_API_SITES = Option(
            default="",
            parser=sites,
            doc="Sites that the hosted Jirafe Events API knows from the start, as site:token "
            "pairs separated by commas or spaces.",
        )
        JIRAFE_TRACKER_ORIGINS = Option(
            default="",
            parser=tracker_origins,
            doc="Origins whose pages may send a site's pageviews and visits, as site:origin words "
            "such as my-shop:https://shop.example; a site without any takes them from anywhere.",
        )
        TRACKER_REQUESTS_PER_MINUTE = Option(
            default="1200",
            parser=count,
            doc="Requests that the trackers take from one client address for one site in a minute, "
            "per process; 0 for no limit.",
        )
        TRACKER_MEGABYTES_PER_DAY = Option(
            default="500",
            parser=count,
            doc="Megabytes that the trackers store for one site in 24 hours, per process; 0 for no "
            "limit.",
        )
        EVENTS_RETENTION_DAYS = Option(
            default="",
            parser=days,
            doc="Days that `flask prune` keeps the hosted API's events; for ever when empty or 0.",
        )


OPTIONS: dict[str, Option] = {
    name: option for name, (option, _) in get_config_for_class(Component).items()
}
SETTINGS = [(name, option.default, option.doc) for name, option in OPTIONS.items()]


def load(**overrides: str) -> Settings:
    """The settings, from `overrides` before the environment; SettingError where one is nonsense."""
    for name in overrides.keys() - OPTIONS.keys():
        raise SettingError(f"{name} is not a setting of the Jirafe Events API")
    environments = [ConfigDictEnv(overrides), ConfigOSEnv()]
    config = ConfigManager(environments).with_options(Component)
    return Settings(
        database_url=_read(config, "DATABASE_URL"),
        sites=_read(config, "JIRAFE_API_SITES"),
        tracker_origins=_read(config, "JIRAFE_TRACKER_ORIGINS"),
        events_retention_days=_read(config, "EVENTS_RETENTION_DAYS"),
        tracker_requests_per_minute=_read(config, "TRACKER_REQUESTS_PER_MINUTE"),
        tracker_megabytes_per_day=_read(config, "TRACKER_MEGABYTES_PER_DAY"),
    )


def _read(config: ConfigManager, name: str) -> Any:
    try:
        return config(name)
    except InvalidValueError as error:
        raise SettingError(f"{name}: {error.__cause__}") from None

"""Every setting of the endpoint: its name, default, parser and one sentence.

The hosted API has its own, in `jirafe_api/config.py`.
"""

import logging
import re
from dataclasses import dataclass
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

LONGEST_WAIT = 25
"""Seconds: the platform's router gives up after 30."""

# everett shows each raw value at DEBUG, and one of ours is a secret.
logging.getLogger("everett").setLevel(logging.INFO)


class SettingError(ValueError):
    """A setting that the service cannot start with; the text names it and shows no secret."""


@dataclass(frozen=True)
class Settings:
    """The endpoint's settings, parsed."""

    endpoint_key: str
    jirafe_api_url: str
    jirafe_connect_timeout: float
    jirafe_timeout: float
    delivery_deadline: float
    lane_interval: float
    lane_in_flight: int
    lane_waiters: int
    batch_max_events: int
    breaker_failures: int
    breaker_pause: float
    retention_days: int
    sentry_dsn: str


def _url(value: str) -> str:
    url = value.strip().rstrip("/")
    if url and not _is_base_url(url):
        raise ValueError("is not a URL such as https://jirafe.example.com/v2")
    return url


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        told = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(told) and not (parts.query or parts.fragment or parts.username)


def _dsn(value: str) -> str:
    dsn = value.strip()
    if dsn and not re.fullmatch(r"https?://[0-9A-Za-z]+@[^\s/@?#]+(/[^\s/@?#]+)*/[0-9]+", dsn):
        raise ValueError("is not a DSN such as https://KEY@sentry.example.com/1")
    return dsn


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_WAIT:
        raise ValueError(f"is not between 0 and {LONGEST_WAIT} seconds")
    return seconds


def _count(value: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", value.strip()):
        raise ValueError("is not a whole number from 1 to 999999")
    return int(value)


class Component:
    """The settings as everett knows them."""

    class Config:
        """One option a setting."""

        ENDPOINT_KEY = Option(
            default="",
            parser=str.strip,
            doc="The key that the hub sends as X-Hub-Token or X-Augury-Token; everybody may call "
            "when empty.",
        )
        JIRAFE_API_URL = Option(
            default="",
            parser=_url,
            doc="The Jirafe Events API to send to, with its version, such as "
            "https://jirafe.example.com/v2; the one hosted here, under /jirafe, when empty.",
        )
        JIRAFE_CONNECT_TIMEOUT = Option(
            default="3",
            parser=_seconds,
            doc="Seconds to wait for a connection to the Jirafe Events API.",
        )
        JIRAFE_TIMEOUT = Option(
            default="10",
            parser=_seconds,
            doc="Seconds that one post to the Jirafe Events API may take, its whole answer "
            "included.",
        )
        DELIVERY_DEADLINE = Option(
            default="20",
            parser=_seconds,
            doc="Seconds after which a message that is not delivered is answered 503; longer than "
            "JIRAFE_TIMEOUT, shorter than the platform's own limit.",
        )
        LANE_INTERVAL = Option(
            default="0.005",
            parser=_seconds,
            doc="Seconds from one post of a busy site to the next; what gathers meanwhile goes "
            "together.",
        )
        LANE_IN_FLIGHT = Option(
            default="16",
            parser=_count,
            doc="Posts that a site may have under way at once, in each process.",
        )
        LANE_WAITERS = Option(
            default="256",
            parser=_count,
            doc="Messages that may wait for one site in each process once it is slow; others are "
            "answered 503 at once.",
        )
        BATCH_MAX_EVENTS = Option(
            default="500",
            parser=_count,
            doc="Events in one batch, unless a single message has more.",
        )
        BREAKER_FAILURES = Option(
            default="5",
            parser=_count,
            doc="Posts of a site that fail in a row before its messages are answered 503 at once.",
        )
        BREAKER_PAUSE = Option(
            default="5",
            parser=_seconds,
            doc="Seconds from then to the next try.",
        )
        RETENTION_DAYS = Option(
            default="90",
            parser=_count,
            doc="Days that `flask prune` keeps messages, last states and dead letters.",
        )
        SENTRY_DSN = Option(
            default="",
            parser=_dsn,
            doc="Where Sentry takes reports of unexpected errors; nothing is reported when empty.",
        )


OPTIONS: dict[str, Option] = {
    name: option for name, (option, _) in get_config_for_class(Component).items()
}
SETTINGS = [(name, option.default, option.doc) for name, option in OPTIONS.items()]


def load(**overrides: str) -> Settings:
    """Return the settings: `overrides` before the environment, before the defaults.

    Raises SettingError where one is nonsense.
    """
    config = ConfigManager([ConfigDictEnv(overrides), ConfigOSEnv()]).with_options(Component)
    settings = Settings(**{name.lower(): _read(config, name) for name in OPTIONS})
    if settings.delivery_deadline <= settings.jirafe_timeout:
        raise SettingError("DELIVERY_DEADLINE: is not longer than JIRAFE_TIMEOUT")
    return settings


def _read(config: ConfigManager, name: str) -> Any:
    try:
        return config(name)
    except InvalidValueError as error:
        raise SettingError(f"{name}: {error.__cause__}") from None

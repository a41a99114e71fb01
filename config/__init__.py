"""Every setting of the service: its name, default, parser and one sentence.

All come from the environment. Nothing of ours is imported here, as gunicorn's first process reads
settings before it loads the service.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from config import parsers
from config.parsers import DEVELOPMENT, PRODUCTION

SHORTEST_SECRET = 16
"""Characters of a key or token in production: too many to be guessed by trying."""

LEAST_MARGIN = 1.0
"""Seconds of DELIVERY_DEADLINE that are left for everything but the post to Jirafe."""


class SettingError(ValueError):
    """A setting that the service cannot start with; the text names it and shows no secret."""


class Setting(NamedTuple):
    """One setting; `parse` returns its value and raises ValueError, without showing the text."""

    name: str
    default: str
    parse: Callable[[str], Any]
    sentence: str


SETTINGS = (
    Setting(
        "APP_ENV",
        "",
        parsers.environment,
        "`production` or `development`; if empty, production on a platform that sets PORT.",
    ),
    Setting(
        "ENDPOINT_KEY",
        "",
        parsers.keys,
        "The key that the hub sends as X-Hub-Token or X-Augury-Token, or several separated by "
        "commas or spaces; required in production, each of 16 characters or more; elsewhere "
        "anybody may call if it is empty.",
    ),
    Setting(
        "SECRET_KEY",
        "",
        parsers.keys,
        "The key that encrypts the credentials of connected shops, or several, of which the first "
        "encrypts and all decrypt; required to connect a shop in production.",
    ),
    Setting(
        "JIRAFE_API_URL",
        "",
        parsers.url,
        "The Jirafe Events API to send to, including its version, such as "
        "https://jirafe.example.com/v2; if empty, the one hosted here under /jirafe.",
    ),
    Setting(
        "JIRAFE_API_PLAIN_HTTP",
        "",
        parsers.allowed,
        "`allowed` if JIRAFE_API_URL may be http:// to another machine; tokens and personal data "
        "then cross the network unencrypted.",
    ),
    Setting(
        "JIRAFE_CONNECT_TIMEOUT",
        "3",
        parsers.seconds,
        "Seconds that connecting to the Jirafe Events API may take, looking up its name included.",
    ),
    Setting(
        "JIRAFE_TIMEOUT",
        "10",
        parsers.seconds,
        "Seconds that one post to the Jirafe Events API may take, its whole answer included.",
    ),
    Setting(
        "DELIVERY_DEADLINE",
        "20",
        parsers.deadline,
        "Seconds after which a message that is not delivered is answered 503; at least 1 more than "
        "JIRAFE_TIMEOUT, and at most 22, as platforms give up after 30.",
    ),
    Setting(
        "RETENTION_DAYS",
        "90",
        parsers.retention_days,
        "Days for which `flask prune` keeps messages, last states and dead letters.",
    ),
    Setting(
        "SENTRY_DSN",
        "",
        parsers.dsn,
        "Where unexpected errors are reported to Sentry; if empty, none are.",
    ),
    Setting(
        "DATABASE_URL",
        "",
        parsers.database_url,
        "Where everything is stored: sqlite:///FILE or postgres://…; if empty, "
        f"{parsers.DEFAULT_DATABASE}.",
    ),
    Setting(
        "JIRAFE_API_SITES",
        "",
        parsers.sites,
        "Sites of the hosted Jirafe Events API, as site:token pairs separated by commas or spaces; "
        "in production, tokens have 16 characters or more.",
    ),
    Setting(
        "JIRAFE_TRACKER_ORIGINS",
        "",
        parsers.tracker_origins,
        "Origins from which pages may send pageviews and visits of a site, as site:origin words "
        "such as my-shop:https://shop.example; a site without any accepts all origins.",
    ),
    Setting(
        "TRACKER_REQUESTS_PER_MINUTE",
        "1200",
        parsers.limit,
        "Requests that the trackers take from one client address for one site in a minute, per "
        "process; 0 for no limit.",
    ),
    Setting(
        "TRACKER_MEGABYTES_PER_DAY",
        "500",
        parsers.limit,
        "Megabytes that the trackers store for one site in 24 hours, per process; 0 for no limit.",
    ),
    Setting(
        "EVENTS_RETENTION_DAYS",
        "0",
        parsers.events_retention_days,
        "Days for which `flask prune` keeps the events of the hosted API; 0 is for ever.",
    ),
    Setting("PORT", "", parsers.port, "The port to listen on; platforms set it."),
    Setting("WEB_CONCURRENCY", "2", parsers.count, "Processes that serve requests: one per core."),
    Setting("THREADS", "512", parsers.count, "Requests that each process works on at once."),
    Setting(
        "FORWARDED_ALLOW_IPS",
        "",
        parsers.addresses,
        "Addresses of proxies, separated by commas, that may say by X-Forwarded-Proto and "
        "SCRIPT_NAME how they were called; `*` is any; if empty, none is believed.",
    ),
    Setting(
        "LOG_FORMAT",
        "json",
        parsers.log_format,
        "`json`, or `console` for people.",
    ),
    Setting(
        "LOG_LEVEL",
        "info",
        parsers.log_level,
        "`debug`, `info`, `warning`, `error` or `critical`.",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings, parsed: times in seconds, sites as (site, token), origins by site."""

    app_env: str
    endpoint_key: tuple[str, ...]
    secret_key: tuple[str, ...]
    jirafe_api_url: str
    jirafe_api_plain_http: bool
    jirafe_connect_timeout: float
    jirafe_timeout: float
    delivery_deadline: float
    retention_days: int
    sentry_dsn: str
    database_url: str
    jirafe_api_sites: tuple[tuple[str, str], ...]
    jirafe_tracker_origins: Mapping[str, frozenset[str]]
    tracker_requests_per_minute: int
    tracker_megabytes_per_day: int
    events_retention_days: int
    port: int | None
    web_concurrency: int
    threads: int
    forwarded_allow_ips: str
    log_format: str
    log_level: str

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that a shop's secrets are encrypted with; none in production by default."""
        return self.secret_key or (() if self.app_env == PRODUCTION else (DEVELOPMENT,))

    def check_key(self) -> None:
        """Raise SettingError if this is production and a key is missing or easily guessed."""
        if self.app_env != PRODUCTION:
            return
        if not self.endpoint_key:
            raise SettingError(
                "ENDPOINT_KEY: is not set, so anybody could send messages. Set it, for example by "
                "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)`; if this is not "
                "production, set APP_ENV=development"
            )
        _check_length("ENDPOINT_KEY", "key", self.endpoint_key)

    def check_tokens(self) -> None:
        """Raise SettingError if this is production and a site's token is easily guessed."""
        if self.app_env == PRODUCTION:
            tokens = [token for _, token in self.jirafe_api_sites]
            _check_length("JIRAFE_API_SITES", "token", tokens)


def load(**overrides: str) -> Settings:
    """Return the settings: `overrides` by name, else the environment, else the defaults.

    Raise SettingError if one cannot be used or does not exist.
    """
    for name in overrides.keys() - {setting.name for setting in SETTINGS}:
        raise SettingError(f"{name}: is not a setting")
    values = {one.name.lower(): _value(one, {**os.environ, **overrides}) for one in SETTINGS}
    is_on_platform = values["port"] is not None
    values["app_env"] = values["app_env"] or (PRODUCTION if is_on_platform else DEVELOPMENT)
    settings = Settings(**values)
    _check_together(settings)
    return settings


def _value(setting: Setting, texts: Mapping[str, str]) -> Any:
    try:
        return setting.parse(texts.get(setting.name, setting.default).strip())
    except ValueError as error:
        raise SettingError(f"{setting.name}: {error}") from None


def _check_together(settings: Settings) -> None:
    """Raise SettingError if two settings do not go together."""
    if settings.delivery_deadline < settings.jirafe_timeout + LEAST_MARGIN:
        raise SettingError("DELIVERY_DEADLINE: is not at least 1 second longer than JIRAFE_TIMEOUT")
    if settings.app_env == PRODUCTION:
        _check_length("SECRET_KEY", "key", settings.secret_key)
    url = settings.jirafe_api_url
    is_exposed = parsers.is_plain_http(url) and not parsers.is_loopback(url)
    if is_exposed and not settings.jirafe_api_plain_http:
        raise SettingError(
            "JIRAFE_API_URL: is http:// to another machine, which sends tokens and personal data "
            "unencrypted. Use https://, or set JIRAFE_API_PLAIN_HTTP=allowed"
        )


def _check_length(name: str, what: str, secrets: "tuple[str, ...] | list[str]") -> None:
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise SettingError(
            f"{name}: has a {what} of fewer than {SHORTEST_SECRET} characters, which is not enough "
            f"in production. `openssl rand -hex 20` makes a good one"
        )

"""Read the settings of the service.

All settings come from the environment. This package imports no other, because gunicorn's main
process reads settings before it loads the service.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.parsers import DEVELOPMENT, PRODUCTION
from config.table import SETTINGS, Setting

SHORTEST_SECRET = 16
"""The minimum length of a key or token in production, in characters."""

LEAST_MARGIN = 1.0
"""Seconds of DELIVERY_DEADLINE reserved for everything except the post to Jirafe."""


class SettingError(ValueError):
    """An invalid setting; the text names it and contains no secrets."""


@dataclass(frozen=True)
class Settings:
    """The settings, parsed: times in seconds, sites as (site, token), origins by site."""

    app_env: str
    endpoint_key: tuple[str, ...]
    secret_key: tuple[str, ...]
    shop_credentials: Mapping[str, Mapping[str, str]]
    shop_sync_minutes: int
    celery_broker_url: str
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
    dashboard_password: tuple[str, ...]
    operator_password: tuple[str, ...]
    locale: str
    port: int | None
    web_concurrency: int
    threads: int
    forwarded_allow_ips: str
    log_format: str
    log_level: str

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that encrypt shops' secrets; by default, none in production."""
        return self.secret_key or (() if self.app_env == PRODUCTION else (DEVELOPMENT,))

    def check_key(self) -> None:
        """Raise SettingError if this is production and a key is missing or easily guessed."""
        if self.app_env != PRODUCTION:
            return
        if not self.endpoint_key:
            raise SettingError(
                "ENDPOINT_KEY: is not set, so anyone could send messages. Set it, for example with "
                "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)`; if this is not "
                "production, set APP_ENV=development"
            )
        _check_length("ENDPOINT_KEY", "key", self.endpoint_key)

    @property
    def is_production(self) -> bool:
        """Return whether this is production."""
        return self.app_env == PRODUCTION

    def check_passwords(self) -> None:
        """Raise SettingError if this is production and a password is easily guessed."""
        if self.is_production:
            _check_length("DASHBOARD_PASSWORD", "password", self.dashboard_password)
            _check_length("OPERATOR_PASSWORD", "password", self.operator_password)

    def check_tokens(self) -> None:
        """Raise SettingError if this is production and a site's token is easily guessed."""
        if self.app_env == PRODUCTION:
            tokens = [token for _, token in self.jirafe_api_sites]
            _check_length("JIRAFE_API_SITES", "token", tokens)


def load(**overrides: str) -> Settings:
    """Return the settings from `overrides`, the environment and the defaults, in this order.

    Raise SettingError if one is invalid or does not exist.
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
    """Raise SettingError if settings contradict each other."""
    if settings.delivery_deadline < settings.jirafe_timeout + LEAST_MARGIN:
        raise SettingError("DELIVERY_DEADLINE: is not at least 1 second longer than JIRAFE_TIMEOUT")
    if settings.is_production:
        _check_length("SECRET_KEY", "key", settings.secret_key)
    if _is_exposed(settings.jirafe_api_url) and not settings.jirafe_api_plain_http:
        raise SettingError(
            "JIRAFE_API_URL: is http:// to another machine, which sends tokens and personal data "
            "unencrypted. Use https://, or set JIRAFE_API_PLAIN_HTTP=allowed"
        )


def _is_exposed(base_url: str) -> bool:
    """Whether requests to the URL may leave this machine unencrypted."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    return parts.scheme == "http" and not is_here


def _check_length(name: str, what: str, secrets: "tuple[str, ...] | list[str]") -> None:
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise SettingError(
            f"{name}: has a {what} of fewer than {SHORTEST_SECRET} characters, which is not enough "
            f"in production. `openssl rand -hex 20` makes a good one"
        )

"""Every setting of the endpoint: its name, default, parser and one sentence.

The hosted API has its own, in `jirafe_api/config.py`.
"""

import logging
from dataclasses import dataclass
from typing import Any

from everett import InvalidValueError  # type: ignore[import-untyped]  # has no stubs
from everett.manager import (  # type: ignore[import-untyped]
    ConfigDictEnv,
    ConfigManager,
    ConfigOSEnv,
    Option,
    get_config_for_class,
)

from jirafe_endpoint import parsers
from jirafe_endpoint.parsers import DEVELOPMENT, PRODUCTION

SHORTEST_KEY = 16
"""Characters of a key in production: too many to be guessed by asking."""

# everett shows each raw value at DEBUG, and one of ours is a secret.
logging.getLogger("everett").setLevel(logging.INFO)


class SettingError(ValueError):
    """A setting that the service cannot start with; the text names it and shows no secret."""


@dataclass(frozen=True)
class Settings:
    """The endpoint's settings, parsed."""

    app_env: str
    endpoint_key: tuple[str, ...]
    jirafe_api_url: str
    jirafe_api_plain_http: bool
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

    def check_key(self) -> None:
        """Raise SettingError where this is production and a key is missing or easily guessed."""
        if self.app_env != PRODUCTION:
            return
        if not self.endpoint_key:
            raise SettingError(
                "ENDPOINT_KEY: is not set, so everybody could send messages. Set it, by "
                "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)` or the like; where this "
                "is no production, set APP_ENV=development"
            )
        if min(map(len, self.endpoint_key)) < SHORTEST_KEY:
            raise SettingError(
                f"ENDPOINT_KEY: has a key of fewer than {SHORTEST_KEY} characters, which is not "
                "enough in production. `openssl rand -hex 20` makes a good one"
            )


class Component:
    """The settings as everett knows them."""

    class Config:
        """One option a setting."""

        APP_ENV = Option(
            default="",
            parser=parsers.environment,
            doc="`production` or `development`; when empty, production where a platform sets PORT.",
        )
        ENDPOINT_KEY = Option(
            default="",
            parser=parsers.keys,
            doc="The key that the hub sends as X-Hub-Token or X-Augury-Token, or several "
            "separated by commas or spaces; required in production, each of 16 characters or "
            "more; elsewhere everybody may call when empty.",
        )
        JIRAFE_API_URL = Option(
            default="",
            parser=parsers.url,
            doc="The Jirafe Events API to send to, with its version, such as "
            "https://jirafe.example.com/v2; the one hosted here, under /jirafe, when empty.",
        )
        JIRAFE_API_PLAIN_HTTP = Option(
            default="",
            parser=parsers.allowed,
            doc="`allowed` where JIRAFE_API_URL may be http:// to another machine; tokens and "
            "personal data then cross the network for all to read.",
        )
        JIRAFE_CONNECT_TIMEOUT = Option(
            default="3",
            parser=parsers.seconds,
            doc="Seconds to wait for a connection to the Jirafe Events API.",
        )
        JIRAFE_TIMEOUT = Option(
            default="10",
            parser=parsers.seconds,
            doc="Seconds that one post to the Jirafe Events API may take, its whole answer "
            "included.",
        )
        DELIVERY_DEADLINE = Option(
            default="20",
            parser=parsers.deadline,
            doc="Seconds after which a message that is not delivered is answered 503; longer than "
            "JIRAFE_TIMEOUT, and 22 at the most, for the platform gives up after 30.",
        )
        LANE_INTERVAL = Option(
            default="0.005",
            parser=parsers.seconds,
            doc="Seconds from one post of a busy site to the next; what gathers meanwhile goes "
            "together.",
        )
        LANE_IN_FLIGHT = Option(
            default="16",
            parser=parsers.count,
            doc="Posts that a site may have under way at once, in each process.",
        )
        LANE_WAITERS = Option(
            default="256",
            parser=parsers.count,
            doc="Messages that may wait for one site in each process once it is slow; others are "
            "answered 503 at once.",
        )
        BATCH_MAX_EVENTS = Option(
            default="500",
            parser=parsers.count,
            doc="Events in one batch, unless a single message has more.",
        )
        BREAKER_FAILURES = Option(
            default="5",
            parser=parsers.count,
            doc="Posts of a site that fail in a row before its messages are answered 503 at once.",
        )
        BREAKER_PAUSE = Option(
            default="5",
            parser=parsers.seconds,
            doc="Seconds from then to the next try.",
        )
        RETENTION_DAYS = Option(
            default="90",
            parser=parsers.days,
            doc="Days that `flask prune` keeps messages, last states and dead letters.",
        )
        SENTRY_DSN = Option(
            default="",
            parser=parsers.dsn,
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
    environment = [ConfigDictEnv(overrides), ConfigOSEnv()]
    config = ConfigManager(environment).with_options(Component)
    told = {name.lower(): _read(config, name) for name in OPTIONS}
    on_a_platform = bool(ConfigManager(environment)("PORT", default=""))
    told["app_env"] = told["app_env"] or (PRODUCTION if on_a_platform else DEVELOPMENT)
    settings = Settings(**told)
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    """Raise SettingError where one setting does not go with another."""
    if settings.delivery_deadline <= settings.jirafe_timeout:
        raise SettingError("DELIVERY_DEADLINE: is not longer than JIRAFE_TIMEOUT")
    url = settings.jirafe_api_url
    is_in_the_open = parsers.is_plain_http(url) and not parsers.is_loopback(url)
    if is_in_the_open and not settings.jirafe_api_plain_http:
        raise SettingError(
            "JIRAFE_API_URL: is http:// to another machine, which shows tokens and personal data "
            "to all between. Use https://, or set JIRAFE_API_PLAIN_HTTP=allowed"
        )


def _read(config: ConfigManager, name: str) -> Any:
    try:
        return config(name)
    except InvalidValueError as error:
        raise SettingError(f"{name}: {error.__cause__}") from None

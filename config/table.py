"""Every setting: its name, default, parser and one sentence."""

from collections.abc import Callable
from typing import Any, NamedTuple

from config import parsers


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
        "The key that signs the dashboard's sessions and encrypts the credentials of connected "
        "shops, or several, of which the first is used and all are accepted; required to connect a "
        "shop in production.",
    ),
    Setting(
        "SHOP_CREDENTIALS",
        "",
        parsers.credentials,
        "Credentials of the APIs of connected shops, as site:name=value words such as "
        "my-shop:key=sk_…; they are used instead of stored ones, and `flask shop connect` does not "
        "ask for them.",
    ),
    Setting(
        "SHOP_SYNC_MINUTES",
        "60",
        parsers.limit,
        "Minutes between two readings of what changed in connected shops, which find what webhooks "
        "lost; 0 for none.",
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
    Setting(
        "DASHBOARD_PASSWORD",
        "",
        parsers.keys,
        "The password of people who may see the dashboard, or several; in production, each has 16 "
        "characters or more, and without any password there is no dashboard; elsewhere it is open.",
    ),
    Setting(
        "OPERATOR_PASSWORD",
        "",
        parsers.keys,
        "The password of people who may see everything, or several, likewise.",
    ),
    Setting(
        "LOCALE",
        "en_GB",
        parsers.locale,
        "How the dashboard writes amounts and dates, such as en_GB, de or fr_CA.",
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

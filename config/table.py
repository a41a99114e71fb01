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
        "`production` or `development`; if empty, production on platforms that set PORT.",
    ),
    Setting(
        "ENDPOINT_KEY",
        "",
        parsers.keys,
        "The key that the hub sends as X-Hub-Token or X-Augury-Token, or several separated by "
        "commas or spaces. Required in production, with at least 16 characters each; in "
        "development, an empty key lets anyone send messages.",
    ),
    Setting(
        "SECRET_KEY",
        "",
        parsers.keys,
        "The key that signs the dashboard's sessions and encrypts the credentials of connected "
        "shops, or several: the first one encrypts and signs, the others are still accepted. "
        "Required to connect a shop in production.",
    ),
    Setting(
        "SHOP_CREDENTIALS",
        "",
        parsers.credentials,
        "API credentials of connected shops, as site:name=value separated by commas or spaces, "
        "such as my-shop:key=sk_…; used instead of stored ones, and `flask shop connect` does not "
        "ask for them.",
    ),
    Setting(
        "SHOP_SYNC_MINUTES",
        "60",
        parsers.limit,
        "Minutes between two syncs of each connected shop, which find orders whose webhooks got "
        "lost; 0 turns them off.",
    ),
    Setting(
        "CELERY_BROKER_URL",
        "",
        parsers.broker_url,
        "The broker of `flask worker --celery`: amqp://… for RabbitMQ, redis://… for Redis.",
    ),
    Setting(
        "JIRAFE_API_URL",
        "",
        parsers.url,
        "The Jirafe Events API to send to, with its version, such as "
        "https://jirafe.example.com/v2; if empty, the one hosted here under /jirafe.",
    ),
    Setting(
        "JIRAFE_API_PLAIN_HTTP",
        "",
        parsers.allowed,
        "`allowed` permits an http:// JIRAFE_API_URL on another machine; tokens and personal data "
        "are then sent unencrypted.",
    ),
    Setting(
        "JIRAFE_CONNECT_TIMEOUT",
        "3",
        parsers.seconds,
        "Seconds that connecting to the Jirafe Events API may take, including the DNS lookup.",
    ),
    Setting(
        "JIRAFE_TIMEOUT",
        "10",
        parsers.seconds,
        "Seconds that one post to the Jirafe Events API may take, including the whole answer.",
    ),
    Setting(
        "DELIVERY_DEADLINE",
        "20",
        parsers.deadline,
        "Seconds after which an undelivered message is answered 503; at least 1 more than "
        "JIRAFE_TIMEOUT, and at most 22, because platforms time out after 30.",
    ),
    Setting(
        "RETENTION_DAYS",
        "90",
        parsers.retention_days,
        "Days for which `flask prune` keeps answered messages, last sent states and dead letters.",
    ),
    Setting(
        "SENTRY_DSN",
        "",
        parsers.dsn,
        "The Sentry DSN for unexpected errors; if empty, none are reported.",
    ),
    Setting(
        "DATABASE_URL",
        "",
        parsers.database_url,
        "The database that stores everything: sqlite:///FILE or postgres://…; if empty, "
        f"{parsers.DEFAULT_DATABASE}. A relative FILE is in the project's folder.",
    ),
    Setting(
        "JIRAFE_API_SITES",
        "",
        parsers.sites,
        "Sites of the hosted Jirafe Events API, as site:token pairs separated by commas or spaces; "
        "in production, tokens need at least 16 characters.",
    ),
    Setting(
        "JIRAFE_TRACKER_ORIGINS",
        "",
        parsers.tracker_origins,
        "Origins that may send a site's pageviews and visits, as site:origin separated by commas "
        "or spaces, such as my-shop:https://shop.example; a site without any accepts all origins.",
    ),
    Setting(
        "TRACKER_REQUESTS_PER_MINUTE",
        "1200",
        parsers.limit,
        "Requests per minute that the trackers accept from one client address for one site, per "
        "process; 0 for no limit.",
    ),
    Setting(
        "TRACKER_MEGABYTES_PER_DAY",
        "500",
        parsers.limit,
        "Megabytes that the trackers store for one site in a day of UTC; 0 for no limit.",
    ),
    Setting(
        "EVENTS_RETENTION_DAYS",
        "0",
        parsers.events_retention_days,
        "Days for which `flask prune` keeps browser events and replaced states in the hosted API; "
        "0 keeps them forever. The latest states always stay.",
    ),
    Setting(
        "DASHBOARD_PASSWORD",
        "",
        parsers.keys,
        "The password for the dashboard, or several separated by commas or spaces. In production, "
        "each needs at least 16 characters, and without one there is no dashboard; in development, "
        "the dashboard is open without one.",
    ),
    Setting(
        "OPERATOR_PASSWORD",
        "",
        parsers.keys,
        "The password for operators, who see the dashboard too, or several; same rules.",
    ),
    Setting(
        "LOCALE",
        "en_GB",
        parsers.locale,
        "How the dashboard writes amounts and dates, such as en_GB, de or fr_CA.",
    ),
    Setting("PORT", "", parsers.port, "The port to listen on; platforms set it."),
    Setting("WEB_CONCURRENCY", "2", parsers.count, "Web processes; use one per core."),
    Setting("THREADS", "2048", parsers.count, "Open connections per web process."),
    Setting(
        "FORWARDED_ALLOW_IPS",
        "",
        parsers.addresses,
        "Addresses of trusted proxies, separated by commas, or `*` for all: their "
        "X-Forwarded-For, X-Forwarded-Proto and SCRIPT_NAME headers are used; if empty, all are "
        "ignored.",
    ),
    Setting(
        "LOG_FORMAT",
        "json",
        parsers.log_format,
        "`json`, or `console` for a readable format.",
    ),
    Setting(
        "LOG_LEVEL",
        "info",
        parsers.log_level,
        "`debug`, `info`, `warning`, `error` or `critical`.",
    ),
)

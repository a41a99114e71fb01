"""The Jirafe endpoint: hub messages in, Jirafe events out. Every part meets here."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import jirafe_api
import jirafe_api.config
import logs
from database.errors import DatabaseUnavailableError
from database.transactions import Database
from jirafe_api.cli import is_to_serve
from jirafe_api.contract import validation
from jirafe_endpoint import cli, config
from jirafe_endpoint.cli import hosted_api
from jirafe_endpoint.config import Settings
from jirafe_endpoint.delivery.attempts import Attempts
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.service import Service
from jirafe_endpoint.delivery.timing import ObservedJirafe, ObservedState
from jirafe_endpoint.jirafe.batching_policy import Pace
from jirafe_endpoint.jirafe.delivery import Delivery, open_delivery
from jirafe_endpoint.messages.services import MESSAGE_TYPES
from jirafe_endpoint.observability import error_reports, readiness
from jirafe_endpoint.observability.metrics import EXTENSION as METRICS
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.state import EXTENSION, Store, open_store, prepare
from jirafe_endpoint.state.health import migrated, reachable
from jirafe_endpoint.web import body, errors, operations, request_log
from jirafe_endpoint.web.home import about
from jirafe_endpoint.web.previews import previews
from jirafe_endpoint.web.request_ids import RequestIds
from jirafe_endpoint.web.webhooks import blueprint

__version__ = "1.0.0"

LEASE_MARGIN = 5.0
"""Seconds that a claim outlasts the deadline, so that it is never taken from one at work."""

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def create_app(clock: Clock = utc_now, **overrides: str) -> Flask:
    """Return the endpoint as a WSGI application, with the hosted API unless events go elsewhere.

    `overrides` are settings by name, before those of the environment; SettingError where one is
    nonsense, or where everybody could send messages in production.
    """
    own = {name: value for name, value in overrides.items() if name in config.OPTIONS}
    rest = {name: value for name, value in overrides.items() if name not in own}
    settings, database_url = config.load(**own), _database_url(rest)
    if is_to_serve():
        settings.check_key()
        if not settings.endpoint_key:
            log.warning("ENDPOINT_KEY is not set: everybody may send messages")
    if settings.sentry_dsn:
        error_reports.report_to(settings.sentry_dsn, f"jirafe-endpoint@{__version__}")
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # answers read as documented
    app.config["VERSION"] = __version__
    app.config["ENDPOINT_KEY"] = settings.endpoint_key
    app.config["RETENTION_DAYS"] = settings.retention_days
    api = settings.jirafe_api_url or _embed_api(app, clock, rest)
    store = _store(settings, database_url, clock)
    app.extensions[METRICS] = metrics = Metrics(MESSAGE_TYPES)
    if "jirafe_api" in app.extensions:
        app.extensions["jirafe_api"].trackers.report_to(metrics.count_tracked)
    delivery = open_delivery(
        api,
        f"jirafe-endpoint/{__version__}",
        settings.jirafe_connect_timeout,
        _pace(settings),
        metrics,
        logs.request_id,
    )
    attempts = Attempts(ObservedJirafe(delivery, metrics.waiting), ObservedState(store.state))
    app.extensions[EXTENSION] = store
    app.extensions["jirafe_endpoint"] = Service(attempts, clock, settings.delivery_deadline)
    app.extensions["jirafe_endpoint_preview"] = Preview(clock, validation.check)
    app.register_blueprint(about)
    app.register_blueprint(previews)
    app.register_blueprint(blueprint)
    _observe(app, metrics, store, delivery)
    app.after_request(body.drain)
    errors.register(app)
    for command in cli.commands:
        app.cli.add_command(command)
    app.wsgi_app = RequestIds(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _database_url(overrides: dict[str, str]) -> str:
    """Return where everything is kept, as the hosted API's settings say; SettingError."""
    try:
        return jirafe_api.config.load(**overrides).database_url
    except jirafe_api.config.SettingError as error:
        raise config.SettingError(str(error)) from error


def _observe(app: Flask, metrics: Metrics, store: Store, delivery: Delivery) -> None:
    """Have messages logged and counted, and answer the operator's questions."""
    checks = {
        "state": partial(reachable, store.database),
        "migrations": partial(migrated, store.database),
        "api": partial(delivery.client.problem, readiness.LIMIT * 0.9),  # to say itself what it was
    }
    app.extensions[readiness.EXTENSION] = readiness.Readiness(checks)
    app.extensions["jirafe_endpoint_problem_of"] = delivery.client.problem_of
    app.register_blueprint(operations.blueprint)
    request_log.register(app, metrics)


def _embed_api(app: Flask, clock: Clock, overrides: dict[str, str]) -> Flask:
    """Serve the hosted API under /jirafe, with its commands, and return it."""
    api = jirafe_api.create_api(clock, **overrides)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/jirafe": api})  # type: ignore[method-assign]
    parts = api.extensions["jirafe_api"]
    app.extensions["jirafe_api"] = parts
    app.extensions["jirafe_endpoint_lend"] = parts.sites.lend
    app.extensions[hosted_api.EXTENSION] = hosted_api.Hosted(parts)
    for command in jirafe_api.commands:
        app.cli.add_command(command)
    return api


def _store(settings: Settings, database_url: str, clock: Clock) -> Store:
    """Return the state; a database that is down now is used as soon as it is up."""
    wait = settings.delivery_deadline / 10  # thrice at the end, still within the router's 30 s
    database = Database(database_url, prepare, wait, durable=False)
    store = open_store(database, clock, settings.delivery_deadline + LEASE_MARGIN)
    try:
        database.prepare()
    except DatabaseUnavailableError as error:
        log.warning("Messages are answered 503 until the state can be used: %s", error)
    finally:
        database.close()  # a server may fork from here, and connections do not survive that
    return store


def _pace(settings: Settings) -> Pace:
    return Pace(
        interval=settings.lane_interval,
        in_flight=settings.lane_in_flight,
        most_events=settings.batch_max_events,
        post_time=settings.jirafe_timeout,
        waiters=settings.lane_waiters,
        failures=settings.breaker_failures,
        pause=settings.breaker_pause,
    )

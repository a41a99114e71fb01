"""The Jirafe endpoint: hub messages in, Jirafe events out. Every part meets here."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import analytics.cli
import backoffice
import config
import jirafe_api
import logs
from analytics.feed import StoredFeed
from backoffice.web.access import Passwords
from config import Settings
from database.errors import DatabaseUnavailableError
from database.transactions import Database
from jirafe_api.api import Api
from jirafe_api.cli import is_to_serve
from jirafe_api.contract import validation
from jirafe_endpoint import cli
from jirafe_endpoint.cli import hosted_api
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.delivery.proof import Proof
from jirafe_endpoint.jirafe.batcher import Batcher
from jirafe_endpoint.jirafe.client import JirafeClient
from jirafe_endpoint.jirafe.embedded import EmbeddedApi
from jirafe_endpoint.jirafe.http_transport import HttpTransport
from jirafe_endpoint.messages.services import MESSAGE_TYPES
from jirafe_endpoint.observability import error_reports, readiness
from jirafe_endpoint.observability.metrics import EXTENSION as METRICS
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops import EXTENSION as SHOPS
from jirafe_endpoint.shops import Shops, open_shops
from jirafe_endpoint.shops.connections import ShopConnections
from jirafe_endpoint.shops.encryption import Vault
from jirafe_endpoint.state import EXTENSION, State, open_state, prepare
from jirafe_endpoint.state.health import migrated, reachable
from jirafe_endpoint.web import errors, operations, request_log, shops
from jirafe_endpoint.web.home import about
from jirafe_endpoint.web.middleware import ClientAddresses, RequestIds, SecurityHeaders
from jirafe_endpoint.web.previews import previews
from jirafe_endpoint.web.site_shares import SiteShares
from jirafe_endpoint.web.webhooks import SHARES, blueprint

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

    `overrides` are settings by name, before those of the environment. Raise config.SettingError
    if one cannot be used, or if anybody could send messages in production.
    """
    settings = config.load(**overrides)
    if is_to_serve():
        _check_secrets(settings)
    if settings.sentry_dsn:
        error_reports.report_to(settings.sentry_dsn, f"jirafe-endpoint@{__version__}")
    app = _flask(settings)
    app.extensions[METRICS] = metrics = Metrics(MESSAGE_TYPES)
    client: JirafeClient | EmbeddedApi
    sender: Batcher | EmbeddedApi
    if settings.jirafe_api_url:
        client = JirafeClient(_http_transport(settings), settings.jirafe_timeout)
        sender = _batcher(client, settings, metrics)
    else:
        hosted = _embed_api(app, clock, overrides)
        hosted.trackers.report_to(metrics.count_tracked)
        client = sender = EmbeddedApi(hosted)
        _serve_dashboard(app, settings, hosted, clock)
    state = _state(settings, clock)
    app.extensions[EXTENSION] = state
    app.extensions["jirafe_endpoint"] = processor = MessageProcessor(
        state.claims,
        sender,
        Proof(client.prove),
        clock,
        settings.delivery_deadline,
        metrics.waiting,
    )
    app.extensions[SHOPS] = _shops(settings, state, processor, metrics)
    app.extensions[SHARES] = SiteShares()
    app.extensions["jirafe_endpoint_preview"] = Preview(clock, validation.check)
    for one in (about, previews, blueprint, shops.blueprint):
        app.register_blueprint(one)
    _observe(app, metrics, state, client)
    errors.register(app)
    for command in cli.commands:
        app.cli.add_command(command)
    app.wsgi_app = RequestIds(  # type: ignore[method-assign]
        SecurityHeaders(ClientAddresses(app.wsgi_app, settings.forwarded_allow_ips))
    )
    return app


def _check_secrets(settings: Settings) -> None:
    settings.check_key()
    if not settings.endpoint_key:
        log.warning("ENDPOINT_KEY is not set: anybody may send messages")
    settings.check_passwords()


def _flask(settings: Settings) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # which would redirect // to whatever Host says
    app.json.sort_keys = False  # type: ignore[attr-defined]  # answers read as documented
    app.config["VERSION"] = __version__
    app.config["ENDPOINT_KEY"] = settings.endpoint_key
    app.config["RETENTION_DAYS"] = settings.retention_days
    return app


def _observe(
    app: Flask, metrics: Metrics, state: State, client: JirafeClient | EmbeddedApi
) -> None:
    """Have messages logged and counted, and answer the operator's questions."""
    checks = {
        "state": partial(reachable, state.database),
        "migrations": partial(migrated, state.database),
        "api": partial(client.problem, readiness.LIMIT * 0.9),  # to say itself what it was
    }
    app.extensions[readiness.EXTENSION] = readiness.Readiness(checks)
    app.extensions["jirafe_endpoint_problem_of"] = client.problem_of
    app.register_blueprint(operations.blueprint)
    request_log.register(app, metrics)


def _shops(
    settings: Settings, state: State, processor: MessageProcessor, metrics: Metrics
) -> Shops:
    lease = 2 * (settings.delivery_deadline + LEASE_MARGIN)  # to read something, and to send it
    vault = Vault(settings.secret_keys)
    connections = ShopConnections(state.database, vault, state.clock, settings.shop_credentials)
    return open_shops(
        state,
        connections,
        processor,
        metrics,
        lease_seconds=lease,
        sync_interval=timedelta(minutes=settings.shop_sync_minutes),
    )


def _embed_api(app: Flask, clock: Clock, overrides: dict[str, str]) -> Api:
    """Serve the hosted API under /jirafe, with its commands, and return its parts."""
    api = jirafe_api.create_api(clock, **overrides)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/jirafe": api})  # type: ignore[method-assign]
    parts: Api = api.extensions["jirafe_api"]
    app.extensions["jirafe_api"] = parts
    app.extensions["jirafe_endpoint_lend"] = parts.sites.lend
    app.extensions[hosted_api.EXTENSION] = hosted_api.Hosted(parts)
    for command in (*jirafe_api.commands, analytics.cli.commands(lambda: parts.store)):
        app.cli.add_command(command)
    return parts


def _serve_dashboard(app: Flask, settings: Settings, api: Api, clock: Clock) -> None:
    """Serve the pages for people, made of the events of the API that is hosted here."""
    passwords = Passwords(settings.dashboard_password, settings.operator_password)
    backoffice.register(
        app,
        settings.database_url,
        api.store.database,
        StoredFeed(api.store),
        lambda: sorted({token.site for token in api.sites.all()}),
        clock,
        passwords,
        is_production=settings.is_production,
        secret_keys=settings.secret_key,
        locale=settings.locale,
    )


def _state(settings: Settings, clock: Clock) -> State:
    """Return the state; a database that is down now is used as soon as it is up."""
    wait = settings.delivery_deadline / 10  # thrice at the end, still within the router's 30 s
    database = Database(settings.database_url, prepare, wait)
    state = open_state(database, clock, settings.delivery_deadline + LEASE_MARGIN)
    try:
        database.prepare()
    except DatabaseUnavailableError as error:
        log.warning("Messages are answered 503 until the state can be used: %s", error)
    finally:
        database.close()  # a server may fork from here, and connections do not survive that
    return state


def _http_transport(settings: Settings) -> HttpTransport:
    """Return the way to the API elsewhere."""
    user_agent = f"jirafe-endpoint/{__version__}"
    return HttpTransport(settings.jirafe_api_url, user_agent, settings.jirafe_connect_timeout)


def _batcher(client: JirafeClient, settings: Settings, metrics: Metrics) -> Batcher:
    return Batcher(
        client,
        settings.jirafe_timeout,
        request_id=logs.REQUEST_ID.get,
        on_post=metrics.post_starts,
        on_breakers=metrics.breakers_are_open,
    )

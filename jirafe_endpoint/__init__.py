"""The Jirafe endpoint: hub messages in, Jirafe events out. `create_app` connects its parts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
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
from jirafe_api.web.bodies import TOGETHER, Bodies
from jirafe_api.web.client_addresses import ClientAddresses
from jirafe_endpoint import cli
from jirafe_endpoint.cli import hosted_api
from jirafe_endpoint.delivery.preview import EXTENSION as PREVIEW
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.processor import EXTENSION as PROCESSOR
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.delivery.proof import Proof
from jirafe_endpoint.delivery.site_shares import SiteShares
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
from jirafe_endpoint.shops.connections import ShopConnections, Vault
from jirafe_endpoint.shops.processing import Lend
from jirafe_endpoint.state import EXTENSION, State, open_state, prepare
from jirafe_endpoint.web import errors, operations, request_log, shops
from jirafe_endpoint.web.home import about
from jirafe_endpoint.web.middleware import RequestIds, SecurityHeaders
from jirafe_endpoint.web.webhooks import BODIES, SHARES, previews
from jirafe_endpoint.web.webhooks import blueprint as webhooks

__version__ = "1.0.0"

LEASE_MARGIN = 5.0
"""Seconds by which a claim outlasts its message's deadline, so that no other worker takes it."""

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the current time, timezone-aware."""
    return datetime.now(UTC)


def create_app(clock: Clock = utc_now, **overrides: str) -> Flask:
    """Return the endpoint as a WSGI application, with the hosted API unless events go elsewhere.

    `overrides` are settings by name that take precedence over the environment. Raise
    config.SettingError if one is invalid, or if production has no key for the hub.
    """
    settings = config.load(**overrides)
    if is_to_serve():
        _check_secrets(settings)
    if settings.sentry_dsn:
        error_reports.report_to(settings.sentry_dsn, f"jirafe-endpoint@{__version__}")
    app = _flask(settings)
    metrics = Metrics(MESSAGE_TYPES)
    if settings.jirafe_api_url:
        jirafe = _remote_api(settings, metrics)
    else:
        jirafe = _hosted_api(app, settings, metrics, clock, overrides)
    state = _state(settings, clock)
    processor = MessageProcessor(
        state.claims,
        jirafe.sender,
        Proof(jirafe.client.prove),
        clock,
        settings.delivery_deadline,
        metrics.waiting,
    )
    app.extensions |= {
        METRICS: metrics,
        EXTENSION: state,
        PROCESSOR: processor,
        PREVIEW: Preview(clock, validation.check),
        SHOPS: _shops(
            settings, state, processor, metrics, app.extensions.get("jirafe_endpoint_lend")
        ),
        SHARES: SiteShares(),
        BODIES: Bodies(share=TOGETHER),  # the hub sends for all sites
        shops.BODIES: Bodies(),
        readiness.EXTENSION: _readiness(state, jirafe.client),
        "jirafe_endpoint_problem_of": jirafe.client.problem_of,
    }
    _add_routes(app, settings, metrics)
    return app


@dataclass(frozen=True)
class _Jirafe:
    """Where events go, and how: `sender` sends messages' events, `client` answers questions."""

    client: JirafeClient | EmbeddedApi
    sender: Batcher | EmbeddedApi


def _check_secrets(settings: Settings) -> None:
    settings.check_key()
    if not settings.endpoint_key:
        log.warning("ENDPOINT_KEY is not set: anyone can send messages")
    settings.check_passwords()


def _flask(settings: Settings) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # the redirect from // would go to the request's Host
    app.json.sort_keys = False  # type: ignore[attr-defined]  # answers read as documented
    app.config["VERSION"] = __version__
    app.config["SETTINGS"] = settings
    return app


def _add_routes(app: Flask, settings: Settings, metrics: Metrics) -> None:
    for blueprint in (about, webhooks, previews, shops.blueprint, operations.blueprint):
        app.register_blueprint(blueprint)
    request_log.register(app, metrics)
    errors.register(app)
    for command in cli.commands:
        app.cli.add_command(command)
    app.wsgi_app = RequestIds(  # type: ignore[method-assign]
        SecurityHeaders(ClientAddresses(app.wsgi_app, settings.forwarded_allow_ips))
    )


def _readiness(state: State, client: JirafeClient | EmbeddedApi) -> readiness.Readiness:
    checks = {
        "state": partial(readiness.reachable, state.database),
        "migrations": partial(readiness.migrated, state.database),
        "api": partial(client.problem, readiness.LIMIT * 0.9),  # ends first, to name its problem
    }
    return readiness.Readiness(checks)


def _shops(
    settings: Settings,
    state: State,
    processor: MessageProcessor,
    metrics: Metrics,
    lend: Lend | None,
) -> Shops:
    lease = 2 * (settings.delivery_deadline + LEASE_MARGIN)  # to read the shop, then send
    vault = Vault(settings.secret_keys)
    connections = ShopConnections(state.database, vault, state.clock, settings.shop_credentials)
    return open_shops(
        state,
        connections,
        processor,
        metrics,
        lease_seconds=lease,
        sync_interval=timedelta(minutes=settings.shop_sync_minutes),
        lend=lend,
    )


def _remote_api(settings: Settings, metrics: Metrics) -> _Jirafe:
    """Return the way to the API at JIRAFE_API_URL."""
    transport = HttpTransport(
        settings.jirafe_api_url,
        f"jirafe-endpoint/{__version__}",
        settings.jirafe_connect_timeout,
    )
    client = JirafeClient(transport, settings.jirafe_timeout)
    batcher = Batcher(
        client,
        settings.jirafe_timeout,
        request_id=logs.REQUEST_ID.get,
        on_post=metrics.post_starts,
        on_breakers=metrics.breakers_are_open,
    )
    return _Jirafe(client, batcher)


def _hosted_api(
    app: Flask, settings: Settings, metrics: Metrics, clock: Clock, overrides: dict[str, str]
) -> _Jirafe:
    """Serve the API under /jirafe and its dashboard, with their commands; return the way to it."""
    api_app = jirafe_api.create_api(clock, **overrides)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/jirafe": api_app})  # type: ignore[method-assign]
    api: Api = api_app.extensions["jirafe_api"]
    api.trackers.report_to(metrics.count_tracked)
    app.extensions["jirafe_api"] = api
    app.extensions["jirafe_endpoint_lend"] = api.sites.lend
    app.extensions[hosted_api.EXTENSION] = hosted_api.Hosted(api)
    for command in (*jirafe_api.commands, analytics.cli.commands(lambda: api.store)):
        app.cli.add_command(command)
    _serve_dashboard(app, settings, api, clock)
    embedded = EmbeddedApi(api)
    return _Jirafe(embedded, embedded)


def _serve_dashboard(app: Flask, settings: Settings, api: Api, clock: Clock) -> None:
    """Serve the dashboard, computed from the events that the hosted API stores."""
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
    """Return the state; if its database is down now, it is used as soon as it is up."""
    wait = settings.delivery_deadline / 10  # needed up to three times, within a router's 30 s
    database = Database(settings.database_url, prepare, wait)
    is_hosted = not settings.jirafe_api_url
    lease_seconds = None if is_hosted else settings.delivery_deadline + LEASE_MARGIN
    state = open_state(database, clock, lease_seconds)
    try:
        database.prepare()
    except DatabaseUnavailableError as error:
        log.warning("Messages are answered 503 until the state can be used: %s", error)
    finally:
        database.close()  # a server may fork from here, and connections do not survive that
    return state

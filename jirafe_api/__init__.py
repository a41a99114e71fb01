"""The hosted Jirafe Events API: it validates, stores and lists events."""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

import config
from database.errors import DatabaseUnavailableError
from jirafe_api import errors
from jirafe_api.api import EXTENSION, Api
from jirafe_api.beacon import beacon
from jirafe_api.cli import commands, is_to_serve
from jirafe_api.cli.migrate import migrate
from jirafe_api.description.pages import pages
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store
from jirafe_api.strict_json import dumps
from jirafe_api.web.client_addresses import ClientAddresses
from jirafe_api.web.reading import AnyText, reading
from jirafe_api.web.trackers.acceptance import Trackers
from jirafe_api.web.trackers.v1 import v1_tracker
from jirafe_api.web.trackers.v2 import v2_tracker
from jirafe_api.web.v1_resources import v1_resources
from jirafe_api.web.v2_resources import v2_resources

__all__ = ["commands", "create_api"]

logger = logging.getLogger(__name__)

_BLUEPRINTS = (v2_resources, reading, v2_tracker, beacon, v1_resources, v1_tracker, pages)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _JSON(DefaultJSONProvider):
    """Compact JSON with members in their original order."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        return dumps(obj).decode()


def create_api(now: Callable[[], datetime] = _utc_now, **overrides: str) -> Flask:
    """Return the API as a WSGI application, to serve alone or under a prefix.

    `overrides` are settings by name that take precedence over the environment. Raise SettingError
    if one is invalid or names an unknown site. While the database is down, every request is
    answered 503.
    """
    settings = config.load(**overrides)
    if is_to_serve():
        settings.check_tokens()
    store = Store(settings.database_url, now)
    sites = Sites(settings.jirafe_api_sites, store)
    trackers = Trackers(
        sites,
        store,
        settings.jirafe_tracker_origins,
        settings.tracker_requests_per_minute,
        settings.tracker_megabytes_per_day * 1024 * 1024,
    )
    api = Api(store, sites, trackers, settings.events_retention_days)
    app = Flask(__name__, static_folder=None)
    app.json = _JSON(app)
    app.url_map.merge_slashes = False
    app.url_map.converters["any_text"] = AnyText
    app.extensions[EXTENSION] = api
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.register(app)
    for command in (migrate, *commands):
        app.cli.add_command(command)
    app.wsgi_app = ClientAddresses(  # type: ignore[method-assign]
        app.wsgi_app, settings.forwarded_allow_ips
    )
    _prepare(api, settings.jirafe_tracker_origins)
    return app


def _prepare(api: Api, sites_with_origins: Collection[str]) -> None:
    try:
        api.store.prepare()
        if is_to_serve():
            api.sites.warn_if_none()
            _check_known(api, sites_with_origins)
    except DatabaseUnavailableError as error:
        logger.warning("%s. Requests are answered 503 until it is available.", error)
    finally:
        api.store.close()  # a server may fork from here, and connections do not survive that


def _check_known(api: Api, sites_with_origins: Collection[str]) -> None:
    """Raise SettingError if an origin is set for an unknown site, which may be misspelled."""
    unknown = set(sites_with_origins) - {token.site for token in api.sites.all()}
    if unknown:
        raise config.SettingError(
            f"JIRAFE_TRACKER_ORIGINS: names the unknown site {min(unknown)}. Correct the name, or "
            "run `flask sites add` for it first"
        )

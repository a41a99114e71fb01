"""The Jirafe Events API, hosted: checks events, keeps them, and lists them."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from flask.json.provider import DefaultJSONProvider

import config
from database.errors import DatabaseUnavailableError
from jirafe_api import errors
from jirafe_api.api import EXTENSION, Api
from jirafe_api.beacon import beacon
from jirafe_api.cli import commands, is_to_serve
from jirafe_api.cli.migrate import migrate
from jirafe_api.description.docs_page import pages
from jirafe_api.description.views import describing
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store
from jirafe_api.web import body
from jirafe_api.web.browsers import Browsers
from jirafe_api.web.reading import reading
from jirafe_api.web.tracker import tracker
from jirafe_api.web.v1.resources import v1_resources
from jirafe_api.web.v1.tracker import v1_tracker
from jirafe_api.web.v2 import v2

__all__ = ["commands", "create_api"]

logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _JSON(DefaultJSONProvider):
    """Shows events with their members in the order in which they came."""

    sort_keys = False


def create_api(now: Callable[[], datetime] = _utc_now, **overrides: str) -> Flask:
    """The API as a WSGI application, to serve alone or under a prefix.

    `overrides` are settings by name, before those of the environment; config.SettingError where
    one is nonsense. A database that is down now is used as soon as it is up: until then every
    request is answered 503.
    """
    settings = config.load(**overrides)
    if is_to_serve():
        settings.check_tokens()
    store = Store(settings.database_url, now)
    sites = Sites(settings.jirafe_api_sites, store)
    browsers = Browsers(sites, store, settings.jirafe_tracker_origins)
    api = Api(store, sites, browsers, settings.events_retention_days)
    app = Flask(__name__, static_folder=None)
    app.json = _JSON(app)
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = api
    for blueprint in (v2, reading, tracker, beacon, v1_resources, v1_tracker, describing, pages):
        app.register_blueprint(blueprint)
    app.after_request(body.drain)
    errors.register(app)
    for command in (migrate, *commands):
        app.cli.add_command(command)
    _greet(api)
    return app


def _greet(api: Api) -> None:
    try:
        api.store.prepare()
        if is_to_serve():
            api.sites.warn_if_none()
    except DatabaseUnavailableError as error:
        logger.warning("%s. Requests are answered 503 until it can.", error)
    finally:
        api.store.close()  # a server may fork from here, and connections do not survive that

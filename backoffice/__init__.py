"""The dashboard's pages, with their sign-in. `register` adds them to an application."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask

from analytics.feed import Feed
from backoffice.reading.catch_up import CatchUp
from backoffice.reading.reader import Reader
from backoffice.web import views  # noqa: F401  # adds its routes
from backoffice.web.access import Passwords, Throttle
from backoffice.web.office import EXTENSION, SESSION, Backoffice, PageSessions, pages
from database.transactions import Database


def register(
    app: Flask,
    database_url: str,
    database: Database,
    feed: Feed,
    sites: Callable[[], Sequence[str]],
    now: Callable[[], datetime],
    passwords: Passwords,
    *,
    is_production: bool,
    secret_keys: tuple[str, ...] = (),
    locale: str = "en_GB",
) -> None:
    """Serve the pages below /dashboard.

    Without a password, they are open to everybody in development, and hidden in production.
    """

    app.config.update(SESSION, SESSION_COOKIE_SECURE=is_production)
    app.secret_key, *older = secret_keys or (passwords.signing_key(),)
    app.config["SECRET_KEY_FALLBACKS"] = older
    app.session_interface = PageSessions()
    office = app.extensions[EXTENSION] = Backoffice(
        reader=Reader(database_url, database),
        passwords=passwords,
        throttle=Throttle(),
        is_open=not is_production and not passwords.are_set,
        sites=sites,
        refresh=CatchUp(database, feed, now),
        now=now,
        locale=locale,
    )
    if not office.is_hidden:
        app.register_blueprint(pages)

"""Serve on PORT with a demo site, which is stored so that `flask` commands know it too."""

import os
import socket
import sys
from datetime import UTC, datetime

import config
from database.errors import DatabaseUnavailableError
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store

SITE, TOKEN = "demo-shop", "demo-token"
"""The site and token of the messages in fixtures/."""

_WELCOME = f"""\
Serving on {{url}}; stop with Ctrl-C. In another terminal, send an order:

  curl -s {{url}}/import_new_order -H 'Content-Type: application/json' \\
    --data @fixtures/order_new.json

and read the order events that arrived:

  curl -s {{url}}/jirafe/v2/{SITE}/order -H 'Authorization: Bearer {TOKEN}'

or at the dashboard: {{url}}/dashboard
Commands work on the same database: .venv/bin/flask events list --site {SITE}
"""


def main() -> None:
    """Store the demo site, then serve; exit with one line if that is impossible."""
    port = os.environ.get("PORT", "5000")
    os.environ.setdefault("APP_ENV", "development")
    os.environ.setdefault("LOG_FORMAT", "console")
    try:
        settings = config.load()
        if not (settings.is_production or settings.jirafe_api_sites):
            add_site(settings.database_url)
    except (config.SettingError, DatabaseUnavailableError) as error:
        sys.exit(str(error))
    print(_WELCOME.format(url=f"http://127.0.0.1:{port}"))
    serve(port, {})


def add_site(database_url: str) -> None:
    """Store the demo site with its token, unless it is stored already."""
    store = Store(database_url, lambda: datetime.now(UTC))
    sites = Sites((), store)
    if not sites.opens(TOKEN, SITE):
        sites.add(SITE, "demo", token=TOKEN)
    store.close()


def check_port(port: str, command: str) -> None:
    """Exit with one line if the port cannot be used; `command` is the command that was run."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", int(port)))
        except (OSError, OverflowError, ValueError):
            sys.exit(f"Port {port} cannot be used. Choose another one: PORT=5001 {command}")


def serve(port: str, settings: dict[str, str]) -> None:
    """Replace this process by gunicorn, with settings that take precedence."""
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "app:app"]
    sys.stdout.flush()
    os.execve(command[0], command, os.environ | settings)


if __name__ == "__main__":
    check_port(os.environ.get("PORT", "5000"), "make run")
    main()

"""The first hour of a new user: the README's steps, and likely mistakes."""

import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import config
import demo
from analytics.figures.figures import FIGURES, measure
from analytics.queries.asked import Asked, Days
from analytics.sites import site_settings
from database.migrations import prepare
from database.transactions import Database
from tests.endpoint.fixtures import FIXTURES, fixture
from tests.project.test_deploy import ask, run, running
from tests.serving import ROOT, free_port

MAKE = f"make --old-file .venv/installed BIN={Path(sys.executable).parent}"


def test_commands_find_the_demo_site_of_make_run_from_any_folder(
    tmp_path,
):
    port = free_port()
    url = f"sqlite:///{tmp_path}/x.db"
    app = f"{ROOT}/app.py"

    with running(f"{MAKE} run", port, PORT=str(port), DATABASE_URL=url, WEB_CONCURRENCY="1"):
        sent = (FIXTURES / "order_new.json").read_bytes()
        assert ask(port, "POST", "/", sent) == (200, fixture("order_new.reply"))
        listed = run("flask events list --kind cart", tmp_path, FLASK_APP=app, DATABASE_URL=url)
        checked = run("flask check --site demo-shop", tmp_path, FLASK_APP=app, DATABASE_URL=url)

    assert listed.stdout.count('"site": "demo-shop"') == 1
    assert (checked.returncode, "token: ok" in checked.stdout) == (0, True)


def test_a_relative_database_path_starts_in_the_projects_folder(monkeypatch):
    monkeypatch.chdir("/")

    settings = config.load(DATABASE_URL="sqlite:///data/shop.db")

    assert settings.database_url == f"sqlite:///{ROOT}/data/shop.db"


def test_a_taken_port_is_reported_with_how_to_choose_another(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for target in ("run", "demo"):
            ended = run(f"{MAKE} {target}", PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/x.db")

            line = f"Port {port} cannot be used. Choose another one: PORT=5001 make {target}"
            assert (ended.returncode, ended.stderr.splitlines()[0]) == (2, line)
    assert list(tmp_path.iterdir()) == []


def test_the_demo_has_a_value_for_every_figure(tmp_path):
    now = datetime(2026, 11, 26, 14, tzinfo=UTC)
    url = f"sqlite:///{tmp_path}/demo.db"
    demo.fill(url, now, days=60, is_quiet=True)

    database = Database(url, prepare)
    with database.reading() as connection:
        site = replace(site_settings(connection, demo.SITE.id), currency="USD")
        days = Days(now.date().replace(day=1), now.date())
        measured = measure(connection, Asked(site, "USD", days, now), FIGURES)
    database.close()

    empty = {name for name, one in measured.items() if not one.value}
    assert empty <= {"waiting_orders", "open_carts"}
    assert 0.1 < measured["returning_customers"].value / measured["customers"].value < 0.5
    assert 0.3 < measured["margin_rate"].value < 0.7

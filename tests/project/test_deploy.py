"""The service as platforms start it, by their configuration files."""

import configparser
import http.client
import json
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

import config
from tests.endpoint.fixtures import FIXTURES, SITE, TOKEN, fixture
from tests.project.test_project import PACKAGES
from tests.serving import NOT_INHERITED, ROOT, free_port, wait_for

KEY = "a-key-of-some-length"
PROCESSES = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SETTINGS = {setting.name for setting in config.SETTINGS}
NO_KEY = (
    "ENDPOINT_KEY: is not set, so anyone could send messages. Set it, for example with "
    "`heroku config:set ENDPOINT_KEY=$(openssl rand -hex 20)`; if this is not production, set "
    "APP_ENV=development"
)


def environment(**settings):
    """Return a process's environment on a platform: the PATH and the settings."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return kept | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | settings


def run(line, cwd=ROOT, **settings):
    return subprocess.run(
        shlex.split(line),
        cwd=cwd,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
    )


@contextmanager
def running(line, port, cwd=ROOT, **settings):
    """Run a line while the block does; all of its processes have ended afterwards."""
    with subprocess.Popen(
        shlex.split(line), cwd=cwd, env=environment(**settings), start_new_session=True
    ) as process:
        try:
            wait_for(port, process)
            yield process
            stop(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def stop(process):
    """Tell all processes to end, as platforms do, and return the status of the first."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    return process.wait(30)


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    given = answer.status, json.loads(answer.read())
    connection.close()
    return given


@pytest.fixture
def database(postgres_database):
    """Return the URL of an empty Postgres database, in Heroku's spelling."""
    name = f"test_{secrets.token_hex(6)}"
    with closing(psycopg.connect(postgres_database, autocommit=True)) as server:
        server.execute(f"CREATE DATABASE {name}")
        url = f"{postgres_database.rpartition('/')[0]}/{name}"
        yield url.replace("postgresql:", "postgres:")
        # Not waited for, as in tests/databases.py.
        server.pgconn.send_query(f"DROP DATABASE {name} WITH (FORCE)".encode())


def tables(url):
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in rows}


def test_a_one_click_deploy_on_an_empty_postgres_gives_a_working_service(database):
    """The release makes the tables, the script after it a first site, whose token is shown."""
    port = free_port()
    platform = {"DATABASE_URL": database, "ENDPOINT_KEY": KEY}
    script = json.loads((ROOT / "app.json").read_text())["scripts"]["postdeploy"]

    release = run(PROCESSES["release"], DATABASE_URL=database)
    assert release.returncode == 0, release.stderr
    assert {"jirafe_events", "jirafe_tokens", "endpoint_messages", "endpoint_leases"} <= tables(
        database
    )

    added = run(script, DATABASE_URL=database)
    site, token = re.fullmatch(r"site\t(.+)\ntoken\t([0-9a-f]{40})\n", added.stdout).groups()
    assert (added.returncode, site) == (0, "my-shop")
    assert f"set jirafe.site_id to {site} and jirafe.access_token to the token" in added.stderr
    assert "post orders to\n  /import_order at the address of this service" in added.stderr

    with running(PROCESSES["web"], port, PORT=str(port), **platform):
        sent = (FIXTURES / "order_new.json").read_text().replace(TOKEN, token).replace(SITE, site)
        assert ask(port, "POST", "/import_new_order", sent)[0] == 401
        answer = ask(port, "POST", "/import_new_order", sent, X_Hub_Token=KEY)
        assert answer == (200, fixture("order_new.reply"))
        _, page = ask(port, "GET", f"/jirafe/v2/{site}/order", Authorization=f"Bearer {token}")
    kept = [entry["event"] for entry in reversed(page["events"])]
    assert kept == fixture("order_new.events")["order"]


def test_a_platform_that_stops_the_web_process_loses_no_message_in_progress(postgres_url):
    port = free_port()
    token = "a-token-of-some-length"
    sites = f"{SITE}:{token}"
    sent = (FIXTURES / "taxon_new.json").read_text().replace(TOKEN, token).encode()
    head = (
        f"POST / HTTP/1.1\r\nHost: x\r\nX-Hub-Token: {KEY}\r\nContent-Length: {len(sent)}\r\n"
        "Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    platform = {"DATABASE_URL": postgres_url, "ENDPOINT_KEY": KEY, "JIRAFE_API_SITES": sites}

    with (
        running(PROCESSES["web"], port, PORT=str(port), **platform) as web,
        socket.create_connection(("127.0.0.1", port), timeout=30) as hub,
    ):
        hub.sendall(head.encode())
        answer = hub.makefile("rb")
        assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"  # the request is in progress
        os.killpg(web.pid, signal.SIGTERM)
        until_closed(port)
        hub.sendall(sent)
        given = answer.read()
        status = web.wait(30)

    assert b"HTTP/1.1 200 OK" in given
    assert json.loads(given.rpartition(b"\r\n\r\n")[2]) == fixture("taxon_new.reply")
    assert status == 0


def until_closed(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.02)
    raise AssertionError("the service still takes connections")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"PORT": "0"}, NO_KEY),
        ({"APP_ENV": "production"}, NO_KEY),
        (
            {"PORT": "0", "ENDPOINT_KEY": KEY, "RETENTION_DAYS": "0"},
            "RETENTION_DAYS: is not a whole ",
        ),
        ({"PORT": "0", "ENDPOINT_KEY": KEY, "DATABASE_URL": "x"}, "DATABASE_URL: is neither "),
    ],
)
def test_a_failed_start_prints_one_line_with_the_reason(tmp_path, settings, said):
    ended = run(PROCESSES["web"], **{"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"} | settings)

    assert ended.returncode == 1
    assert [line[: len(said)] for line in ended.stderr.splitlines()] == [said]
    assert "Traceback" not in ended.stdout


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("WEB_CONCURRENCY", "0", "is not a whole number from 1 to 99999"),
        ("THREADS", "0", "is not a whole number from 1 to 99999"),
        ("THREADS", "many", "is not a whole number from 1 to 99999"),
        ("LOG_FORMAT", "xml", "is not one of json, console"),
        ("LOG_LEVEL", "loud", "is not one of debug, info, warning, error, critical"),
    ],
)
def test_an_invalid_server_setting_is_named_in_one_line(name, value, problem):
    ended = run("gunicorn --bind 127.0.0.1:0 app:app", **{name: value})

    assert (ended.returncode, ended.stderr) == (1, f"{name}: {problem}\n")


def test_gunicorn_does_not_try_a_refused_start_again():
    ended = run("gunicorn --bind 127.0.0.1:0 app:app", RETENTION_DAYS="0", WEB_CONCURRENCY="1")

    assert ended.returncode == 1
    assert ended.stderr.count("RETENTION_DAYS: is not a whole number from 1 to 36525") == 1
    assert "Traceback" not in ended.stderr


def test_commands_need_no_key(tmp_path):
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "PORT": "1", "APP_ENV": "production"}

    migrated = run("flask migrate", **settings)
    served = run("flask run --port 0", **settings)

    assert (migrated.returncode, migrated.stdout) == (0, "The database's schema is up to date.\n")
    assert (served.returncode, served.stderr.splitlines()[-1]) == (3, NO_KEY)


def test_app_json_only_asks_for_settings_that_exist():
    app = json.loads((ROOT / "app.json").read_text())

    assert set(app["env"]) <= SETTINGS
    assert (app["success_url"], "DASHBOARD_PASSWORD" in app["env"]) == ("/dashboard", True)
    assert app["env"]["APP_ENV"]["value"] == "production"
    assert app["env"]["ENDPOINT_KEY"]["generator"] == "secret"
    assert set(app["formation"]) == {"web"} <= set(PROCESSES)
    assert [addon["plan"].partition(":")[0] for addon in app["addons"]] == ["heroku-postgresql"]


def docker(instruction):
    """Return the arguments of every instruction of this name in the Dockerfile."""
    return re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.M)


def test_the_image_has_the_projects_python_and_runs_as_an_unprivileged_user():
    assert docker("FROM") == [f"python:{(ROOT / '.python-version').read_text().strip()}-slim"]
    assert int(docker("USER")[-1]) > 0
    assert json.loads(docker("CMD")[0]) == shlex.split(PROCESSES["web"])


def test_the_image_has_everything_the_service_needs_and_nothing_else(tmp_path):
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [line[1:] for line in patterns if line.startswith("!")]
    for name in kept:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "var").mkdir()
    port = free_port()
    given = dict(word.split("=") for word in docker("ENV")[0].split())
    settings = given | {"PORT": str(port), "ENDPOINT_KEY": KEY, "WEB_CONCURRENCY": "1"}

    assert "*" in patterns
    assert {*kept} == {*PACKAGES, "gunicorn.conf.py", "requirements.lock"}
    assert run("flask migrate", tmp_path, **settings).returncode == 0
    with running(shlex.join(json.loads(docker("CMD")[0])), port, tmp_path, **settings):
        assert ask(port, "POST", "/", b"{}")[0] == 401


def unit():
    text = (ROOT / "docs" / "deploy.md").read_text()
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(re.search(r"```ini\n(.*?)```", text, re.S)[1])
    return parser["Service"]


def test_the_systemd_unit_does_what_the_procfile_does():
    service = unit()
    folder = f"{service['WorkingDirectory']}/.venv/bin/"
    started = service["ExecStart"].removeprefix(folder).replace("--bind 127.0.0.1:8000 ", "")

    assert service["ExecStartPre"].removeprefix(folder) == PROCESSES["release"]
    assert started == PROCESSES["web"]


def test_every_supervisor_waits_longer_than_the_service_needs_to_stop():
    text = (ROOT / "gunicorn.conf.py").read_text()
    grace = int(re.search(r"^graceful_timeout = (\d+)", text, re.M)[1])

    assert config.parsers.LONGEST_DEADLINE < grace < int(unit()["TimeoutStopSec"]) == 30
    assert "--stop-timeout 30 " in (ROOT / "docs" / "deploy.md").read_text()


def test_the_deploy_page_uses_settings_and_commands_that_exist(make_app):
    text = (ROOT / "docs" / "deploy.md").read_text()
    commands = make_app().cli.commands

    assert set(re.findall(r"\b([A-Z]+_[A-Z_]+)=", text)) <= SETTINGS
    for group, command in re.findall(r"flask ([a-z-]+)(?: (add))?", text):
        assert not command or command in commands[group].commands
        assert group in commands

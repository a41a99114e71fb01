"""Servers in separate processes, which are stopped at the end of their block."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import bare_api, databases, passthrough

ROOT = Path(__file__).parents[2]
WORKERS = 2
DEMO = "demo-shop:demo-token"
START = 30
"""Seconds that a server may take to start, and to stop."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Return once it answers anything. Raise SystemExit if it does not."""
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url, timeout=START).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit(f"A server did not start:\n{self.log.read_text()[-2000:]}")


@contextmanager
def upstream(folder: Path, delay: float = 0, limit: int = 0) -> Iterator[Server]:
    """Serve the upstream, with a delay in seconds and a limit of requests at a time."""
    port = _free_port()
    options = [f"--port={port}", f"--delay={delay}", f"--limit={limit}"]
    with _running(["benchmarks.servers.upstream", *options], folder, port, {}) as server:
        yield server


@contextmanager
def service(
    folder: Path,
    url: str,
    database_url: str,
    *options: str,
    workers: int = WORKERS,
    **environ: str,
) -> Iterator[Server]:
    """Serve the service in front of the upstream at `url`, or with the hosted API if it is ""."""
    databases.migrate(database_url)
    settings = {"JIRAFE_API_URL": f"{url}/v2"} if url else {"JIRAFE_API_SITES": DEMO}
    settings["DATABASE_URL"] = database_url
    with _gunicorn("app:app", folder, settings | environ, workers, options) as server:
        yield server


@contextmanager
def pass_through(folder: Path, url: str, kind: str) -> Iterator[Server]:
    """Serve the pass-through in front of the upstream at `url`, for events of a kind."""
    settings = {passthrough.UPSTREAM: f"{url}/v2/demo-shop/{kind}"}
    with _gunicorn("benchmarks.servers.passthrough:app", folder, settings, WORKERS, ()) as server:
        yield server


@contextmanager
def api(folder: Path, database_url: str, site: str) -> Iterator[Server]:
    """Serve the hosted API alone, for a site given as site:token."""
    databases.migrate(database_url)
    settings = {
        "DATABASE_URL": database_url,
        "JIRAFE_API_SITES": site,
        "TRACKER_REQUESTS_PER_MINUTE": "0",  # all load comes from one address
        "TRACKER_MEGABYTES_PER_DAY": "0",
    }
    with _gunicorn("jirafe_api:create_api()", folder, settings, WORKERS, ()) as server:
        yield server


@contextmanager
def bare_view(folder: Path, database_url: str) -> Iterator[Server]:
    """Serve the bare view, which stores what it gets."""
    settings = {bare_api.DATABASE: database_url}
    with _gunicorn("benchmarks.servers.bare_api:app", folder, settings, WORKERS, ()) as server:
        yield server


@contextmanager
def _gunicorn(
    application: str, folder: Path, settings: dict[str, str], workers: int, options: tuple[str, ...]
) -> Iterator[Server]:
    port = _free_port()
    bound = ["--config", str(ROOT / "gunicorn.conf.py"), "--bind", f"127.0.0.1:{port}"]
    environ = settings | {"WEB_CONCURRENCY": str(workers)}
    with _running(["gunicorn", *bound, *options, application], folder, port, environ) as server:
        yield server


@contextmanager
def _running(
    command: list[str], folder: Path, port: int, settings: dict[str, str]
) -> Iterator[Server]:
    """Run a Python module with these settings, and no others of the service."""
    log = folder / f"{port}.log"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=kept | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(process.pid, port, log)
    finally:
        process.terminate()
        try:
            process.wait(START)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

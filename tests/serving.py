"""gunicorn in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.leaks import watched_output

ROOT = Path(__file__).parents[1]
NOT_INHERITED = (
    "APP_ENV",
    "DATABASE_URL",
    "ENDPOINT_KEY",
    "JIRAFE_API_SITES",
    "JIRAFE_API_URL",
    "PORT",
)


@contextmanager
def serving(application: str, *arguments: str, cwd: Path = ROOT, **settings: str) -> Iterator[int]:
    """Serve the application while the block runs, with these settings only; yields the port.

    There is one worker, unless the arguments or the settings say otherwise.
    """
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *arguments]
    with (
        watched_output() as output,
        subprocess.Popen(
            [*command, "--no-control-socket", application],
            cwd=cwd,
            env=inherited | {"PYTHONPATH": str(ROOT), "WEB_CONCURRENCY": "1"} | settings,
            stdout=output,
            stderr=output,
        ) as server,
    ):
        try:
            wait_for(port, server)
            yield port
        finally:
            server.terminate()
    assert server.returncode == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the server does not listen")

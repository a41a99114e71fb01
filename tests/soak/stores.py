"""The databases of the state, and what can happen to each."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.harness.own_postgres import Postgres, own_postgres, postgres_programs
from tests.serving import ROOT

OUTAGE = 3.0
"""Seconds that a database is locked, full or away."""

DISK = "640m"

Disturbance = Callable[[], None]


@dataclass
class Store:
    """A database, and what can happen to it by name; `skipped` says what cannot, and why."""

    url: str
    disturbances: dict[str, Disturbance]
    skipped: dict[str, str] = field(default_factory=dict)


@contextmanager
def sqlite_store() -> Iterator[Store]:
    """Give an SQLite file on a small disk."""
    with _disk() as (folder, is_small):
        file = folder / "jirafe.db"
        store = Store(f"sqlite:///{file}", {"locked database": lambda: _lock_sqlite(file)})
        store.skipped["restarted database"] = "SQLite has no server"
        _add_full_disk(store, folder, is_small)
        yield store


@contextmanager
def postgres_store() -> Iterator[Store]:
    """Give a Postgres server on a small disk."""
    programs = postgres_programs()
    if programs is None:
        sys.exit("The programs of a Postgres server are not in /usr/lib/postgresql.")
    with _disk() as (folder, is_small), own_postgres(programs, folder) as server:
        _migrate(server.url)
        store = Store(
            server.url,
            {
                "locked database": lambda: _lock_postgres(server.url),
                "restarted database": lambda: _restart(server, "fast"),
                "crashed database": lambda: _restart(server, "immediate"),
            },
        )
        _add_full_disk(store, folder, is_small, lambda: _start_again(server))
        yield store


@contextmanager
def _disk() -> Iterator[tuple[Path, bool]]:
    """Give a folder, and whether it is a small disk of its own."""
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", name]
        is_small = subprocess.run(mount, check=False, capture_output=True).returncode == 0
        try:
            yield Path(name), is_small
        finally:
            if is_small:
                subprocess.run(["umount", "--lazy", name], check=True)


def _add_full_disk(
    store: Store, folder: Path, is_small: bool, after: Callable[[], None] = lambda: None
) -> None:
    if not is_small:
        store.skipped["full disk"] = "only root can mount a small one"
        return

    def fill() -> None:
        _fill(folder)
        after()

    store.disturbances["full disk"] = fill


def _fill(folder: Path) -> None:
    ballast = folder / "ballast"
    ends = time.monotonic() + OUTAGE
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):  # and again: what is freed meanwhile is taken, too
            with suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
        while (left := ends - time.monotonic()) > 0:
            with suppress(OSError):
                file.write(b"x" * 4096)
            time.sleep(min(left, 0.01))
    ballast.unlink()


def _lock_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(OUTAGE)


def _lock_postgres(url: str) -> None:
    tables = "endpoint_leases, endpoint_messages, endpoint_facts"
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        time.sleep(OUTAGE)


def _restart(server: Postgres, mode: str) -> None:
    server.stop(mode)
    time.sleep(OUTAGE)
    server.start()


def _start_again(server: Postgres) -> None:
    """Start a server that did not get over the full disk, as an operator would."""
    time.sleep(1)
    if not server.is_running():
        server.start()


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "migrate"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
        capture_output=True,
        timeout=60,
    )


STORES = {"sqlite": sqlite_store, "postgres": postgres_store}

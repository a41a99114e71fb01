"""Load a server with wrk, and return the results."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from benchmarks.messages import Kind
from benchmarks.servers.processes import Server
from benchmarks.under_load.usage import usage

SCRIPT = Path(__file__).with_name("messages.lua")
MOST = 1_000_000
"""More messages than any run sends. A run that sends this many ends early and counts as faulty."""

SETTLING = 5
"""Seconds for the arrival of messages that were in progress when wrk stopped."""


class Serials:
    """Numbers for messages, different in each run."""

    def __init__(self) -> None:
        """Start with the first number."""
        self._next = 0

    def take(self) -> int:
        """Return the number after which the next MOST are free."""
        self._next += MOST
        return self._next - MOST


@dataclass(frozen=True)
class Run:
    """The result of a run: `p50` and `p99` in ms, `cpu` in µs per message, memory in MiB."""

    rate: float
    p50: float
    p99: float
    cpu: float
    rss: float
    pss: float
    posts: float
    fault: str


def require_wrk() -> None:
    """Exit if wrk is missing, and say how to install it."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing, which makes the load: apt-get install wrk")


class Arrived(NamedTuple):
    """What has arrived so far: posts, and different carts or orders in them."""

    posts: int
    numbers: int


Look = Callable[[], Arrived]


def at(upstream: Server, kind: Kind) -> Look:
    """Return a function that reports what has arrived at the upstream."""

    def look() -> Arrived:
        stats = _stats(upstream)
        return Arrived(stats["requests"], stats[kind.subject])

    return look


def run(kind: Kind, server: Server, look: Look, callers: int, seconds: int, serial: int) -> Run:
    """Load a server with messages from `callers` connections, and return the result."""
    before, used_before = look(), usage(server.pid)
    counts = wrk(kind, server, callers, seconds, serial)
    arrived = _settled(look, before.numbers + int(counts["made"]) - 1)
    seen, posts = arrived.numbers - before.numbers, arrived.posts - before.posts
    used = usage(server.pid)
    return Run(
        rate=counts["answered"] / counts["seconds"],
        p50=counts["p50"],
        p99=counts["p99"],
        cpu=(used.cpu - used_before.cpu) / max(1, seen) * 1e6,
        rss=used.rss,
        pss=used.pss,
        posts=posts / max(1, seen),
        fault=_fault(counts, seen),
    )


class Template(Protocol):
    """What wrk posts: the parts of a text with numbers between them, and the path."""

    @property
    def subject(self) -> str:
        """What to name files after."""

    @property
    def path(self) -> str:
        """The path of the URL."""

    @property
    def parts(self) -> list[str]:
        """The text, split at the message's number."""


def wrk(
    kind: Template,
    server: Server,
    callers: int,
    seconds: int,
    serial: int,
    headers: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """Run wrk and return what its script counted."""
    template = server.log.with_suffix(f".{kind.subject}")
    template.write_text("\0".join(kind.parts))
    options = ["-t1", f"-c{callers}", f"-d{seconds}s", "--timeout=30s", "-s", str(SCRIPT)]
    for name, value in (headers or {}).items():
        options += ["-H", f"{name}: {value}"]
    done = subprocess.run(
        ["wrk", *options, server.url + kind.path, "--", str(template), str(serial), str(MOST)],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
    )
    counts: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return counts


def _settled(look: Look, most: int) -> Arrived:
    """Return what has arrived once nothing is in progress, or `most` numbers are there."""
    deadline = time.monotonic() + SETTLING
    was, now = -1, look()
    while now.numbers < most and now.numbers != was and time.monotonic() < deadline:
        time.sleep(0.3)
        was, now = now.numbers, look()
    return now


def _fault(counts: dict[str, float], seen: int) -> str:
    """Return what went wrong, "" for nothing."""
    if not counts["answered"]:
        return "no answers"
    faults = {
        "not 200": counts["failed"],
        "broken": counts["broken"],
        "lost": max(0, counts["answered"] - seen),
        "doubtful": max(0, seen - counts["made"]),
        "too many": max(0, counts["made"] - MOST),
    }
    return ", ".join(f"{count:.0f} {name}" for name, count in faults.items() if count)


def _stats(upstream: Server) -> dict[str, int]:
    with urllib.request.urlopen(f"{upstream.url}/stats", timeout=30) as answer:
        stats: dict[str, int] = json.load(answer)
    return stats

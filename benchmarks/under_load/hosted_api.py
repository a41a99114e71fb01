"""(d) The hosted API against the bare view, cell by cell."""

import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Table

from benchmarks.messages import FIXTURES
from benchmarks.servers import bare_api, databases, processes
from benchmarks.servers.processes import Server
from benchmarks.under_load import load
from benchmarks.under_load.load import Serials
from benchmarks.under_load.usage import usage
from jirafe_api.storage.tables import EVENTS

SITE, TOKEN = "demo-shop", "demo-token"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
WARMING = 1
"""Seconds of load before the measurement."""

LONGEST = 15
"""Seconds after which a run without a single answer ends."""

SETTLING = 10
"""Seconds for storing the requests that were in progress when wrk stopped."""


@dataclass(frozen=True)
class Post:
    """A request: `size` copies of an event, whose text has a NUL in place of its number."""

    name: str
    path: str
    event: str
    size: int
    callers: int

    @property
    def subject(self) -> str:
        """What to name files after."""
        return self.name.replace(" ", "-")

    @cached_property
    def parts(self) -> list[str]:
        """The body, split at the number."""
        if self.size == 1:
            return self.event.split("\0")
        events = (self.event.replace("\0", f"{place}-\0") for place in range(self.size))
        return f'{{"cart":[{",".join(events)}]}}'.split("\0")

    def body(self) -> bytes:
        """Return one of them."""
        return "0".join(self.parts).encode()


@dataclass(frozen=True)
class Run:
    """The result of a run: events per second, ms per request, µs of CPU per event."""

    rate: float
    p50: float
    p99: float
    cpu: float
    fault: str


Cells = dict[tuple[str, Post], list[tuple[Run, Run]] | str]
"""Pairs of the API and the bare view by database and post, or the reason for none."""


def _cart() -> str:
    event = json.loads((FIXTURES / "cart_new.events.json").read_text())["cart"][0]
    return json.dumps(event | {"id": "R\0"}, separators=(",", ":")).replace("\\u0000", "\0")


def _pageview() -> str:
    visit = {"id": "v\0", "visitor": "w\0"}
    wrapper = {"site": SITE, "visit": visit, "pageview": {"page_type": "homepage"}}
    return json.dumps(wrapper, separators=(",", ":")).replace("\\u0000", "\0")


POSTS = (
    Post("a cart", f"/v2/{SITE}/cart", _cart(), 1, callers=16),
    Post("500 carts", f"/v2/{SITE}/batch", _cart(), 500, callers=4),
    Post("a pageview", "/v2/tracker/pageview", _pageview(), 1, callers=16),
)


def measure(rounds: int, seconds: int) -> Cells:
    """Return pairs of runs for each round of each post on each database."""
    pairs: defaultdict[tuple[str, Post], list[tuple[Run, Run]]] = defaultdict(list)
    skipped: dict[tuple[str, Post], str] = {}
    serials = Serials()
    for number in range(rounds):
        for name, database in databases.KINDS.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            if name == "Postgres" and not databases.can_reach_postgres():
                skipped |= {(name, post): "cannot be reached" for post in POSTS}
                continue
            with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
                urls = [stack.enter_context(database(Path(folder))) for _ in range(2)]
                databases.make(urls[1], bare_api.TABLE)
                both = [
                    stack.enter_context(processes.api(Path(folder), urls[0], f"{SITE}:{TOKEN}")),
                    stack.enter_context(processes.bare_view(Path(folder), urls[1])),
                ]
                for server in both:
                    server.wait()
                for post in POSTS:
                    if status := _refused(both[0], post):
                        skipped[name, post] = f"the API answers {status}: it has no such route"
                        continue
                    tables = zip(both, urls, (EVENTS, bare_api.TABLE), strict=True)
                    runs = [_run(post, *target, seconds, serials) for target in tables]
                    pairs[name, post].append((runs[0], runs[1]))
    return {
        (name, post): skipped.get((name, post)) or pairs[name, post]
        for name in databases.KINDS
        for post in POSTS
    }


def _refused(server: Server, post: Post) -> int:
    """Return the status with which a post is refused, 0 where it is accepted."""
    request = urllib.request.Request(server.url + post.path, post.body(), HEADERS)
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return 0


def _run(post: Post, server: Server, url: str, table: Table, seconds: int, serials: Serials) -> Run:
    calm = 0.3 if post.size == 1 else 1.5  # seconds without a new row: then nothing is in progress
    load.wrk(post, server, post.callers, WARMING, serials.take(), HEADERS)
    before, used_before = _settled(url, table, calm), usage(server.pid)
    counts = load.wrk(post, server, post.callers, seconds, serials.take(), HEADERS)
    while not counts["answered"] and seconds < LONGEST:
        seconds *= 3
        before, used_before = _settled(url, table, calm), usage(server.pid)
        counts = load.wrk(post, server, post.callers, seconds, serials.take(), HEADERS)
    kept = _settled(url, table, calm) - before
    used = usage(server.pid).cpu - used_before.cpu
    return Run(
        rate=counts["answered"] * post.size / counts["seconds"],
        p50=counts["p50"],
        p99=counts["p99"],
        cpu=used / max(1, kept) * 1e6,
        fault=_fault(counts, kept, post),
    )


def _settled(url: str, table: Table, calm: float) -> int:
    """Return the number of rows once nothing is in progress any more."""
    deadline = time.monotonic() + SETTLING
    was, now = -1, databases.rows(url, table)
    while was != now and time.monotonic() < deadline:
        time.sleep(calm)
        was, now = now, databases.rows(url, table)
    return now


def _fault(counts: dict[str, float], kept: int, post: Post) -> str:
    if not counts["answered"]:
        return "no answers"
    faults = {
        "not 200": counts["failed"],
        "broken": counts["broken"],
        "lost": max(0, counts["answered"] * post.size - kept),
        "doubtful": max(0, kept - counts["made"] * post.size),
    }
    return ", ".join(f"{count:.0f} {name}" for name, count in faults.items() if count)


PLANS: dict[bool, Sequence[int]] = {False: (2, 3), True: (1, 2)}
"""Rounds, and the seconds of a run, for a full and for a quick measurement."""

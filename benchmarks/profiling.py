"""Where one worker spends its CPU time, under load."""

import pstats
import tempfile
from pathlib import Path

from benchmarks import load, profiled, servers
from benchmarks.load import Serials
from benchmarks.messages import Kind

CALLERS = 64
SECONDS = 5
FUNCTIONS = 15


def show(kind: Kind) -> None:
    """Print the functions that take most of the time, by their own and with all they call.

    The profiler's own work makes small functions look dearer than they are.
    """
    serials = Serials()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "profile"
        with servers.upstream(Path(name)) as upstream:
            upstream.wait()
            with servers.service(
                Path(name),
                upstream.url,
                f"--worker-class={profiled.__name__}.ProfiledWorker",
                workers=1,
                **{profiled.PROFILE: str(file)},
            ) as server:
                server.wait()
                run = load.run(kind, server, upstream, CALLERS, SECONDS, serials.take())
        told = f"{run.rate:.0f} msg/s, {run.posts:.2f} posts a message, {run.fault or 'no faults'}"
        print(f"{kind.type}, {CALLERS} callers, one worker, profiled: {told}\n")
        stats = pstats.Stats(str(file))
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(FUNCTIONS)

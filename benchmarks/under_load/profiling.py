"""Where one worker spends its CPU time, under load."""

import pstats
import tempfile
from pathlib import Path

from benchmarks.messages import Kind
from benchmarks.servers import processes, profiled_worker
from benchmarks.under_load import load
from benchmarks.under_load.load import Serials

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
        with processes.upstream(Path(name)) as upstream:
            upstream.wait()
            with processes.service(
                Path(name),
                upstream.url,
                f"sqlite:///{name}/service.db",
                f"--worker-class={profiled_worker.__name__}.ProfiledWorker",
                workers=1,
                **{profiled_worker.PROFILE: str(file)},
            ) as server:
                server.wait()
                run = load.run(
                    kind, server, load.at(upstream, kind), CALLERS, SECONDS, serials.take()
                )
        summary = (
            f"{run.rate:.0f} msg/s, {run.posts:.2f} posts a message, {run.fault or 'no faults'}"
        )
        print(f"{kind.type}, {CALLERS} callers, one worker, profiled: {summary}\n")
        stats = pstats.Stats(str(file))
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(FUNCTIONS)

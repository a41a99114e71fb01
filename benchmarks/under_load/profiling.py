"""Measure where the production worker spends its CPU time under load."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.messages import Kind
from benchmarks.servers import databases, processes, profiled_worker
from benchmarks.under_load import load
from benchmarks.under_load.load import Run, Serials
from benchmarks.under_load.throughput import Setting, look

CALLERS = 64
SECONDS = 8

STEPS = {
    "gunicorn: head, body, answer": ("/gunicorn/", "gevent_worker.py", "body.py"),
    "Flask: route, hooks, response": ("/flask/", "/werkzeug/"),
    "web: views, ids, headers": ("jirafe_endpoint/web/", "client_addresses.py"),
    "parse: the envelope": ("messages/envelopes.py", "messages/services.py"),
    "prove: identity, token, share": ("messages/message.py", "proof.py", "site_shares.py"),
    "read: the draft": ("mappers/reading/", "purchase.py:purchase", "mappers/__init__.py"),
    "map: the events": ("mappers/",),
    "claim and settle: statements": ("jirafe_endpoint/state/",),
    "store: events": ("store.py:append",),
    "transactions: begin, commit": ("database/transactions.py", "database/engines.py"),
    "group commit: gathering, waiting": ("database/group_commit.py",),
    "check: schemas, rows": ("jirafe_api/",),
    "batch: encode, gather, wait": ("batcher.py", "site_queue.py", "encoding.py"),
    "post: request, answer": ("http_transport.py", "client.py", "jirafe/responses.py"),
    "reply: results, notifications": ("outcomes.py", "notifications.py", "delivery/"),
    "log": ("logs.py", "message_log.py", "request_log.py"),
    "metrics": ("metrics.py", "/prometheus_client/"),
    "gevent: switching": ("/gevent/",),
}
"""The steps of samples: the innermost frame that contains one of the texts decides."""

Samples = Sequence[tuple[Sequence[str], int]]


def show(kind: Kind) -> None:
    """Print the microseconds of CPU per message, by step.

    Once with each database, with the API hosted here and with one elsewhere.
    """
    settings = [
        Setting(kind.type, database, is_hosted=is_hosted)
        for database in databases.KINDS
        for is_hosted in (True, False)
        if database == "SQLite" or databases.can_reach_postgres()
    ]
    serials = Serials()
    found = {}
    for one in settings:
        run, samples = _profiled(kind, one, serials)
        name = f"{one.database}, {one.upstream}"
        print(f"{name}: {run.rate:.0f} msg/s, {run.fault or 'no faults'}", flush=True)
        found[name] = {
            step: count * run.cpu / sum(samples.values()) for step, count in samples.items()
        }
    print(f"\n{kind.type}, {CALLERS} callers, one worker: microseconds of CPU per message\n")
    print(_table(found))


def _profiled(kind: Kind, setting: Setting, serials: Serials) -> tuple[Run, Counter[str]]:
    with tempfile.TemporaryDirectory() as name, processes.upstream(Path(name)) as upstream:
        folder, file = Path(name), Path(name) / "samples"
        with databases.KINDS[setting.database](folder) as url:
            with processes.service(
                folder,
                "" if setting.is_hosted else upstream.url,
                url,
                f"--worker-class={profiled_worker.__name__}.ProfiledWorker",
                workers=1,
                **{profiled_worker.SAMPLES: str(file)},
            ) as server:
                upstream.wait()
                server.wait()
                at = look(setting, kind, upstream, url)
                run = load.run(kind, server, at, CALLERS, SECONDS, serials.take())
            return run, by_step(json.loads(file.read_text()))


def by_step(samples: Samples) -> Counter[str]:
    """Return the number of samples of each step."""
    counts: Counter[str] = Counter()
    for stack, count in samples:
        counts[_step(stack)] += count
    return counts


def _step(stack: Sequence[str]) -> str:
    """Return the step of the innermost frame that has one."""
    for frame in reversed(stack):
        for step, parts in STEPS.items():
            if any(part in frame for part in parts):
                return step
    return "other"


def _table(found: dict[str, dict[str, float]]) -> str:
    lines = ["{:34}".format("step") + "".join(f"{name:>26}" for name in found)]
    for step in (*STEPS, "other"):
        cells = (f"{costs.get(step, 0):>26.0f}" for costs in found.values())
        lines.append(f"{step:34}" + "".join(cells))
    sums = (f"{sum(costs.values()):>26.0f}" for costs in found.values())
    return "\n".join([*lines, "{:34}".format("all") + "".join(sums)])

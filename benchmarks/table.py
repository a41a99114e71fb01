"""The table, as text."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median

from benchmarks.in_process.figures import DAYS, Dashboard
from benchmarks.in_process.growth import Growth
from benchmarks.in_process.steps import Steps
from benchmarks.in_process.volume import Measured
from benchmarks.under_load.fairness import Flooded
from benchmarks.under_load.hosted_api import Cells
from benchmarks.under_load.load import Run
from benchmarks.under_load.throughput import Pair, Setting

_COLUMNS = "{:10}{:18}{:>8} |{:>18}{:>18}{:>18}{:>18} |{} |{} | {}"
_SIDE = "{:>7}{:>7}{:>7}{:>6}{:>9}{:>6}"
_HEADS = _COLUMNS.format(
    "database",
    "upstream",
    "callers",
    *("msg/s", "p50", "p99", "CPU"),
    *[_SIDE.format("msg/s", "p50", "p99", "CPU", "RSS/PSS", "posts")] * 2,
    "check",
)
_GROUPS = "{:10}{:18}{:>8} |{:^72} |{:^42} |{:^42} |".format(
    "", "", "", "service / pass-through: median (least–greatest)", "service", "pass-through"
)


def throughput(cells: dict[tuple[Setting, int], list[Pair]]) -> str:
    """Return part (a)."""
    lines: list[str] = []
    was = ""
    for (setting, callers), pairs in cells.items():
        if setting.type != was:
            was = setting.type
            lines += ["", f"(a) {was}", _GROUPS, _HEADS]
        lines.append(_cell(setting, callers, pairs))
    return "\n".join(lines)


def _cell(setting: Setting, callers: int, pairs: Sequence[Pair]) -> str:
    ratios = [_ratios(pairs, which) for which in (_rate, _p50, _p99, _cpu)]
    sides = [_side([pair[place] for pair in pairs]) for place in (0, 1)]
    faults = [run.fault for pair in pairs for run in pair if run.fault]
    check = f"FAULTY: {'; '.join(faults)}" if faults else "ok"
    return _COLUMNS.format(setting.database, setting.upstream, callers, *ratios, *sides, check)


def _ratios(pairs: Sequence[Pair], which: Callable[[Run], float]) -> str:
    ratios = [which(ours) / which(theirs) for ours, theirs in pairs if which(theirs)]
    return spread(ratios, "{:.2f}") if ratios else "–"


def _side(runs: Sequence[Run]) -> str:
    def middle(which: Callable[[Run], float]) -> float:
        return median(which(run) for run in runs)

    return _SIDE.format(
        f"{middle(_rate):.0f}",
        f"{middle(_p50):.1f}",
        f"{middle(_p99):.1f}",
        f"{middle(_cpu):.0f}",
        f"{middle(lambda run: run.rss):.0f}/{middle(lambda run: run.pss):.0f}",
        f"{middle(lambda run: run.posts):.2f}",
    )


def steps(costs: dict[str, Steps]) -> str:
    """Return part (b)."""
    lines = ["", "(b) one message in one process: microseconds, median (least–greatest)"]
    lines.append(" " * 34 + "".join(f"{kind:^52}" for kind in costs))
    lines.append("{:34}".format("step") + "{:>26}{:>26}".format("CPU", "wall") * len(costs))
    for step in next(iter(costs.values())):
        of_step = [of_kind[step] for of_kind in costs.values()]
        cells = (f"{spread(cost.cpu):>26}{spread(cost.wall):>26}" for cost in of_step)
        lines.append(f"{step:34}" + "".join(cells))
    return "\n".join(lines)


def growth(rows: Sequence[Growth]) -> str:
    """Return part (c)."""
    lines = ["", "(c) growth: microseconds of CPU, median (least–greatest)"]
    for row in rows:
        cpu = row.cost.cpu
        per = f"{median(cpu) / row.size:>12.1f} each" if row.divides else ""
        lines.append(f"{row.name:38}{row.size:>10,}{spread(cpu):>28}{per}")
    return "\n".join(lines)


_KEEPING = "{:10}{:12}{:>8} |{:>20}{:>20}{:>20}{:>20} |{} |{} | {}"
_KEPT = ("rate", "p50", "p99", "cpu")
_KEEPER = "{:>8}{:>8}{:>8}{:>7}"
_KEEPING_HEADS = _KEEPING.format(
    "database", "post", "callers", "ev/s", "p50", "p99", "CPU",
    *[_KEEPER.format("ev/s", "p50", "p99", "CPU")] * 2,
    "check",
)  # fmt: skip
_KEEPING_GROUPS = "{:10}{:12}{:>8} |{:^80} |{:^31} |{:^31} |".format(
    "", "", "", "API / bare view: median (least–greatest)", "API", "bare view"
)


def hosted(cells: Cells) -> str:
    """Return part (d)."""
    lines = ["", "(d) the hosted API", _KEEPING_GROUPS, _KEEPING_HEADS]
    for (database, post), pairs in cells.items():
        if isinstance(pairs, str):
            lines.append(f"{database:10}{post.name:12}{post.callers:>8} | skipped: {pairs}")
            continue
        by_name = [[[getattr(run, name) for run in pair] for pair in pairs] for name in _KEPT]
        ratios = [
            spread([ours / theirs for ours, theirs in some if theirs], "{:.2f}") for some in by_name
        ]
        sides = [
            _KEEPER.format(*(f"{median(pair[place] for pair in some):.1f}" for some in by_name))
            for place in (0, 1)
        ]
        faults = [run.fault for pair in pairs for run in pair if run.fault]
        check = f"FAULTY: {'; '.join(faults)}" if faults else "ok"
        lines.append(_KEEPING.format(database, post.name, post.callers, *ratios, *sides, check))
    return "\n".join(lines)


def volume(events: int, found: Iterable[Measured]) -> Iterator[str]:
    """Yield the lines of part (e), each as soon as it is measured."""
    yield f"\n(e) a store of {events:,} events: milliseconds"
    for database, name, took in found:
        shown = took if isinstance(took, str) else f"{took:,.1f}"
        yield f"{database:10}{name:44}{shown:>12}"


def figures(events: int, found: Mapping[str, Dashboard | str]) -> str:
    """Return part (f)."""
    spread_out = f"{events:,} events in {DAYS} days, {events // DAYS:,} a day"
    lines = [
        "",
        f"(f) the dashboard beside {spread_out}: milliseconds in the database",
        _PAGE.format("", "", "30 days", "whole page", "a year", "whole page"),
    ]
    for database, measured in found.items():
        if isinstance(measured, str):
            lines.append(f"{database:10}skipped: {measured}")
            continue
        for name, times in measured.pages.items():
            shown = (f"{took:,.1f}" for pair in times for took in pair)
            lines.append(_PAGE.format(database, name, *shown))
        lines.append(f"{database:10}folding, events a second{measured.folding:>12,.0f}")
    return "\n".join(lines)


_PAGE = "{:10}{:24}{:>12}{:>12}{:>12}{:>12}"


def spread(values: Sequence[float], form: str = "{:.0f}") -> str:
    """Return the median with the least and the greatest."""
    formatted = [form.format(value) for value in (median(values), min(values), max(values))]
    return "{} ({}–{})".format(*formatted)


def _rate(run: Run) -> float:
    return run.rate


def _p50(run: Run) -> float:
    return run.p50


def _p99(run: Run) -> float:
    return run.p99


def _cpu(run: Run) -> float:
    return run.cpu


def fairness(found: dict[int, list[Flooded]]) -> str:
    """Return part (e)."""
    lines = ["(e) a site's p50 and p99 in ms, alone and beside a flood of another site"]
    for callers, those in found.items():
        ratios = spread([one.ratio for one in those], "{:.2f}")
        lines.append(f"{callers} callers flood: p99 beside / alone {ratios}")
        lines += [
            f"  alone {one.alone[0]:.0f} {one.alone[1]:.0f}, beside {one.beside[0]:.0f} "
            f"{one.beside[1]:.0f}; the flood gets {one.accepted:.0f} accepted and "
            f"{one.refused:.0f} refused a second"
            for one in those
        ]
    return "\n".join(lines)

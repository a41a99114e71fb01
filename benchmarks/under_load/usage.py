"""Read from Linux what the workers of a server use."""

import os
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds so far, and MiB now, of all workers together."""

    cpu: float
    rss: float
    pss: float


def usage(server: int) -> Usage:
    """Return what the children of a process use; zeros if the system does not report it."""
    workers = [pid for pid in Path("/proc").glob("[0-9]*") if _parent(pid) == server]
    kilobytes = [_memory(pid) for pid in workers]
    return Usage(
        cpu=sum(_cpu(pid) for pid in workers),
        rss=sum(memory.get("Rss", 0) for memory in kilobytes) / _MIB,
        pss=sum(memory.get("Pss", 0) for memory in kilobytes) / _MIB,
    )


def _stat(pid: Path) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on; the second may hold spaces."""
    try:
        return (pid / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def _parent(pid: Path) -> int | None:
    stat = _stat(pid)
    return int(stat[1]) if stat else None


def _cpu(pid: Path) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICKS if stat else 0


def _memory(pid: Path) -> dict[str, int]:
    """Return kilobytes by name."""
    try:
        lines = (pid / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {
        name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)
    }

"""What processes have cost so far: CPU seconds and memory, read from Linux's /proc.

A daemon's cost is its whole tree's, because PostgreSQL works in children; children
that have ended and were waited for count too. Elsewhere than on Linux nothing is known: None.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCost:
    """A tree of processes: user and system seconds, and the largest peak of memory in bytes."""

    cpu: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stat:
    parent: int
    ticks: int


def cost_of(*pids: int) -> ProcessCost | None:
    """Return what processes and everything below them have cost; None where that is not known."""
    stats = _read_all()
    tree = [each for pid in pids if pid in stats for each in _tree(pid, stats)]
    if not tree:
        return None
    ticks = sum(stats[each].ticks for each in tree)
    return ProcessCost(cpu=ticks / os.sysconf("SC_CLK_TCK"), peak=max(map(_peak, tree)))


def cores() -> int:
    """Return how many of this machine's cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Linux only.
        return os.cpu_count() or 1


def parent_of(pid: int) -> int | None:
    """Return the parent of a process; None where that is not known."""
    stat = _read(_PROC / str(pid))
    return stat.parent if stat else None


def name_of(pid: int) -> str:
    """Return the name of a process's program; empty where that is not known."""
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8").strip()
    except OSError:
        return ""


def _read_all() -> dict[int, _Stat]:
    if not _PROC.is_dir():
        return {}
    found = {int(each.name): _read(each) for each in _PROC.iterdir() if each.name.isdigit()}
    return {pid: stat for pid, stat in found.items() if stat is not None}


def _read(process: Path) -> _Stat | None:
    try:
        text = (process / "stat").read_text("utf-8", "replace")
    except OSError:
        return None  # It ended just now.
    # The name stands in parentheses and may hold some itself; proc(5) counts fields from 1.
    fields = text.rpartition(")")[2].split()
    return _Stat(parent=int(fields[1]), ticks=sum(int(each) for each in fields[11:15]))


def _tree(root: int, stats: dict[int, _Stat]) -> list[int]:
    children = defaultdict(list)
    for pid, stat in stats.items():
        children[stat.parent].append(pid)
    found = [root]
    for pid in found:
        found.extend(children[pid])
    return found


def _peak(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)

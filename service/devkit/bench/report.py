"""Pure: what single runs measured becomes rates, costs per mail, ratios, and a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

MICROSECONDS = 1_000_000
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """What is measured; `size` is in KB of 1,024 bytes, `hold` in milliseconds."""

    recipients: int
    size: int
    connections: int
    processes: int
    runs: int
    dkim: str = "none"
    hold: float = 0.0
    # The baseline is slow and steady: fewer messages show its rate as well.
    baseline: int = 10_000
    smtp_source: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRun:
    """One run of one sender: how many messages in how long, and CPU seconds by who spent them."""

    mails: int
    seconds: float
    cpu: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Return messages per second."""
        return self.mails / self.seconds

    def cost(self, who: str) -> float:
        """Return microseconds of CPU per mail."""
        return self.cpu[who] / self.mails * MICROSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CrieurRun:
    """One run of Crieur: its time, its books, and what the sink saw of it."""

    timed: TimedRun
    books: Mapping[str, Any]
    taken: int
    size: int
    # Readers per second from the choice of articles to the start of the send.
    prepared: float
    connections: int
    # Bytes of memory of the largest worker process, where that is known.
    peak: int | None
    is_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRuns:
    """All runs, in the order in which they alternated."""

    ours: list[CrieurRun] = field(default_factory=list)
    baseline: list[TimedRun] = field(default_factory=list)
    source: list[TimedRun] = field(default_factory=list)


def build_report(plan: BenchPlan, runs: BenchRuns) -> dict[str, Any]:
    """Return what `crieur bench send --json` prints; it is `sound` when nothing is wrong."""
    timed = [each.timed for each in runs.ours]
    faults = [fault for each in runs.ours for fault in find_faults(plan, each)]
    others = {"aiosmtplib": runs.baseline, "smtp_source": runs.source}
    return {
        "recipients": plan.recipients,
        "size": plan.size * 1024,
        "bytes": round(median(each.size for each in runs.ours)),
        "dkim": plan.dkim,
        "hold_ms": plan.hold,
        "connections": plan.connections,
        "processes": plan.processes,
        "runs": plan.runs,
        "crieur": _summarise(timed)
        | {
            "enrolment_rows": round(median(each.prepared for each in runs.ours)),
            "worker_peak_mb": _peak(runs.ours),
            "connections": max(each.connections for each in runs.ours),
        },
        **{name: _summarise(found) if found else None for name, found in others.items()},
        "ratio": {name: ratio(timed, found) if found else None for name, found in others.items()},
        "books": [dict(each.books) for each in runs.ours],
        "faults": faults,
        "sound": not faults,
    }


def _summarise(runs: Sequence[TimedRun]) -> dict[str, Any]:
    """Return the medians of a sender's runs, and the rate of each."""
    spenders = sorted(set.intersection(*(set(run.cpu) for run in runs)))
    return {
        "rate": round(median(run.rate for run in runs), 1),
        "rates": [round(run.rate, 1) for run in runs],
        "mails": runs[0].mails,
        "cpu_us": {who: round(median(run.cost(who) for run in runs), 1) for who in spenders},
    }


def ratio(ours: Sequence[TimedRun], other: Sequence[TimedRun]) -> float:
    """Return how many times faster ours is: the median over pairs that ran one after the other.

    A machine that slows down for a while slows both of a pair.
    """
    return round(median(a.rate / b.rate for a, b in zip(ours, other, strict=True)), 3)


def _peak(runs: Sequence[CrieurRun]) -> float | None:
    peaks = [each.peak for each in runs if each.peak is not None]
    return round(max(peaks) / MEGABYTE, 1) if peaks else None


def find_faults(plan: BenchPlan, run: CrieurRun) -> list[str]:
    """Return what is wrong with one run, in sentences; nothing when every mail is accounted for."""
    edition, accepted = run.books["edition"], run.books["accepted"]
    faults = []
    if run.taken != accepted:
        faults.append(f"Edition {edition}: the sink took {run.taken}, the ledger has {accepted}.")
    if accepted != plan.recipients:
        faults.append(f"Edition {edition}: {accepted} of {plan.recipients} were accepted.")
    if not run.books["balanced"]:
        faults.append(f"Edition {edition}: the ledger does not balance.")
    if run.is_signed != (plan.dkim != "none"):
        signed = "signed" if run.is_signed else "not signed"
        faults.append(f"Edition {edition}: its messages were {signed}, but --dkim is {plan.dkim}.")
    return faults

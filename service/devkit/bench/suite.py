"""What `make bench` measures, one after the other: under ten minutes on two quiet cores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.devkit.bench import usage
from service.devkit.bench.alert import measure_alerts
from service.devkit.bench.choices import measure_choices
from service.devkit.bench.enrolment import measure_enrolment
from service.devkit.bench.ingest import measure_ingest
from service.devkit.bench.measure import Tell, measure
from service.devkit.bench.report import BenchPlan
from service.devkit.bench.selection import measure_selection
from service.devkit.bench.sink_capacity import measure_sink
from service.devkit.bench.stack import Commands
from service.devkit.embedded_claims import temporary_data_dir
from service.kit.errors import Invalid

ENROLLED = 1_000_000
CHOSEN = 20_000
CHOICES = (1, 1_000)
ALERTED = 1_000
ALERTS = 20
INGESTED = 10_000
SELECTED = 100_000
FLOODED = 60_000
SIZE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSelection:
    """Which sends, all shorter or longer by `scale`, and with how many runs (None: as planned)."""

    only: Sequence[str] = ()
    scale: float = 1.0
    runs: int | None = None


def plans(choice: SuiteSelection, smtp_source: Path | None) -> dict[str, BenchPlan]:
    """Return the chosen sends by their names; raise Invalid for a name that there is not."""
    cores = usage.cores()

    def plan(recipients: int, **changes: Any) -> BenchPlan:
        values = {
            "connections": 10,
            "processes": cores,
            "runs": 3,
            "baseline": 5_000,
        } | changes
        values["runs"] = choice.runs or values["runs"]
        return BenchPlan(
            recipients=max(int(recipients * choice.scale), 10),
            size=SIZE,
            smtp_source=smtp_source,
            **values,
        )

    known = {
        "unsigned": plan(50_000, runs=5, baseline=10_000),
        "unsigned, one process": plan(50_000, processes=1),
        "ed25519": plan(40_000, dkim="ed25519"),
        "rsa-2048": plan(15_000, dkim="rsa"),
        "20 ms, 50 connections": plan(15_000, hold=20, connections=50, processes=1),
        "20 ms, 200 connections": plan(30_000, hold=20, connections=200, processes=1),
    }
    if set(choice.only) - set(known):
        raise Invalid(f"--only takes one of: {'; '.join(known)}.")
    return {name: plan for name, plan in known.items() if not choice.only or name in choice.only}


def run_suite(
    choice: SuiteSelection,
    smtp_source: Path | None,
    *,
    commands: Commands,
    tell: Callable[[str], Tell],
) -> dict[str, Any]:
    """Measure everything; return each send by name, and the others by theirs."""
    sends = {}
    for name, plan in plans(choice, smtp_source).items():
        with temporary_data_dir() as folder:
            sends[name] = measure(plan, folder, commands=commands, tell=tell(name))
    recipients = max(int(ENROLLED * choice.scale), 10)
    tell("enrolment")("readers", 0, recipients)
    runs = choice.runs or 3
    with temporary_data_dir() as folder:
        enrolment = measure_enrolment(folder, recipients=recipients, runs=runs, commands=commands)
    chosen = {}
    for choices in CHOICES:
        recipients = max(int(CHOSEN * choice.scale), 10)
        tell("choices")(f"{choices} choices", 0, recipients)
        with temporary_data_dir() as folder:
            chosen[str(choices)] = measure_choices(
                folder, choices=min(choices, recipients), recipients=recipients, commands=commands
            )
    tell("alert")("readers", 0, ALERTED)
    with temporary_data_dir() as folder:
        alert = measure_alerts(
            folder,
            recipients=max(int(ALERTED * choice.scale), 10),
            runs=choice.runs or ALERTS,
            processes=usage.cores(),
            commands=commands,
        )
    items = max(int(INGESTED * choice.scale), 10)
    tell("ingest")("articles", 0, items)
    with temporary_data_dir() as folder:
        ingest = measure_ingest(folder, items=items, commands=commands)
    articles = max(int(SELECTED * choice.scale), 10)
    tell("selection")("articles", 0, articles)
    with temporary_data_dir() as folder:
        selection = measure_selection(folder, articles=articles, runs=runs, commands=commands)
    mails = max(int(FLOODED * choice.scale), 10)
    sink = measure_sink(mails=mails, size=SIZE * 1024, connections=10, runs=runs)
    everything = [*sends.values(), *chosen.values(), alert, enrolment, ingest, selection, sink]
    return {
        "sends": sends,
        "choices": chosen,
        "alert": alert,
        "enrolment": enrolment,
        "ingest": ingest,
        "selection": selection,
        "sink": sink,
        "faults": [fault for each in everything for fault in each["faults"]],
        "sound": all(each["sound"] for each in everything),
    }

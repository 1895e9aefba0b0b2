"""What `make bench` measures, one after the other: under ten minutes on two quiet cores."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.devkit.bench.ceiling import measure_sink
from service.devkit.bench.enrolment import measure_enrolment
from service.devkit.bench.measure import Tell, measure
from service.devkit.bench.present import Plan
from service.devkit.bench.stack import Commands
from service.devkit.embedded_claims import temporary_data_dir

ENROLLED = 1_000_000
BLASTED = 60_000
SIZE = 40


def plans(smtp_source: Path | None, *, scale: float) -> Mapping[str, Plan]:
    """Return each send by its name; `scale` makes all of them shorter or longer."""

    def plan(recipients: int, **changes: Any) -> Plan:
        values = {"connections": 10, "processes": 1, "runs": 3, "baseline": 5_000} | changes
        return Plan(
            recipients=max(int(recipients * scale), 10),
            size=SIZE,
            smtp_source=smtp_source,
            **values,
        )

    return {
        "unsigned": plan(50_000, runs=5, baseline=10_000),
        "ed25519": plan(40_000, dkim="ed25519"),
        "rsa-2048": plan(15_000, dkim="rsa"),
        "20 ms, 50 connections": plan(15_000, hold=20, connections=50),
        "20 ms, 200 connections": plan(30_000, hold=20, connections=200),
    }


def run_suite(
    smtp_source: Path | None, *, scale: float, commands: Commands, tell: Callable[[str], Tell]
) -> dict[str, Any]:
    """Measure everything; return each send by name, the enrolment and the sink."""
    sends = {}
    for name, plan in plans(smtp_source, scale=scale).items():
        with temporary_data_dir() as folder:
            sends[name] = measure(plan, folder, commands=commands, tell=tell(name))
    recipients = max(int(ENROLLED * scale), 10)
    tell("enrolment")("readers", 0, recipients)
    with temporary_data_dir() as folder:
        enrolment = measure_enrolment(folder, recipients=recipients, runs=3, commands=commands)
    mails = max(int(BLASTED * scale), 10)
    sink = measure_sink(mails=mails, size=SIZE * 1024, connections=10, runs=3)
    everything = [*sends.values(), enrolment, sink]
    return {
        "sends": sends,
        "enrolment": enrolment,
        "sink": sink,
        "faults": [fault for each in everything for fault in each["faults"]],
        "sound": all(each["sound"] for each in everything),
    }

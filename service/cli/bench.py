"""`crieur bench`: how fast this machine sends, and where the time goes."""

import json as json_format
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from service.cli import bench_output
from service.cli.daemons_all import all_daemon_commands
from service.cli.output import print_json
from service.config import Settings
from service.devkit.bench import postfix
from service.devkit.bench.alert import MOST_RUNS, measure_alerts
from service.devkit.bench.choices import check_choices, measure_choices
from service.devkit.bench.enrolment import measure_enrolment
from service.devkit.bench.ingest import measure_ingest
from service.devkit.bench.keys import KINDS, check_kind
from service.devkit.bench.measure import Tell, measure
from service.devkit.bench.report import BenchPlan
from service.devkit.bench.sample_edition import check_size
from service.devkit.bench.selection import measure_selection
from service.devkit.bench.sink_capacity import measure_sink
from service.devkit.bench.suite import SuiteSelection, run_suite
from service.devkit.bench.usage import cores
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.processes import DaemonCommand
from service.kit.errors import Invalid
from service.kit.log import configure_logging

app = typer.Typer(no_args_is_help=True)

DAEMONS = {"web", "worker", "scheduler"}

RUNS = typer.Option(5, min=1, max=99, help="Alternating runs; medians are shown.")
SOURCE = typer.Option(None, help="Postfix's smtp-source, if it is not in PATH.")
JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command("send")
def send(
    recipients: int = typer.Option(20_000, min=1, max=20_000_000, help="Readers of the edition."),
    size: int = typer.Option(40, help="KB of each message."),
    dkim: str = typer.Option("none", help=f"How messages are signed: {', '.join(KINDS)}."),
    connections: int = typer.Option(
        10, min=1, max=1000, help="Connections of every worker process, and of the others."
    ),
    processes: int | None = typer.Option(
        None, min=1, max=64, help="Worker processes; one per core by default."
    ),
    hold: float = typer.Option(0, min=0, help="Milliseconds that the relay delays each message."),
    runs: int = RUNS,
    baseline: int = typer.Option(10_000, min=1, help="Messages of a run of aiosmtplib, at most."),
    smtp_source: Path | None = SOURCE,
    json: bool = JSON,
) -> None:
    """Send editions to a sink in another process, and compare with others on the same sink.

    Everything runs on servers of its own in a temporary folder: your data is not touched.

    Example: crieur bench send --recipients 100000 --dkim ed25519
    """
    check_size(size)
    check_kind(dkim)
    plan = BenchPlan(
        recipients=recipients,
        size=size,
        connections=connections,
        processes=processes or cores(),
        runs=runs,
        dkim=dkim,
        hold=hold,
        baseline=baseline,
        smtp_source=postfix.find_program(smtp_source),
    )
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder, _progress() as progress:
        figures = measure(plan, folder, commands=_commands, tell=_teller(progress))
    _end(figures, None if json else bench_output.show_send)


@app.command("enrol")
def enrol(
    recipients: int = typer.Option(1_000_000, min=1, max=20_000_000, help="Readers."),
    runs: int = RUNS,
    json: bool = JSON,
) -> None:
    """Write an audience, and measure how fast it becomes deliveries.

    Example: crieur bench enrol --recipients 1000000
    """
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder:
        figures = measure_enrolment(folder, recipients=recipients, runs=runs, commands=_commands)
    _end(figures, None if json else bench_output.show_enrolment)


@app.command("choices")
def choices(
    choices: int = typer.Option(1_000, min=1, help="Different choices of ten sections."),
    recipients: int = typer.Option(50_000, min=1, max=20_000_000, help="Readers."),
    json: bool = JSON,
) -> None:
    """Send an edition whose readers have chosen its sections in many different ways.

    Example: crieur bench choices --choices 500 --recipients 50000
    """
    check_choices(choices)
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder:
        figures = measure_choices(
            folder, choices=choices, recipients=recipients, commands=_commands
        )
    _end(figures, None if json else bench_output.show_choices)


@app.command("alert")
def alert(
    readers: int = typer.Option(1_000, min=1, max=1_000_000, help="Readers who chose alerts."),
    runs: int = typer.Option(20, min=1, max=MOST_RUNS, help="Alerts, one after the other."),
    processes: int | None = typer.Option(
        None, min=1, max=64, help="Worker processes; one per core by default."
    ),
    json: bool = JSON,
) -> None:
    """Alert readers by events, and measure how soon the relay has their messages.

    Example: crieur bench alert --readers 1000
    """
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder:
        figures = measure_alerts(
            folder,
            recipients=readers,
            runs=runs,
            processes=processes or cores(),
            commands=_commands,
        )
    _end(figures, None if json else bench_output.show_alerts)


@app.command("ingest")
def ingest(
    items: int = typer.Option(10_000, min=1, max=1_000_000, help="Articles, a hundred a feed."),
    json: bool = JSON,
) -> None:
    """Take articles in from feeds, and measure where the time goes.

    Example: crieur bench ingest --items 10000
    """
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder:
        figures = measure_ingest(folder, items=items, commands=_commands)
    _end(figures, None if json else bench_output.show_ingest)


@app.command("selection")
def selection(
    articles: int = typer.Option(100_000, min=1, max=10_000_000, help="Articles in the window."),
    runs: int = RUNS,
    json: bool = JSON,
) -> None:
    """Build editions of very many articles, and measure where the time goes.

    Example: crieur bench selection --articles 100000
    """
    configure_logging(as_json=False, level="error")
    with temporary_data_dir() as folder:
        figures = measure_selection(folder, articles=articles, runs=runs, commands=_commands)
    _end(figures, None if json else bench_output.show_selection)


@app.command("sink")
def sink(
    mails: int = typer.Option(60_000, min=1, help="Messages of a run."),
    size: int = typer.Option(40, min=1, max=10_000, help="KB of each message."),
    connections: int = typer.Option(10, min=1, max=1000, help="Connections."),
    runs: int = RUNS,
    json: bool = JSON,
) -> None:
    """Measure what the benchmark's own sink can accept: no sender can be measured to be faster.

    Example: crieur bench sink
    """
    if mails < connections:
        raise Invalid("Each connection needs at least one message: increase --mails.")
    figures = measure_sink(mails=mails, size=size * 1024, connections=connections, runs=runs)
    _end(figures, None if json else bench_output.show_sink)


@app.command("suite")
def suite(
    out: Path | None = typer.Option(None, help="Write everything as JSON into this file."),
    only: list[str] = typer.Option([], help="Only this send, by its name; may be repeated."),
    scale: float = typer.Option(
        1.0, min=0.0001, max=100, help="Factor for the number of messages."
    ),
    runs: int | None = typer.Option(None, min=1, max=99, help="Runs of each, if not 3 or 5."),
    smtp_source: Path | None = SOURCE,
    json: bool = JSON,
) -> None:
    """Measure what `make bench` shows: sends, choices, alerts, enrolment, ingest, selection, sink.

    Example: crieur bench suite --out bench.json
    """
    choice = SuiteSelection(only=only, scale=scale, runs=runs)
    configure_logging(as_json=False, level="error")
    with _progress() as progress:
        figures = run_suite(
            choice,
            postfix.find_program(smtp_source),
            commands=_commands,
            tell=lambda name: _teller(progress, name),
        )
    if out is not None:
        out.write_text(json_format.dumps(figures, indent=1, default=str) + "\n", "utf-8")
    _end(figures, None if json else bench_output.show_suite)


def _commands(settings: Settings, changes: Mapping[str, str]) -> Sequence[DaemonCommand]:
    """Return the commands of the daemons that are measured, as `crieur up` runs them."""
    every = all_daemon_commands(settings, **changes)
    return [each for each in every if each.name.partition("-")[0] in DAEMONS]


def _end(figures: Mapping[str, Any], show: Any) -> None:
    """Show what was measured; exit 1 when a message is missing anywhere."""
    if show is None:
        print_json(figures)
    else:
        show(figures)
    for fault in figures["faults"]:
        print(f"crieur: {fault}", file=sys.stderr)
    sys.exit(0 if figures["sound"] else 1)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Yield bars on a terminal, and nothing in a pipe."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        yield progress


def _teller(progress: Progress, name: str = "") -> Tell:
    tasks: dict[str, TaskID] = {}

    def tell(who: str, done: int, total: int) -> None:
        if who not in tasks:
            tasks[who] = progress.add_task(f"{name} {who}".strip(), total=total)
        progress.update(tasks[who], completed=done, total=total)

    return tell

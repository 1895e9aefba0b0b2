"""`crieur bench`: how fast this machine sends, and where the time goes."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from service.cli.show import as_json, as_table, say
from service.cli.together import daemon_commands
from service.config import Settings
from service.devkit.bench import postfix
from service.devkit.bench.issue import check_size
from service.devkit.bench.keys import KINDS, check_kind
from service.devkit.bench.measure import Tell, measure
from service.devkit.bench.present import Plan
from service.devkit.embedded_claims import temporary_data_dir
from service.devkit.processes import Command
from service.kit.log import configure

app = typer.Typer(no_args_is_help=True)

DAEMONS = {"worker", "scheduler"}
NAMES = {"crieur": "Crieur", "aiosmtplib": "aiosmtplib.sendmail", "smtp_source": "smtp-source -d"}

RECIPIENTS = typer.Option(20_000, min=1, max=5_000_000, help="Readers of the edition.")
JSON = typer.Option(False, "--json", help="JSON on stdout.")


@app.command()
def send(
    recipients: int = RECIPIENTS,
    size: int = typer.Option(40, help="KB of each mail."),
    dkim: str = typer.Option("none", help=f"How mails are signed: {', '.join(KINDS)}."),
    connections: int = typer.Option(10, min=1, max=1000, help="Connections of every sender."),
    processes: int = typer.Option(1, min=1, max=64, help="Worker processes."),
    hold: float = typer.Option(0, min=0, help="Milliseconds that the relay keeps each mail."),
    runs: int = typer.Option(5, min=1, max=99, help="Alternating runs; medians are shown."),
    baseline: int = typer.Option(10_000, min=1, help="Mails of a run of aiosmtplib, at most."),
    smtp_source: Path | None = typer.Option(
        None, help="Postfix's smtp-source, if it is not in PATH."
    ),
    json: bool = JSON,
) -> None:
    """Send an edition to a sink in another process, and compare with others on the same sink.

    Everything runs on servers of its own in a temporary folder: your data is not touched.

    Example: crieur bench send --recipients 100000 --dkim ed25519
    """
    check_size(size)
    check_kind(dkim)
    plan = Plan(
        recipients=recipients,
        size=size,
        connections=connections,
        processes=processes,
        runs=runs,
        dkim=dkim,
        hold=hold,
        baseline=baseline,
        smtp_source=postfix.find(smtp_source),
    )
    configure(as_json=False, level="error")
    with temporary_data_dir() as folder, _progress() as tell:
        figures = measure(plan, folder, commands=_commands, tell=tell)
    if json:
        as_json(figures)
    else:
        _show(figures)
    for fault in figures["faults"]:
        print(f"crieur: {fault}", file=sys.stderr)
    sys.exit(0 if figures["sound"] else 1)


def _commands(settings: Settings, changes: Mapping[str, str]) -> Sequence[Command]:
    """Return the worker's and the scheduler's commands, as `crieur up` runs them."""
    return [each for each in daemon_commands(settings, **changes) if each.name in DAEMONS]


@contextmanager
def _progress() -> Iterator[Tell]:
    """Yield what shows a bar on a terminal, and nothing in a pipe."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(who: str, done: int, total: int) -> None:
            if who not in tasks:
                tasks[who] = progress.add_task(who, total=total)
            progress.update(tasks[who], completed=done, total=total)

        yield tell


def _show(figures: Mapping[str, Any]) -> None:
    senders = {name: figures[name] for name in NAMES if figures[name]}
    as_table(
        ["", "mails/s", "Crieur is", "CPU µs per mail"],
        [
            (
                NAMES[name],
                f"{found['rate']:,.0f}",
                f"{figures['ratio'][name]:.2f} ×" if name in figures["ratio"] else "",
                ", ".join(f"{who} {cost:,.0f}" for who, cost in found["cpu_us"].items()),
            )
            for name, found in senders.items()
        ],
    )
    ours = figures["crieur"]
    say(
        f"{figures['bytes']:,} bytes a mail, {ours['connections']} connections seen, "
        f"worker’s memory at most {ours['worker_peak_mb']} MB, "
        f"{ours['enrolment_rows']:,} readers/s enrolled."
    )
    if figures["sound"]:
        say("Every mail is in the sink and in the ledger, and the books balance.")

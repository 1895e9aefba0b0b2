"""`crieur bounce`: parses, classifies and processes returned messages."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.id_argument import id_parser

if TYPE_CHECKING:
    from service.replies.classification import SmtpStage

app = typer.Typer(no_args_is_help=True, help="Parse, classify and process returned messages.")

EX_TEMPFAIL = 75
"""What tells the MTA at the other end of a pipe to keep the message and try again (sysexits.h)."""


@app.command("read")
def parse_bounce(
    paths: Annotated[
        list[Path], typer.Argument(help="Raw messages; a folder is read recursively.")
    ],
) -> None:
    """Parse raw messages and print one JSON line for each; nothing is changed.

    Example: crieur bounce read /var/spool/bounces
    """
    from service.outcomes.parsing import report_parser

    failed = False
    for path in _files(paths):
        try:
            with path.open("rb") as file:
                report = report_parser.parse_report(file.read(report_parser.LIMIT_BYTES))
        except OSError as error:
            failed = True
            print(f"{path} cannot be read: {error.strerror}.", file=sys.stderr)
            continue
        recipients = [
            {
                "address": finding.address,
                "kind": finding.kind,
                "fault": finding.fault,
                "reason": finding.reason,
                "hard": finding.hard,
                "status": finding.status,
            }
            for finding in report.findings
        ]
        _print_line({"file": str(path), "kind": report.kind, "recipients": recipients})
    if failed:
        raise typer.Exit(1)


@app.command("reply")
def classify_reply() -> None:
    r"""Classify SMTP replies from standard input, one per line; print one JSON line for each.

    The stage of the SMTP dialogue may precede a reply, separated by a tab: connect, mail, rcpt,
    data or dot. Only a reply to RCPT, or one without a stage, can be a reader's fault. Write a
    reply of several lines on one line, separated by a space or \n.

    Example: printf 'rcpt\t550 5.1.1 User unknown\n' | crieur bounce reply
    """
    from service.replies import classify

    failed = False
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        line = raw.decode("utf-8", "replace").strip("\r\n ")
        if not line.strip():
            continue
        try:
            step, text = _step(line)
        except ValueError as error:
            failed = True
            print(f"Line {number}: {error}", file=sys.stderr)
            continue
        verdict = classify.classify_refusal(_lines(text), stage=step)
        _print_line(
            {
                "reply": text,
                "stage": step,
                "fault": verdict.fault,
                "reason": verdict.reason,
                "hard": verdict.hard,
                "retry": verdict.retry,
            }
        )
    if failed:
        raise typer.Exit(1)


def _step(line: str) -> "tuple[SmtpStage | None, str]":
    """Part the step from the reply; a reply begins with a digit, so its own tabs stay its own."""
    from service.replies import stage

    word, tab, text = line.partition("\t")
    if not tab or word.strip()[:1].isdigit():
        return None, line
    step = stage.parse_stage(word)
    if step is None and word.strip():
        raise ValueError(
            f"{word.strip()[:40]!r} is no step of the dialogue. Write connect, mail, rcpt, data or"
            " dot before the tab, or only the reply."
        )
    return step, text.strip()


def _lines(text: str) -> str:
    """Take the written line ends for line ends: logs keep the lines of a reply so."""
    return text.replace("\\r", "").replace("\\n", "\n")


@app.command("take")
def submit_report(
    source: Annotated[str, typer.Argument(help="A raw message's file; - is standard input.")] = "-",
    recipient: Annotated[
        str | None,
        typer.Option(
            help="The envelope recipient, where the MTA knows it (Postfix: ${recipient})."
        ),
    ] = None,
) -> None:
    """Process one raw message with its effects, as from a pipe of the MTA.

    Exit 0: stored; standard error gives the reason if it had no effect. Exit 75: temporary failure;
    the MTA keeps the message and tries again.

    Example: crieur bounce take - --recipient "$RECIPIENT" < mail.eml
    """
    from service.cli.runtime import open_runtime
    from service.kit.db import DatabaseUnavailable
    from service.kit.errors import CrieurError, OperationRefused
    from service.outcomes import process_reports

    try:
        raw = _raw(source, limit=process_reports.LIMIT_BYTES)
    except OSError as error:
        raise OperationRefused(f"{source} cannot be read: {error.strerror}.") from None
    incoming = process_reports.InboundMessage(raw=raw, envelope_to=recipient, channel="pipe")
    try:
        with open_runtime() as runtime:
            processor = process_reports.ReportProcessor(
                keyring=runtime.keyring,
                bounce_domain=runtime.settings.bounce_domain,
                provider_of=runtime.pacing_rules.provider_of,
            )
            with runtime.begin() as session:
                report_id = process_reports.store_report(session, incoming, now=runtime.clock())
            note: object = "this message was stored before: nothing was counted again"
            if report_id is not None:
                with runtime.begin() as session:
                    note = process_reports.process_report(
                        session, report_id, processor=processor, now=runtime.clock()
                    )
            if note:
                print(f"Kept, but {note}.", file=sys.stderr)
    except DatabaseUnavailable:
        _later("The database is unavailable; 'crieur doctor' shows more.")
    except CrieurError as error:
        _later(str(error))


@app.command("unsigned")
def list_unsigned(
    number: Annotated[
        int | None,
        typer.Argument(
            parser=id_parser("message", "crieur bounce unsigned"),
            help="The message to print as received; without it, list all.",
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Show messages to fbl@ and postmaster@ without our signature; they have no effects.

    A feedback loop sends its confirmation code there. Such messages are kept for three days.

    Example: crieur bounce unsigned 7
    """
    from service.cli.output import print_json, print_table
    from service.cli.runtime import open_runtime
    from service.outcomes import unsigned_messages as pile

    with open_runtime() as runtime, runtime.begin() as session:
        if number is not None:
            sys.stdout.buffer.write(pile.raw_unsigned_message(session, number))
            return
        found = pile.list_unsigned_messages(session)
    names = ["id", "received", "to", "bytes"]
    if json_:
        print_json([dict(zip(names, row, strict=True)) for row in found])
    else:
        print_table(
            names,
            [
                (each.id, f"{each.received_at:%Y-%m-%d %H:%M}", each.envelope_to, each.size)
                for each in found
            ],
        )


def _later(why: str) -> None:
    print(f"{why} The message was not stored: keep it and try again.", file=sys.stderr)
    raise typer.Exit(EX_TEMPFAIL)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def _raw(source: str, *, limit: int) -> bytes:
    if source != "-":
        with Path(source).open("rb") as file:
            return file.read(limit)
    raw = sys.stdin.buffer.read(limit)
    while sys.stdin.buffer.read(1 << 16):
        # The rest is read too: an MTA whose pipe breaks would call the delivery a failure.
        pass
    return raw


def _print_line(value: dict[str, object]) -> None:
    print(json.dumps(value))

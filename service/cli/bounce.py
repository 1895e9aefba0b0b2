"""`crieur bounce`: reads, judges and takes returned mail."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.replies.classification import SmtpStage

app = typer.Typer(no_args_is_help=True, help="Read, judge and take returned mail.")

EX_TEMPFAIL = 75
"""What tells the MTA at the other end of a pipe to keep the mail and try again (sysexits.h)."""


@app.command()
def read(
    paths: Annotated[list[Path], typer.Argument(help="Raw mails; a folder is read recursively.")],
) -> None:
    """Say what raw mails mean, one JSON line each, without changing anything.

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
        _line({"file": str(path), "kind": report.kind, "recipients": recipients})
    if failed:
        raise typer.Exit(1)


@app.command()
def reply() -> None:
    r"""Judge SMTP replies from standard input, one a line, as one JSON line each.

    The step of the dialogue that a reply answered may stand before it, with a tab between:
    connect, mail, rcpt, data or dot. Only an answer to RCPT, or one whose step is not known, can
    be a reader's fault. Several lines of one reply stand on one line, with a space or \n between.

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
        _line(
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


@app.command()
def take(
    source: Annotated[str, typer.Argument(help="A raw mail's file; - is standard input.")] = "-",
    recipient: Annotated[
        str | None,
        typer.Option(
            help="The envelope recipient, where the MTA knows it (Postfix: ${recipient})."
        ),
    ] = None,
) -> None:
    """Take one raw mail as a pipe from the MTA would, with its effects.

    Exit 0: taken; standard error says why it had no effect, if it had none. Exit 75: not now, the
    MTA keeps the mail and tries again.

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
            note: str | None = "this mail was taken before: nothing was counted again"
            if report_id is not None:
                with runtime.begin() as session:
                    note = process_reports.process_report(
                        session, report_id, processor=processor, now=runtime.clock()
                    )
            if note:
                print(f"Kept, but {note}.", file=sys.stderr)
    except DatabaseUnavailable:
        _later("The database is away; 'crieur doctor' says more.")
    except CrieurError as error:
        _later(str(error))


@app.command()
def unsigned(
    number: Annotated[
        int | None, typer.Argument(help="The mail to print as it came; without it, list all.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """Show mail to fbl@ and postmaster@ that nothing signed proves; it has no effects.

    A feedback loop sends the code there with which it is set up. Such mail is kept for three days.

    Example: crieur bounce unsigned 7
    """
    from service.cli.runtime import open_runtime
    from service.cli.show import as_json, as_table
    from service.outcomes import unsigned_messages as pile

    with open_runtime() as runtime, runtime.begin() as session:
        if number is not None:
            sys.stdout.buffer.write(pile.raw_unsigned_message(session, number))
            return
        found = pile.list_unsigned_messages(session)
    names = ["id", "received", "to", "bytes"]
    if json_:
        as_json([dict(zip(names, row, strict=True)) for row in found])
    else:
        as_table(names, [(row[0], f"{row[1]:%Y-%m-%d %H:%M}", row[2], row[3]) for row in found])


def _later(why: str) -> None:
    print(f"{why} The mail was not taken: keep it and try again.", file=sys.stderr)
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


def _line(value: dict[str, object]) -> None:
    print(json.dumps(value))

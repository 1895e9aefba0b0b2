"""`crieur bounce`: reads, judges and takes returned mail."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

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
    from service.outcomes import inbox

    failed = False
    for path in _files(paths):
        try:
            with path.open("rb") as file:
                report = inbox.read(file.read(inbox.LIMIT_BYTES))
        except OSError as error:
            failed = True
            print(f"{path} cannot be read: {error.strerror}.", file=sys.stderr)
            continue
        recipients = [
            {
                "address": finding.address,
                "kind": finding.kind,
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
    """Judge SMTP replies from standard input, one a line, as one JSON line each.

    Example: echo '550 5.1.1 User unknown' | crieur bounce reply
    """
    from service.replies import classify

    for raw in sys.stdin.buffer:
        text = raw.decode("utf-8", "replace").strip()
        if text:
            verdict = classify.classify(text)
            _line(
                {
                    "reply": text,
                    "reason": verdict.reason,
                    "hard": verdict.hard,
                    "retry": verdict.retry,
                }
            )


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
    from service.kit.db import DatabaseAway
    from service.kit.errors import CrieurError, Refused
    from service.outcomes import record

    try:
        raw = _raw(source, limit=record.LIMIT_BYTES)
    except OSError as error:
        raise Refused(f"{source} cannot be read: {error.strerror}.") from None
    incoming = record.Incoming(raw=raw, envelope_to=recipient, channel="pipe")
    try:
        with open_runtime() as runtime:
            taker = record.Taker(
                keyring=runtime.keyring,
                bounce_domain=runtime.settings.bounce_domain,
                provider_of=runtime.pacer.rules.provider_of,
            )
            with runtime.begin() as session:
                report_id = record.keep(session, incoming, now=runtime.clock())
            note: str | None = "this mail was taken before: nothing was counted again"
            if report_id is not None:
                with runtime.begin() as session:
                    note = record.take(session, report_id, taker=taker, now=runtime.clock())
            if note:
                print(f"Kept, but {note}.", file=sys.stderr)
    except DatabaseAway:
        _later("The database is away; 'crieur doctor' says more.")
    except CrieurError as error:
        _later(str(error))


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

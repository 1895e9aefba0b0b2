"""`crieur suppression export|import|renew`: suppressions that outlive a secret or a server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TextIO

import typer

from service.accounts import audit
from service.audience import suppression_hashes
from service.audience.suppression_hashes import ExportedSuppression, SuppressionImportResult
from service.boot import Runtime
from service.cli.output import print_json, print_line
from service.cli.runtime import open_runtime
from service.kit.errors import Conflict, Invalid

JSON = typer.Option(False, "--json", help="JSON on stdout.")
PAGE = 500


def export_suppressions(
    file: Path | None = typer.Argument(None, help="Where to write; without it, to stdout."),
) -> None:
    """Write all suppressions into a file, erased readers' too, for keeping or another server.

    It holds the addresses that are still known: keep it like the database. Addresses that are gone
    are exported as hashes, which the secret of this installation made: keep that, too.

    Example: crieur suppression export suppressions.jsonl
    """
    count = 0
    with open_runtime() as runtime, _writing(file) as out:

        def counted() -> Iterator[ExportedSuppression]:
            nonlocal count
            for each in _by_hash(runtime):
                count += 1
                yield each

        for row in suppression_hashes.write_export(counted()):
            out.write(row + "\n")
        with runtime.begin() as session:
            facts = {"count": count}
            audit.record(session, None, "suppression.exported", facts, now=runtime.clock())
    if file is not None:
        print_line(f"Written: {count}.")


def import_suppressions(
    file: Path = typer.Argument(help="A file that 'crieur suppression export' wrote."),
    json: bool = JSON,
) -> None:
    """Take in the suppressions of a file; what is suppressed here already stays as it is.

    Example: crieur suppression import suppressions.jsonl
    """
    with open_runtime() as runtime:
        now = runtime.clock()
        try:
            with file.open(encoding="utf-8") as rows, runtime.begin() as session:
                lines = suppression_hashes.parse_export(_lines_of(rows), now=now)
                taken = SuppressionImportResult()
                while some := list(islice(lines, PAGE)):
                    taken += suppression_hashes.import_suppressions(
                        session, some, keyring=runtime.keyring
                    )
                facts = {"count": taken.new}
                audit.record(session, None, "suppression.imported", facts, now=now)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise Invalid(f"{file} cannot be read: {reason}.") from None
    if json:
        print_json(asdict(taken))
        return
    print_line(f"New: {taken.new}. Known already: {taken.known}.")
    if taken.unmatchable:
        print_line(
            f"{taken.unmatchable} of them were made under a secret that is not here, and are not "
            "recognised until it stands in CRIEUR_RETIRED_KEYS."
        )


def renew_suppressions(json: bool = JSON) -> None:
    """After a change of the secret: let the new one recognise the suppressions of the old one.

    Example: crieur suppression renew
    """
    renewed, after = 0, ""
    with open_runtime() as runtime:
        while True:
            with runtime.begin() as session:
                count, next_one = suppression_hashes.rehash_suppressions(
                    session, keyring=runtime.keyring, after=after
                )
            renewed += count
            if next_one is None:
                break
            after = next_one
        with runtime.begin() as session:
            left = suppression_hashes.count_under_old_secrets(session, keyring=runtime.keyring)
            facts = {"count": renewed}
            audit.record(session, None, "suppression.renewed", facts, now=runtime.clock())
    if json:
        print_json({"renewed": renewed, "left": left})
        return
    print_line(f"Renewed: {renewed}.")
    if left:
        print_line(
            f"Left under other secrets: {sum(left.values())}, because their addresses are gone. "
            "Before you take an old secret out of CRIEUR_SECRET_KEY, put it into "
            "CRIEUR_RETIRED_KEYS: there it opens no link, and they are still recognised."
        )


def _by_hash(runtime: Runtime) -> Iterator[ExportedSuppression]:
    """Go through all suppressions, some in a transaction."""
    after = ""
    while True:
        with runtime.begin() as session:
            lines = suppression_hashes.export_suppressions(session, after=after, size=PAGE)
        yield from lines
        if len(lines) < PAGE:
            return
        after = lines[-1].address_hash


def _lines_of(rows: TextIO) -> Iterator[str]:
    """Read lines that are never longer than one of ours can be."""
    while row := rows.readline(suppression_hashes.MAX_LINE_LENGTH + 1):
        yield row


@contextmanager
def _writing(file: Path | None) -> Iterator[TextIO]:
    """Open a file that only its owner may read; addresses stand in it."""
    if file is None:
        yield sys.stdout
        return
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{file} is there already: name a new file.") from None
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(number, "w", encoding="utf-8") as out:
        yield out

"""`crieur edition correction`: a letter to the readers who have an older version."""

from typing import Any

import typer

from service.accounts import audit
from service.cli.id_argument import EDITION_ID
from service.cli.output import plural, print_json, print_line
from service.cli.runtime import open_runtime
from service.cli.text_argument import read_texts
from service.delivery.enrolment.correction_readers import correction_readers
from service.editions import curate
from service.editions.corrections import corrected_editions
from service.editions.curate import Editor
from service.editions.kind import EditionKind
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.rendering.correction_text import begin_correction


def begin_edition_correction(
    edition: int = EDITION_ID,
    revision: int | None = typer.Option(
        None, min=2, max=9_999, help="Readers of older ones get it; the latest if not given."
    ),
    subject: str | None = typer.Option(None, help="A text, @FILE, or - for standard input."),
    text: str | None = typer.Option(None, help="The letter: a text, @FILE, or -."),
    json: bool = typer.Option(False, "--json", help="JSON on stdout."),
) -> None:
    """Begin a correction of an edition: a letter to the readers who have an older version of it.

    A text that names the withdrawn or corrected headline is proposed. Nothing is sent before
    'crieur edition send'. One that was begun before is continued.

    Example: crieur edition correction 12 --text @letter.txt
    """
    texts = read_texts({"subject": subject, "introduction": text})
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        made = begin_correction(session, edition, number=revision, now=now)
        if texts:
            curate.write_text(session, made, texts, Editor(), now=now)
        audit.record(session, None, "edition.correction_begun", {"edition_id": made}, now=now)
        facts = describe_correction(session, made)
    if json:
        print_json({"edition": made, **facts})
        return
    count = plural(facts["goes_to"], "reader", "readers")
    print_line(f"Correction {made} goes to {count}. Nothing is sent yet.")
    if facts["waits_for"]:
        print_line("It waits until messages of the older version have been handed over.")
    print_line(
        f"Read it with 'crieur edition preview {made} --format text', change it with "
        f"'crieur edition text {made}', send it with 'crieur edition send {made}'."
    )


def describe_correction(session: Session, correction_id: int) -> dict[str, Any]:
    """Return what a correction is about, and whom it goes to if it is sent now."""
    readers = correction_readers(session, correction_id)
    about = corrected_editions(session, correction_id)
    return {
        "corrects": [each.as_dict() for each in about],
        "goes_to": readers.count,
        "waits_for": list(readers.waits_for),
    }


def correction_fields(session: Session, edition: EditionDetails) -> dict[str, Any]:
    """Return the same for a draft that is a correction, nothing for another one."""
    is_correction = edition.kind is EditionKind.CORRECTION
    return describe_correction(session, edition.id) if is_correction else {}

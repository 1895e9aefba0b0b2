"""`crieur edition hold|approve|send|watch|pause|resume|cancel`: how an edition is controlled."""

import sys
from datetime import datetime
from typing import Protocol

import typer

from service.accounts import audit
from service.cli.id_argument import EDITION_ID
from service.cli.newsletter_options import parse_hours
from service.cli.output import (
    format_instant,
    plural,
    print_json,
    print_line,
    print_table,
    print_warning,
)
from service.cli.runtime import open_runtime
from service.cli.send_in_process import send_in_process
from service.delivery.guard import sending_guard
from service.delivery.workflow import quiet_hours
from service.delivery.workflow import resume as resuming
from service.editions import control, lapse, plan
from service.editions.find import get_edition
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Session
from service.newsletters import catalogue
from service.reports.ledger import get_ledger

BEGIN_NOW = typer.Option(
    False, "--now", help="Begin in the newsletter's quiet hours, too, and all waves now."
)
JSON = typer.Option(False, "--json", help="JSON on stdout.")


def hold_edition(edition: int = EDITION_ID) -> None:
    """Stop an edition after its selection, until it is approved.

    Example: crieur edition hold 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "hold", edition, now=runtime.clock())
        until = _waits_until(session, edition)
    print_line(f"Edition {edition} waits for 'crieur edition approve {edition}'{until}.")


def approve_edition(
    edition: int = EDITION_ID,
    at_once: bool = BEGIN_NOW,
) -> None:
    """Approve a held or paused edition, so that it continues; a coming one goes out at its slot.

    Example: crieur edition approve 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        resuming.approve_edition(session, edition, now=now)
        audit.record(session, None, "edition.approve", {"edition_id": edition}, now=now)
        _override_quiet_hours(session, edition, at_once=at_once, now=now)
        advice = _advice(session)
        slot = _coming_slot(session, edition, now=now)
    if slot is None:
        _print_continuation(edition, advice)
    else:
        print_line(f"Edition {edition} is approved: it goes out {slot}.")


def send_edition(
    edition: int = EDITION_ID,
    here: bool = typer.Option(False, "--here", help="Send from this process, without workers."),
    wait: bool = typer.Option(True, help="Show progress until it is finished."),
    json: bool = JSON,
) -> None:
    """Send an edition that was built, or a coming one now: workers send it, this shows progress.

    Exits with 1 when it was paused before its end.

    Example: crieur edition send 12
    """
    from service.cli.watch import follow_edition, showing_progress

    with open_runtime() as runtime:
        with runtime.begin() as session:
            sending_guard.require_sending_allowed(session)
            _send(session, edition, now=runtime.clock())
        if here:
            with showing_progress(runtime, edition):
                send_in_process(runtime, edition)
        elif wait:
            follow_edition(runtime, edition)
        with runtime.begin() as session:
            read = get_ledger(session, edition)
            kind = get_edition(session, edition).kind
    books = read.as_dict()
    if json:
        print_json(books)
    else:
        print_table(["", ""], read.as_lines())
    if here and books["pending"]:
        print_warning(
            f"{plural(books['pending'], 'message waits', 'messages wait')} to be sent. "
            f"The workers send what is left, or 'crieur edition send {edition} --here' does."
        )
    if books["state"] == EditionState.FINISHED and not books["candidates"]:
        print(f"Edition {edition} was sent to no reader: {_why_to_none(kind)}.", file=sys.stderr)
    if books["paused"]:
        raise typer.Exit(1)


def _why_to_none(kind: EditionKind) -> str:
    if kind is EditionKind.CORRECTION:
        return "all active readers who had the old version have a correction already"
    return "no active reader has chosen one of its sections"


def watch_edition(edition: int = EDITION_ID, json: bool = JSON) -> None:
    """Show an edition's progress until it has ended or is paused; Ctrl-C does not stop the edition.

    Exits with 1 when it is paused.

    Example: crieur edition watch 12
    """
    from service.cli.watch import follow_edition

    with open_runtime() as runtime:
        found = follow_edition(runtime, edition)
    if json:
        print_json(found.as_dict())
    else:
        print_table(["", ""], found.as_lines())
    if found.paused:
        raise typer.Exit(1)


def pause_edition(edition: int = EDITION_ID) -> None:
    """Pause an edition: no further message starts; those in flight are finished.

    Example: crieur edition pause 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "pause", edition, now=runtime.clock())
        until = _waits_until(session, edition)
    print_line(
        f"Edition {edition} is paused: 'crieur edition resume {edition}' continues it{until}."
    )


def resume_edition(
    edition: int = EDITION_ID,
    valid_hours: float | None = typer.Option(
        None,
        help="For how many more hours the edition is news; with 0, deliveries that are too "
        "old expire.",
    ),
    at_once: bool = BEGIN_NOW,
) -> None:
    """Continue a paused edition.

    If the news has become too old meanwhile, it reports how many readers would get nothing, and
    requires --valid-hours.

    Example: crieur edition resume 12
    """
    valid_for = None if valid_hours is None else parse_hours(valid_hours)
    with open_runtime() as runtime, runtime.begin() as session:
        now = runtime.clock()
        resuming.resume_edition(session, edition, now=now, valid_for=valid_for)
        audit.record(session, None, "edition.resume", {"edition_id": edition}, now=now)
        _override_quiet_hours(session, edition, at_once=at_once, now=now)
        advice = _advice(session)
        is_held = get_edition(session, edition).held_at is not None
    if is_held:
        print_line(
            f"Edition {edition} is not paused any more; it waits for "
            f"'crieur edition approve {edition}'."
        )
        return
    _print_continuation(edition, advice)


def cancel_edition(edition: int = EDITION_ID) -> None:
    """Cancel an edition for good.

    Example: crieur edition cancel 12
    """
    with open_runtime() as runtime, runtime.begin() as session:
        _decide(session, "cancel", edition, now=runtime.clock())
    print_line(f"Edition {edition} is cancelled.")


class _Act(Protocol):
    """What an operator decides about an edition, from `control`."""

    def __call__(self, session: Session, edition_id: int, *, now: datetime) -> None: ...


ACTS: dict[str, _Act] = {
    "approve": resuming.approve_edition,
    "hold": control.hold,
    "pause": control.pause,
    "cancel": control.cancel,
}


def _decide(session: Session, name: str, edition_id: int, *, now: datetime) -> None:
    """Do it, and write it into the audit trail."""
    ACTS[name](session, edition_id, now=now)
    audit.record(session, None, f"edition.{name}", {"edition_id": edition_id}, now=now)


def _send(session: Session, edition_id: int, *, now: datetime) -> None:
    """Let an edition go on, or send a draft now instead of at its slot."""
    if get_edition(session, edition_id).state is not EditionState.DRAFT:
        _decide(session, "approve", edition_id, now=now)
        return
    plan.send_draft(session, edition_id, now=now)
    audit.record(session, None, "edition.sent_by_hand", {"edition_id": edition_id}, now=now)


def _coming_slot(session: Session, edition_id: int, *, now: datetime) -> str | None:
    """Return when a draft goes out; None of an edition that is none."""
    edition = get_edition(session, edition_id)
    if edition.state is not EditionState.DRAFT:
        return None
    zone = catalogue.get_by_id(session, edition.newsletter_id).time_zone
    slot = f"{edition.slot_date} {edition.slot_time:%H:%M}"
    return f"at its slot {slot} {zone}" if edition.window_to > now else "now"


def _override_quiet_hours(
    session: Session, edition_id: int, *, at_once: bool, now: datetime
) -> None:
    """Let an edition begin in quiet hours, or say that it waits for their end."""
    if at_once:
        quiet_hours.begin_now(session, edition_id, now=now)
        audit.record(session, None, "edition.begin_now", {"edition_id": edition_id}, now=now)
        return
    edition = get_edition(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    until = quiet_hours.quiet_until(edition, newsletter, now=now)
    if until is not None:
        print_warning(
            f"Quiet hours: what has not begun waits until {format_instant(until)}. "
            f"'crieur edition approve {edition_id} --now' does not wait."
        )


def _waits_until(session: Session, edition_id: int) -> str:
    """Return until when an edition waits before it releases its articles; empty if it does not."""
    edition = get_edition(session, edition_id)
    until = lapse.waits_until(edition, catalogue.get_by_id(session, edition.newsletter_id))
    return f" (possible until {format_instant(until)})" if until else ""


def _advice(session: Session) -> str | None:
    """Return what else has to be done where the database may send nothing."""
    return (
        None
        if sending_guard.is_sending_allowed(session)
        else sending_guard.ADVICE[sending_guard.sending_status(session)]
    )


def _print_continuation(edition_id: int, advice: str | None) -> None:
    print_line(f"Edition {edition_id} continues.")
    if advice:
        print_line(advice)

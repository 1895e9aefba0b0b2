"""Move an edition on to sending, back if its parts are lost, or to its end when it is skipped."""

from datetime import datetime

from service.editions import queries
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.editions.notes import append_note, drop_web_version_failure
from service.editions.tables import Edition
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage

log = get_logger(__name__)

log = get_logger(__name__)


def mark_planned(
    edition: Edition, *, window_from: datetime | None, window_to: datetime, now: datetime
) -> None:
    """Close the window of a locked draft; None means that it has none, and only chosen articles."""
    edition.state = EditionState.PLANNED
    edition.window_from, edition.window_to = window_from, window_to
    edition.planned_at = now


def enqueue_build(session: Session, edition: Edition, *, now: datetime) -> None:
    """Enqueue the job that builds a planned edition."""
    outbox.enqueue(session, BUILD_EDITION.name, {"edition_id": edition.id}, now=now)
    log.info(
        "edition.planned",
        edition=edition.id,
        newsletter=edition.newsletter_id,
        origin=edition.origin,
    )


def start_sending(session: Session, edition_id: int, *, subject: str, now: datetime) -> bool:
    """Start to send a rendered edition; return False if it is not rendered or is paused."""
    edition = lock_edition(session, edition_id)
    if edition.state != EditionState.RENDERED or edition.paused_at is not None:
        return False
    edition.state = EditionState.SENDING
    edition.subject = subject
    outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
    queries.notify_progress(session, edition_id)
    return True


def mark_rendered(
    session: Session, edition_id: int, *, revision: int, subject: str, now: datetime
) -> None:
    """Record that all parts of a revision are stored; a frozen edition becomes `rendered`.

    A later revision of an edition that is being sent does not change its state. Its subject may
    differ from the first one.
    """
    edition = lock_edition(session, edition_id)
    was = edition.rendered_revision
    edition.rendered_revision = revision
    if was != revision:
        edition.setbacks = 0
        # The note that rendering failed is no longer true.
        edition.note = drop_web_version_failure(edition.note)
    if edition.state == EditionState.FROZEN:
        edition.state = EditionState.RENDERED
    elif edition.subject is not None:
        edition.subject = subject
    if edition.state == EditionState.SENDING and was != revision:
        outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
    queries.notify_progress(session, edition_id)


def mark_skipped(edition: Edition, *, note: TranslatableMessage, now: datetime) -> None:
    """End a locked edition that is not sent; `note` says why."""
    edition.state = EditionState.SKIPPED
    edition.note = note
    edition.finished_at = now
    log.info("edition.skipped", edition=edition.id)


def mark_unrendered(session: Session, edition_id: int) -> None:
    """Mark an edition as not rendered; nothing of it is sent until it is rendered again."""
    lock_edition(session, edition_id).rendered_revision = 0


def record_setback(edition: Edition, *, setbacks: int, position: str) -> None:
    """Store how often in a row work on a locked edition failed, and how far it was then."""
    edition.setbacks = setbacks
    edition.setback_at = position


def add_note(edition: Edition, note: TranslatableMessage) -> None:
    """Append a message to a locked edition's note."""
    edition.note = append_note(edition.note, note)

"""What an operator may do to an edition: hold, approve, pause, resume, reopen, cancel."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from service.editions import queries, series_queries, subject_test_steps
from service.editions.curated import text_of
from service.editions.kind import EditionKind
from service.editions.lifecycle import BEFORE_FREEZE, FINAL, EditionState
from service.editions.locking import lock_edition
from service.editions.state_words import STATE_WORDS
from service.editions.tables import Edition
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters import catalogue

log = get_logger(__name__)


def hold(session: Session, edition_id: int, *, now: datetime) -> None:
    """Stop an edition after its selection until it is approved, and its catch-up editions.

    Raises:
        Conflict: it is past its selection.
    """
    _for_slot(session, edition_id, lambda each: _hold(session, each, now=now))


def _hold(session: Session, edition_id: int, *, now: datetime) -> None:
    edition = lock_edition(session, edition_id)
    if edition.state not in BEFORE_FREEZE:
        raise Conflict(
            translatable(
                "edition.conflict.not_holdable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    edition.held_at = edition.held_at or now
    edition.approved_at = edition.approved_by = None
    queries.notify_progress(session, edition_id)
    log.info("edition.held", edition=edition_id)


def approve(
    session: Session, edition_id: int, *, now: datetime, operator_id: int | None = None
) -> None:
    """Release a held or paused edition with its catch-ups; does nothing to one that is neither.

    A draft is approved in advance, and goes out at its slot. `operator_id` None is a command.

    Raises:
        Conflict: it has ended, or is both held and paused: resuming it comes first; or another
            editor must approve it; or it is a correction without a text.
    """
    _for_slot(
        session, edition_id, lambda each: _approve(session, each, now=now, operator_id=operator_id)
    )


def _approve(session: Session, edition_id: int, *, now: datetime, operator_id: int | None) -> None:
    edition = lock_edition(session, edition_id)
    if edition.state in BEFORE_FREEZE:
        _require_second_editor(session, edition, operator_id)
        _require_letter(session, edition)
        edition.approved_at, edition.approved_by = now, operator_id
    if edition.state is EditionState.DRAFT:
        # One without a time yet still waits to be sent, or to get one.
        if edition.frequency is not None or edition.window_to > now:
            edition.held_at = None
        queries.notify_progress(session, edition_id)
        log.info("edition.approved", edition=edition_id)
        return
    is_open = edition.state not in FINAL
    if edition.held_at is not None and edition.paused_at is not None and is_open:
        raise Conflict(translatable("edition.conflict.held_and_paused", edition=str(edition_id)))
    _continue(session, edition, now=now)
    edition.held_at = None


def _require_second_editor(session: Session, edition: Edition, operator_id: int | None) -> None:
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    is_own = operator_id is not None and operator_id == edition.curated_by
    if newsletter.needs_second_editor and is_own:
        raise Conflict(translatable("edition.conflict.own_edition", edition=str(edition.id)))


def _require_letter(session: Session, edition: Edition) -> None:
    if edition.kind is EditionKind.CORRECTION and not text_of(session, edition).introduction:
        raise Conflict(translatable("edition.correction.empty", edition=str(edition.id)))


def pause(
    session: Session,
    edition_id: int,
    *,
    now: datetime,
    note: TranslatableMessage | None = None,
) -> None:
    """Stop leasing deliveries, also of catch-ups; messages in flight are finished.

    `note` says why.

    Raises:
        Conflict: it has ended, or is paused already.
    """
    _for_slot(session, edition_id, lambda each: _pause(session, each, now=now, note=note))


def _pause(
    session: Session, edition_id: int, *, now: datetime, note: TranslatableMessage | None
) -> None:
    edition = lock_edition(session, edition_id)
    if edition.state is EditionState.DRAFT:
        raise Conflict(translatable("edition.draft.not_pausable", edition=str(edition_id)))
    if edition.state in FINAL:
        raise Conflict(
            translatable(
                "edition.conflict.not_pausable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    if edition.paused_at is not None:
        raise Conflict(translatable("edition.conflict.paused_already", edition=str(edition_id)))
    edition.paused_at = now
    edition.note = note or edition.note
    queries.notify_progress(session, edition_id)
    log.info("edition.paused", edition=edition_id)


def pause_automatically(
    session: Session, edition_id: int, *, now: datetime, reason: TranslatableMessage
) -> None:
    """Pause an edition because of its results; it stays paused until an operator resumes it.

    Does nothing if it is paused or has ended: several workers may find the same reason.
    """
    edition = lock_edition(session, edition_id)
    if edition.paused_at is None and edition.state not in FINAL:
        edition.own_pauses += 1
        # In addition to edition.paused, which is also logged for an operator's pause.
        log.warning("edition.stopped", edition=edition_id, reason=str(reason))
        _pause(session, edition_id, now=now, note=reason)


def resume(session: Session, edition_id: int, *, now: datetime) -> None:
    """End a pause, also of catch-ups; an edition that is also held still waits for its approval.

    Raises:
        Conflict: it has ended, or is not paused.
    """
    _for_slot(session, edition_id, lambda each: _resume(session, each, now=now))


def _resume(session: Session, edition_id: int, *, now: datetime) -> None:
    edition = lock_edition(session, edition_id)
    if edition.paused_at is None and edition.state not in FINAL:
        if edition.held_at is not None:
            raise Conflict(translatable("edition.conflict.held", edition=str(edition_id)))
        raise Conflict(
            translatable(
                "edition.conflict.not_paused",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    _continue(session, edition, now=now)


def extend_validity(edition: Edition, *, until: datetime) -> None:
    """Set until when (aware) an edition that its caller has locked is news."""
    edition.expires_at = until


def ignore_quiet_hours(session: Session, edition_id: int) -> None:
    """Let an edition begin in its newsletter's quiet hours.

    Raises:
        Conflict: it has ended.
    """
    edition = lock_edition(session, edition_id)
    if edition.state in FINAL:
        raise Conflict(
            translatable(
                "edition.conflict.nothing_left",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    edition.ignores_quiet_hours = True
    queries.notify_progress(session, edition_id)
    log.info("edition.quiet_hours_ignored", edition=edition_id)


def reopen(
    session: Session, edition_id: int, *, now: datetime, expires_at: datetime | None = None
) -> None:
    """Return a finished edition to `sending`, so that some deliveries are sent again.

    A paused edition stays paused. `expires_at` (aware) replaces the end of its validity.

    Raises:
        Conflict: it was never sent, or was cancelled.
    """
    edition = lock_edition(session, edition_id)
    if edition.state not in {EditionState.SENDING, EditionState.FINISHED}:
        raise Conflict(
            translatable(
                "edition.conflict.not_resendable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    if edition.state == EditionState.FINISHED:
        edition.state = EditionState.SENDING
        edition.finished_at = edition.paused_at = edition.note = None
    # The operator knows what went wrong before and has repaired it.
    edition.resumed_at = now
    edition.setbacks = 0
    edition.expires_at = expires_at or edition.expires_at
    outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition.id}, now=now)
    queries.notify_progress(session, edition.id)
    log.info("edition.reopened", edition=edition.id)


def _continue(session: Session, edition: Edition, *, now: datetime) -> None:
    if edition.state in FINAL:
        raise Conflict(
            translatable(
                "edition.conflict.nothing_left",
                edition=str(edition.id),
                state=STATE_WORDS[edition.state],
            )
        )
    if edition.paused_at is not None:
        edition.resumed_at = now
        subject_test_steps.continue_subject_test(
            session, edition, stopped_at=edition.paused_at, continues_at=now
        )
    edition.paused_at = None
    edition.note = None
    edition.setbacks = 0
    job = SEND_EDITION if edition.state == EditionState.SENDING else BUILD_EDITION
    outbox.enqueue(session, job.name, {"edition_id": edition.id}, now=now)
    queries.notify_progress(session, edition.id)
    log.info("edition.approved", edition=edition.id)


def cancel(session: Session, edition_id: int, *, now: datetime) -> None:
    """Stop an edition for good, with its catch-up editions.

    Before the freeze its articles are released for the next edition. Later they count as carried,
    because some readers may have them. Its open deliveries expire when they are next leased.

    Raises:
        Conflict: it has ended.
    """
    _for_slot(session, edition_id, lambda each: _cancel(session, each, now=now))


def _cancel(session: Session, edition_id: int, *, now: datetime) -> None:
    edition = lock_edition(session, edition_id)
    if edition.state in FINAL:
        raise Conflict(
            translatable(
                "edition.conflict.not_cancellable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    if edition.state in BEFORE_FREEZE:
        queries.release_articles(session, edition_id)
    subject_test_steps.drop_subject_test(session, edition_id, now=now)
    edition.state = EditionState.CANCELLED
    edition.note = translatable("edition.cancelled")
    edition.finished_at = now
    queries.notify_progress(session, edition_id)
    log.info("edition.cancelled", edition=edition_id)


def _for_slot(session: Session, edition_id: int, act: Callable[[int], None]) -> None:
    """Act on an edition, then on its catch-ups as far as that can be done: all share a slot."""
    act(edition_id)
    for each in series_queries.catch_up_editions(session, lock_edition(session, edition_id)):
        with suppress(Conflict):
            act(each)

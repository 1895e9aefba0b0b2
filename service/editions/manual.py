"""Editions outside of the schedule: one piece, or articles that editors chose, now or at a time."""

from datetime import datetime, timedelta

from service.editions import curation_queries, transitions
from service.editions.kind import GOES_TO_ALL, EditionKind
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.editions.new_edition import add_draft
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.schedule import Slot, slot_of

log = get_logger(__name__)

MAX_AHEAD = timedelta(days=366)
"""How far ahead an edition may be made manually."""


def create_manually(
    session: Session,
    newsletter_id: int,
    kind: EditionKind,
    *,
    now: datetime,
    at: Slot | None = None,
) -> int:
    """Make a draft of one piece, or of what editors will choose; return the edition's id.

    It goes out at a slot, or when an editor sends it: until then it is held.

    Raises:
        Invalid: the slot is past or too far ahead, or a digest is wanted, which the
            schedule makes, or a correction, which begins with a revision.
        Conflict: its random key was taken.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    if kind is EditionKind.CORRECTION:
        raise Invalid(translatable("edition.draft.correction"))
    if kind not in GOES_TO_ALL:
        raise Invalid(translatable("edition.draft.digest"))
    _require_coming(at, now=now)
    edition_id = add_draft(
        session,
        newsletter_id,
        at or slot_of(now, load_zone(newsletter.time_zone)),
        frequency=None,
        origin="hand",
        now=now,
        kind=kind,
        held_at=None if at else now,
    )
    if edition_id is None:
        raise Conflict(translatable("edition.conflict.started_twice"))
    log.info("edition.drafted", edition=edition_id, newsletter=newsletter_id)
    return edition_id


def reschedule(session: Session, edition_id: int, at: Slot, *, now: datetime) -> None:
    """Give a manual draft another slot, and release it if it was held for want of one.

    Raises:
        Conflict: it is no draft, or belongs to the schedule.
        Invalid: the slot is past or too far ahead.
    """
    draft = lock_edition(session, edition_id)
    if draft.state is not EditionState.DRAFT or draft.kind is EditionKind.DIGEST:
        raise Conflict(translatable("edition.draft.not_reschedulable", edition=str(edition_id)))
    _require_coming(at, now=now)
    draft.slot_date, draft.slot_time = at.local_date, at.local_time
    draft.window_to, draft.held_at = at.instant, None


def _require_coming(at: Slot | None, *, now: datetime) -> None:
    if at is not None and not now < at.instant <= now + MAX_AHEAD:
        raise Invalid(translatable("edition.draft.not_coming", slot=str(at)))


def plan_due_drafts(session: Session, *, now: datetime) -> list[int]:
    """Plan what editors have made for a time that has come; return the editions' ids."""
    found = curation_queries.due_manual_drafts(session, now=now)
    for draft in found:
        newsletter = catalogue.get_by_id(session, draft.newsletter_id)
        if newsletter.needs_approval and draft.approved_at is None:
            draft.held_at = now
        transitions.mark_planned(draft, window_from=None, window_to=now, now=now)
        transitions.enqueue_build(session, draft, now=now)
    return [draft.id for draft in found]

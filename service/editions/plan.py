"""A due slot becomes one edition, however many schedulers look.

After downtime only the latest missed slot counts, and each newsletter says what becomes of it
(`newsletters.missed_slots`); what the others would have carried is in its window.
"""

from datetime import datetime, timedelta

from service.editions import (
    catch_up,
    control,
    curation_queries,
    drafts,
    due_slots,
    manual,
    queries,
    series_queries,
    transitions,
)
from service.editions.due_slots import SeriesSlot
from service.editions.find import get_edition
from service.editions.lifecycle import EDITION, EditionState
from service.editions.locking import lock_edition
from service.editions.missed import close_missed
from service.editions.new_edition import add_draft, random_key
from service.editions.read_models import EditionDetails
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.missed_slots import SlotDecision
from service.newsletters.schedule import Slot, slot_of
from service.newsletters.tables import Newsletter

log = get_logger(__name__)

FIRST_WINDOW = timedelta(hours=24)
"""How far back a newsletter's first edition looks."""

MAX_AHEAD = timedelta(days=14)
"""How far ahead the slot may be that an operator names."""


def plan_due(session: Session, *, now: datetime) -> list[int]:
    """Make an edition for every due slot that has none and enqueue its job; return their ids.

    A missed slot that is not sent gets an edition, too, which is skipped and says why.
    """
    planned: list[int] = []
    for due in due_slots.find_due(session, now=now):
        if due.decision is SlotDecision.MERGE:
            # What editors did is for the next edition, as the articles are.
            drafts.leave_slot(session, due.newsletter.id, due.frequency, now=now)
        made = _plan(session, due, origin="schedule", held=False, now=now)
        if due.decision is SlotDecision.SEND:
            planned += made
        else:
            for edition_id in made:
                close_missed(session, edition_id, due.decision, now=now)
    return [*planned, *manual.plan_due_drafts(session, now=now)]


def send_draft(
    session: Session, edition_id: int, *, now: datetime, operator_id: int | None = None
) -> EditionDetails:
    """Send a draft now instead of at its slot; a series' next draft opens afterwards.

    Who sends it approves it: `operator_id` None is a command.

    Raises:
        Conflict: it is no draft, or another editor must approve it.
    """
    draft = lock_edition(session, edition_id)
    if draft.state is not EditionState.DRAFT:
        raise Conflict(translatable("edition.draft.sent_already", edition=str(edition_id)))
    control.approve(session, edition_id, now=now, operator_id=operator_id)
    if draft.frequency is not None:
        return plan_now(session, draft.newsletter_id, now=now, frequency=draft.frequency)
    draft.held_at = None
    transitions.mark_planned(draft, window_from=None, window_to=now, now=now)
    transitions.enqueue_build(session, draft, now=now)
    session.flush()
    return get_edition(session, edition_id)


def plan_now(
    session: Session,
    newsletter_id: int,
    *,
    now: datetime,
    held: bool = False,
    frequency: Frequency | None = None,
) -> EditionDetails:
    """Make an edition manually, at this second of the newsletter's own time.

    `held` stops it after the selection until an operator approves it. It is one of the series of
    `frequency`, or of the newsletter's default one.

    Raises:
        Conflict: there was one this very second.
        Invalid: its time zone is known no more.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    slot = slot_of(now, load_zone(newsletter.time_zone))
    due = _in_series(newsletter, slot, frequency)
    planned = _plan(session, due, origin="hand", held=held, now=now)
    if not planned:
        raise Conflict(translatable("edition.conflict.started_twice"))
    return get_edition(session, planned[0])


def plan_slot(
    session: Session,
    newsletter_id: int,
    slot: Slot,
    *,
    now: datetime,
    frequency: Frequency | None = None,
) -> EditionDetails:
    """Make the edition of a named slot manually, held, in a series as `plan_now` does.

    Raises:
        Invalid: the slot is older than the newsletter's news stays valid, or too far ahead.
        Conflict: the slot has an edition.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    _require_near(newsletter, slot, now=now)
    due = _in_series(newsletter, slot, frequency)
    planned = _plan(session, due, origin="hand", held=True, now=now)
    if not planned:
        raise Conflict(translatable("edition.conflict.slot_taken", slot=str(slot)))
    return get_edition(session, planned[0])


def _in_series(
    newsletter: NewsletterDetails, slot: Slot, frequency: Frequency | None
) -> SeriesSlot:
    return SeriesSlot(
        newsletter=newsletter, frequency=frequency or newsletter.default_frequency, slot=slot
    )


def _require_near(newsletter: NewsletterDetails, slot: Slot, *, now: datetime) -> None:
    """Refuse a mistyped date: no scheduler would plan that slot either."""
    if slot.instant > now + MAX_AHEAD:
        raise Invalid(translatable("edition.slot.too_far", slot=str(slot), days=MAX_AHEAD.days))
    if now - slot.instant > newsletter.valid_for:
        raise Invalid(translatable("edition.slot.too_old", slot=str(slot)))


def _plan(
    session: Session, due: SeriesSlot, *, origin: str, held: bool, now: datetime
) -> list[int]:
    """Make a slot's edition and its catch-up editions; return their ids, none if it has one.

    The window of a slot that is skipped ends at its own instant.
    """
    newsletter_id = due.newsletter.id
    series_queries.lock_planned(session, newsletter_id, due.frequency)
    window_from = queries.last_window_end(session, newsletter_id, due.frequency)
    if window_from is None:
        is_scheduled = origin == "schedule"
        window_from = _first_window_start(
            due.newsletter, due.frequency, is_scheduled=is_scheduled, now=now
        )
    if due.decision is SlotDecision.MERGE:
        edition = _new_edition(session, due, origin=origin, now=now)
    else:
        edition = _take_draft(session, due, origin=origin, now=now)
    if edition is None:
        return []
    window_to = now
    if due.decision is SlotDecision.SKIP:
        window_to = max(due.slot.instant, window_from)
    transitions.mark_planned(edition, window_from=window_from, window_to=window_to, now=now)
    needs_approval = due.newsletter.needs_approval and edition.approved_at is None
    if held or (needs_approval and edition.held_at is None):
        edition.held_at = now
    session.flush()
    catch_ups = catch_up.due_catch_ups(
        session, newsletter_id, due.frequency, window_from=window_from, window_to=window_to
    )
    made = [edition] + [
        _add_catch_up(session, edition, previous_id, window_from=start, now=now)
        for previous_id, start in catch_ups
    ]
    for each in made if due.decision is SlotDecision.SEND else ():
        transitions.enqueue_build(session, each, now=now)
    return [each.id for each in made]


def _take_draft(session: Session, due: SeriesSlot, *, origin: str, now: datetime) -> Edition | None:
    """Return the edition of a slot, still a draft, with its series' draft or else a new one.

    None if the slot has one. A slot that an operator names in advance leaves the draft of another
    slot alone.
    """
    slot = due.slot
    draft = curation_queries.draft_of_series(session, due.newsletter.id, due.frequency)
    is_its_slot = draft is not None and (draft.slot_date, draft.slot_time) == (
        slot.local_date,
        slot.local_time,
    )
    if draft is not None and (is_its_slot or slot.instant <= now):
        if queries.taken_slots(session, [due.key]):
            return None
        draft.slot_date, draft.slot_time = slot.local_date, slot.local_time
        draft.origin = origin
        return draft
    return _new_edition(session, due, origin=origin, now=now)


def _new_edition(
    session: Session, due: SeriesSlot, *, origin: str, now: datetime
) -> Edition | None:
    """Return a new edition of a slot, locked; None if the slot has one."""
    edition_id = add_draft(
        session, due.newsletter.id, due.slot, frequency=due.frequency, origin=origin, now=now
    )
    return None if edition_id is None else queries.by_id(session, edition_id, lock=True)


def _add_catch_up(
    session: Session, edition: Edition, previous_id: int, *, window_from: datetime, now: datetime
) -> Edition:
    """Make the edition of a slot for readers who had another one before."""
    other = Edition(
        key=random_key(),
        newsletter_id=edition.newsletter_id,
        frequency=edition.frequency,
        previous_edition_id=previous_id,
        slot_date=edition.slot_date,
        slot_time=edition.slot_time,
        origin=edition.origin,
        state=EDITION.initial,
        held_at=edition.held_at,
        window_to=now,
        planned_at=now,
    )
    session.add(other)
    transitions.mark_planned(other, window_from=window_from, window_to=edition.window_to, now=now)
    session.flush()
    return other


def next_window_start(
    session: Session, newsletter: NewsletterDetails, frequency: Frequency, *, now: datetime
) -> datetime:
    """Return where the window of a series' coming edition begins."""
    found = queries.last_window_end(session, newsletter.id, frequency)
    return found or _first_window_start(newsletter, frequency, is_scheduled=True, now=now)


def _first_window_start(
    newsletter: Newsletter | NewsletterDetails,
    frequency: Frequency,
    *,
    is_scheduled: bool,
    now: datetime,
) -> datetime:
    """A weekly's first edition looks a week back, a daily's a day, a monthly's a month.

    One of the schedule also takes what came since there is this schedule: since then readers could
    choose the series, and wait for its first edition.
    """
    days_between = _days_between(newsletter, frequency)
    start = now - FIRST_WINDOW * days_between
    return min(start, newsletter.scheduled_since) if is_scheduled else start


def _days_between(newsletter: Newsletter | NewsletterDetails, frequency: Frequency) -> int:
    if frequency is Frequency.WEEKLY:
        return 7
    if frequency is Frequency.EACH and newsletter.month_days and not newsletter.days:
        return 31
    if not newsletter.days:
        return 1
    is_fortnightly = frequency is Frequency.EACH and newsletter.fortnight_from is not None
    return max((14 if is_fortnightly else 7) // len(newsletter.days), 1)

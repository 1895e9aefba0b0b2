"""The coming edition of each series: a draft from the close of the last one until its slot is due.

A draft has a slot and what editors did; its articles are chosen anew whenever someone looks, and
for good when it is planned (`service.editions.plan`).
"""

from datetime import datetime

from service.editions import curation_queries as drafts_queries
from service.editions import queries
from service.editions.new_edition import add_draft
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.newsletters import closed_dates, schedule
from service.newsletters import queries as newsletter_queries
from service.newsletters.frequency import Frequency, SeriesSchedule, series_of
from service.newsletters.holidays import Holidays
from service.newsletters.schedule import Slot
from service.newsletters.tables import Newsletter

log = get_logger(__name__)


def open_drafts(session: Session, *, now: datetime) -> list[int]:
    """Make a draft for the next slot of each series that has none; return the new ones.

    A draft whose slot has passed without being planned, or is none any more because the schedule
    was changed, moves to the next one with all that editors did.
    """
    scheduled = newsletter_queries.scheduled(session)
    holidays = closed_dates.holidays_by_newsletter(session, [each.id for each in scheduled])
    drafts = {(each.newsletter_id, each.frequency): each for each in drafts_queries.drafts(session)}
    opened = []
    for newsletter in scheduled:
        for series in series_of(newsletter):
            slot = _next_slot(newsletter, series, holidays[newsletter.id], now=now)
            draft = drafts.get((newsletter.id, series.frequency))
            if slot is None:
                continue
            if draft is None:
                edition_id = add_draft(
                    session,
                    newsletter.id,
                    slot,
                    frequency=series.frequency,
                    origin="schedule",
                    now=now,
                )
                opened += [edition_id] if edition_id is not None else []
            elif (draft.slot_date, draft.slot_time) != (slot.local_date, slot.local_time):
                _move(session, draft, series.frequency, slot)
    return opened


def find_draft(session: Session, newsletter_id: int, frequency: Frequency) -> Edition:
    """Return the draft of a series, not locked; without any, one of id 0 that is not stored."""
    found = drafts_queries.draft_of_series(session, newsletter_id, frequency, lock=False)
    return found or Edition(id=0, newsletter_id=newsletter_id, frequency=frequency)


def leave_slot(
    session: Session, newsletter_id: int, frequency: Frequency, *, now: datetime
) -> None:
    """Move a series' draft to its next slot, with all that editors did."""
    draft = drafts_queries.draft_of_series(session, newsletter_id, frequency)
    newsletter = newsletter_queries.by_id(session, newsletter_id)
    if draft is None or newsletter is None:
        return
    series = next((each for each in series_of(newsletter) if each.frequency == frequency), None)
    if series is None:
        return
    holidays = closed_dates.holidays_of(session, newsletter_id)
    slot = _next_slot(newsletter, series, holidays, now=now)
    if slot is not None:
        _move(session, draft, frequency, slot)
        session.flush()


def _next_slot(
    newsletter: Newsletter, series: SeriesSchedule, holidays: Holidays, *, now: datetime
) -> Slot | None:
    try:
        zone = load_zone(newsletter.time_zone)
        found = schedule.upcoming_slots(series.recurrence, zone, after=now, count=1, but=holidays)
    except (LookupError, ValueError, OSError, OverflowError):
        return None  # Planning says so (`slot.unreadable`).
    return found[0] if found else None


def _move(session: Session, draft: Edition, frequency: Frequency, slot: Slot) -> None:
    """Give a draft another slot, unless that one has an edition."""
    taken = queries.taken_slots(
        session, [(draft.newsletter_id, frequency, slot.local_date, slot.local_time)]
    )
    if not taken:
        draft.slot_date, draft.slot_time = slot.local_date, slot.local_time
        draft.window_to = slot.instant
        log.info("edition.draft_moved", edition=draft.id)

"""Which slots are due and have no edition yet, and what is to become of each."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from service.editions import queries
from service.kit.db import Session
from service.kit.log import get_logger
from service.newsletters import closed_dates, schedule
from service.newsletters import queries as newsletter_queries
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, SeriesSchedule, series_of
from service.newsletters.holidays import Holidays
from service.newsletters.missed_slots import SlotDecision, decide
from service.newsletters.schedule import Slot
from service.newsletters.tables import Newsletter

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSlot:
    """A slot of one series of a newsletter."""

    newsletter: Newsletter | NewsletterDetails
    frequency: Frequency
    slot: Slot
    decision: SlotDecision = SlotDecision.SEND

    @property
    def key(self) -> tuple[int, Frequency, date, time]:
        """What at most one edition has, apart from catch-up editions."""
        return (self.newsletter.id, self.frequency, self.slot.local_date, self.slot.local_time)


def list_due(session: Session, *, now: datetime) -> list[tuple[str, Slot]]:
    """Return each due slot that is to be sent and has no edition, with its newsletter's slug."""
    return [
        (due.newsletter.slug, due.slot)
        for due in find_due(session, now=now)
        if due.decision is SlotDecision.SEND
    ]


def find_due(session: Session, *, now: datetime) -> list[SeriesSlot]:
    """Return the latest due slot of each series that has no edition, unless it is left alone."""
    scheduled = newsletter_queries.scheduled(session)
    holidays = closed_dates.holidays_by_newsletter(session, [each.id for each in scheduled])
    due = [
        slot
        for newsletter in scheduled
        for series in series_of(newsletter)
        if (slot := _due_slot_or_none(newsletter, series, holidays[newsletter.id], now=now))
        is not None
    ]
    if not due:
        return []
    taken = queries.taken_slots(session, [each.key for each in due])
    return [each for each in due if each.key not in taken]


def _due_slot_or_none(
    newsletter: Newsletter, series: SeriesSchedule, holidays: Holidays, *, now: datetime
) -> SeriesSlot | None:
    """Leave out a newsletter whose schedule cannot be read: the others' slots are due all the same.

    A time zone may go with an update of the system's list of them.
    """
    try:
        return _due_slot(newsletter, series, holidays, now=now)
    except (LookupError, ValueError, OSError, OverflowError) as error:
        log.warning("slot.unreadable", newsletter=newsletter.id, error=type(error).__name__)
        return None


def _due_slot(
    newsletter: Newsletter, series: SeriesSchedule, holidays: Holidays, *, now: datetime
) -> SeriesSlot | None:
    slot = schedule.latest_due_slot(
        series.recurrence,
        ZoneInfo(newsletter.time_zone),
        after=newsletter.scheduled_since,
        until=now,
        but=holidays,
    )
    if slot is None:
        return None
    decision = decide(
        newsletter.missed_slots,
        lateness=now - slot.instant,
        grace=newsletter.late_within or newsletter.valid_for,
    )
    if decision is SlotDecision.LEAVE:
        return None
    return SeriesSlot(
        newsletter=newsletter, frequency=series.frequency, slot=slot, decision=decision
    )

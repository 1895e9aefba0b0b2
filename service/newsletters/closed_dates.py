"""The holidays of newsletters: add, list and remove dates on which none, or all, come out.

A slot on a holiday does not exist, in any series. The next edition has what came meanwhile, because
its window begins where the last one ended. What is planned already goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import queries
from service.newsletters.holidays import Holiday, Holidays
from service.newsletters.tables import NewsletterHoliday

log = get_logger(__name__)

LONGEST = timedelta(days=400)
MAX_LABEL = 100
MOST_HOLIDAYS = 500
"""Holidays to come of one newsletter: each is compared with each day of a schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHoliday:
    """A holiday as it is stored; `newsletter_id` None means that it is every newsletter's."""

    id: int
    newsletter_id: int | None
    holiday: Holiday


def add_holidays(
    session: Session, newsletter_id: int | None, holidays: Sequence[Holiday], *, now: datetime
) -> list[int]:
    """Add holidays to a newsletter, or to all for None; return the ids of those that were new.

    Raises:
        Invalid: the last day is before the first, or the holiday or its label is too long, or there
            would be too many.
    """
    for each in holidays:
        _check(each)
    stored = queries.holidays(session, newsletter_id, since=_yesterday(now))
    known = {(row.first_on, row.last_on) for row in stored}
    # Nothing twice, also within one calendar.
    new = list({(each.first_on, each.last_on): each for each in holidays}.items())
    rows = [
        NewsletterHoliday(
            newsletter_id=newsletter_id,
            first_on=each.first_on,
            last_on=each.last_on,
            label=each.label.strip(),
        )
        for dates, each in new
        if dates not in known
    ]
    if len(stored) + len(rows) > MOST_HOLIDAYS:
        raise Invalid(translatable("newsletter.holiday.too_many", limit=str(MOST_HOLIDAYS)))
    session.add_all(rows)
    session.flush()
    log.info("newsletter.holidays_added", newsletter=newsletter_id, holidays=len(rows))
    return [row.id for row in rows]


def remove_holiday(session: Session, holiday_id: int, *, now: datetime) -> StoredHoliday:
    """Remove a holiday and return it; slots that it has prevented so far stay prevented.

    Raises:
        NotFound: there is no such holiday.
    """
    row = queries.holiday(session, holiday_id)
    if row is None:
        raise NotFound(translatable("newsletter.holiday.unknown", holiday=str(holiday_id)))
    removed = _stored(row)
    session.delete(row)
    if row.first_on <= now.date() + timedelta(days=1):
        queries.begin_schedules_anew(session, row.newsletter_id, now=now)
    log.info("newsletter.holiday_removed", newsletter=row.newsletter_id, holiday=holiday_id)
    return removed


def list_holidays(
    session: Session, newsletter_id: int | None, *, now: datetime
) -> list[StoredHoliday]:
    """Return the holidays of a newsletter that have not passed, with those of all; soonest first.

    For None only those of all newsletters.
    """
    return [_stored(row) for row in queries.holidays(session, newsletter_id, since=_yesterday(now))]


def holidays_of(session: Session, newsletter_id: int) -> Holidays:
    """Return the holidays of a newsletter, with those of all newsletters."""
    return holidays_by_newsletter(session, [newsletter_id])[newsletter_id]


def holidays_by_newsletter(session: Session, newsletter_ids: Sequence[int]) -> dict[int, Holidays]:
    """Return the holidays of each newsletter, with those of all newsletters."""
    rows = queries.holidays_of_some(session, newsletter_ids)
    return {
        each: Holidays(
            tuple(_stored(row).holiday for row in rows if row.newsletter_id in {None, each})
        )
        for each in newsletter_ids
    }


def _check(holiday: Holiday) -> None:
    if holiday.last_on < holiday.first_on:
        raise Invalid(translatable("newsletter.holiday.order"))
    if holiday.last_on - holiday.first_on > LONGEST:
        raise Invalid(translatable("newsletter.holiday.too_long", days=str(LONGEST.days)))
    if len(holiday.label) > MAX_LABEL or not holiday.label.isprintable():
        raise Invalid(translatable("newsletter.holiday.label", limit=str(MAX_LABEL)))


def _yesterday(now: datetime) -> date:
    """Return a date that has passed in every time zone."""
    return now.date() - timedelta(days=1)


def _stored(row: NewsletterHoliday) -> StoredHoliday:
    return StoredHoliday(
        id=row.id,
        newsletter_id=row.newsletter_id,
        holiday=Holiday(first_on=row.first_on, last_on=row.last_on, label=row.label),
    )

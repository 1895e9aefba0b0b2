"""Play the coming days of one newsletter through, as far as the database is needed for it.

Everything is read, and nothing is written: editions are chosen in memory, each series slot after
slot. Their messages are rendered later, without a transaction (`rehearsal.message_size`).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from service.audience import count_subscribers
from service.editions import choice
from service.editions.choice import FoundNews
from service.kit.db import Session
from service.kit.time_zones import is_known_zone
from service.kit.translatable import translatable
from service.newsletters import closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import series_of
from service.rehearsal import edition_notes
from service.rehearsal.coming_slots import ComingSlot, coming_slots
from service.rehearsal.left_out import RejectedNews
from service.rehearsal.manual_editions import rehearse_manual
from service.rehearsal.rehearse_series import (
    ComingSeries,
    RehearsalContext,
    RehearsalRange,
    rehearse_series,
)
from service.rehearsal.rehearsed import NewsHistory, RehearsalNote, RehearsedNewsletter
from service.rehearsal.series_state import load_series
from service.rehearsal.shifted_news import move_by_weeks, shift_news, weeks_back

MOST_NEWS = 20_000
"""Articles of the past that are looked at: the newest."""

LONGEST_FIRST_WINDOW = timedelta(weeks=2)
"""A longer one of a new series does not make a rehearsal look further back."""


def rehearse_newsletter(
    session: Session, newsletter: NewsletterDetails, period: RehearsalRange
) -> RehearsedNewsletter:
    """Return a newsletter's coming editions, the soonest first, without their messages' sizes."""
    if not is_known_zone(newsletter.time_zone):
        unknown = translatable("newsletter.unknown_zone", zone=newsletter.time_zone)
        return _nothing(newsletter, edition_notes.warning(unknown))
    zone = ZoneInfo(newsletter.time_zone)
    series = _load_series(session, newsletter, zone, period)
    readers = count_subscribers.count_choices(session, newsletter.id)
    manual = rehearse_manual(session, newsletter, period, readers=readers.total)
    if not manual and not any(each.slots for each in series):
        return _nothing(newsletter, edition_notes.note(translatable("rehearsal.no_slot")))
    weeks = weeks_back(period.days, _windows(series))
    news, history = _load_news(session, newsletter, series, period, weeks=weeks)
    context = RehearsalContext(
        newsletter=newsletter,
        zone=zone,
        period=period,
        copies=shift_news(news.candidates, weeks=weeks, zone=zone, now=period.now),
        rejected=RejectedNews(
            too_old=news.old_at,
            no_section=[each.first_seen_at for each in news.unplaced],
            weeks=weeks,
            zone=zone,
            now=period.now,
        ),
        readers=readers,
    )
    editions = [
        *manual,
        *(found for each in series for found in rehearse_series(session, context, each)),
    ]
    return RehearsedNewsletter(
        newsletter=newsletter,
        editions=sorted(editions, key=lambda each: each.slot.instant),
        history=history,
        notes=tuple(_history_notes(history, news, zone)),
    )


def _nothing(newsletter: NewsletterDetails, note: RehearsalNote) -> RehearsedNewsletter:
    return RehearsedNewsletter(newsletter=newsletter, editions=(), history=None, notes=(note,))


def _load_series(
    session: Session, newsletter: NewsletterDetails, zone: ZoneInfo, period: RehearsalRange
) -> list[ComingSeries]:
    holidays = closed_dates.holidays_of(session, newsletter.id)
    found = []
    for each in series_of(newsletter):
        slots = coming_slots(each, zone, after=period.now, until=period.until, but=holidays)
        due = period.due.get((newsletter.id, each.frequency))
        if due is not None:
            slots = [ComingSlot(frequency=each.frequency, slot=due[0]), *slots]
        open_slots = [slot.slot for slot in slots if slot.holiday is None]
        state = load_series(session, newsletter, each.frequency, open_slots, now=period.now)
        found.append(ComingSeries(frequency=each.frequency, slots=slots, state=state))
    return found


def _windows(series: Sequence[ComingSeries]) -> Iterator[timedelta]:
    """Yield how long the windows are, as far as the past should be as long as they are.

    A series that never had an edition begins with all that came since there is its schedule.
    """
    for each in series:
        before = each.state.window_from
        is_first = each.state.is_new
        for coming in each.slots:
            if coming.holiday is None:
                length = coming.slot.instant - before
                if not is_first or length <= LONGEST_FIRST_WINDOW:
                    yield length
                before = max(before, coming.slot.instant)
                is_first = False


def _load_news(
    session: Session,
    newsletter: NewsletterDetails,
    series: Sequence[ComingSeries],
    period: RehearsalRange,
    *,
    weeks: int,
) -> tuple[FoundNews, NewsHistory]:
    zone = ZoneInfo(newsletter.time_zone)
    first = move_by_weeks(period.now, -weeks, zone)
    last = min(move_by_weeks(period.until, -weeks, zone), period.now)
    earliest = min([first, *(each.state.window_from for each in series if each.slots)])
    news = choice.find_news(
        session, newsletter, seen_from=earliest, seen_to=period.now, limit=MOST_NEWS
    )
    came = [each for each in news.candidates if first <= each.first_seen_at < last]
    return news, NewsHistory(
        first_on=first.astimezone(zone).date(),
        last_on=last.astimezone(zone).date(),
        weeks=weeks,
        articles=len(came),
        begins_at=news.begins_at,
    )


def _history_notes(
    history: NewsHistory, news: FoundNews, zone: ZoneInfo
) -> Iterator[RehearsalNote]:
    begins_at = history.begins_at
    if begins_at is None:
        yield edition_notes.warning(translatable("rehearsal.no_history"))
    elif begins_at.astimezone(zone).date() > history.first_on:
        day = begins_at.astimezone(zone).date()
        yield edition_notes.warning(translatable("rehearsal.short_history", day=day.isoformat()))
    if len(news.candidates) + len(news.unplaced) >= MOST_NEWS:
        yield edition_notes.warning(translatable("rehearsal.too_many", limit=MOST_NEWS))

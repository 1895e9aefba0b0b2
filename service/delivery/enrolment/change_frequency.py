"""Move readers from one series of a newsletter to another: nothing twice, and nothing lost.

A series is a chain of windows, and its readers get each article once. A reader who changes
series leaves one chain at the end of an edition, and the other one has its cuts elsewhere. So the
reader keeps the edition that they had a place in last, and gets their next one, a catch-up edition
of the new series, from where that one ended (`service.editions.catch_up`).

Had a place, and not received: a reader of Sport has had their place in an edition without Sport.
"""

from datetime import datetime

from service.audience import queries as audience_queries
from service.audience.confirm import KEEPS_PLACE_FOR
from service.audience.queries import frequency as readers_queries
from service.audience.queries.frequency import SeriesReaders
from service.delivery.enrolment.queries.last_place import have_not_left, last_place
from service.editions import series_queries
from service.kit.db import Session
from service.kit.log import get_logger
from service.newsletters import queries as newsletter_queries
from service.newsletters.frequency import Frequency, offered_frequencies, replacement_for

log = get_logger(__name__)

MOVED_PER_STEP = 50_000
"""Readers moved in one transaction, while no edition of the newsletter can be enrolled."""


def change_frequency(
    session: Session,
    newsletter_id: int,
    subscriber_id: int,
    frequency: Frequency,
    *,
    now: datetime,
) -> bool:
    """Move one reader to the series of a frequency; return whether it was another one.

    A reader who had left and comes back had their last place before they left.
    """
    readers_queries.lock_series(session, newsletter_id, exclusive=True)
    found = audience_queries.subscription(
        session, newsletter_id=newsletter_id, subscriber_id=subscriber_id, lock=True
    )
    if found is None or found.frequency == frequency:
        return False
    readers = SeriesReaders(
        newsletter_id=newsletter_id, frequency=found.frequency, subscriber_ids=(subscriber_id,)
    )
    _move(session, readers, frequency, limit=1, now=now)
    session.refresh(found)
    log.info("preferences.frequency_changed", newsletter=newsletter_id, subscriber=subscriber_id)
    return True


def move_readers(
    session: Session,
    newsletter_id: int,
    frequency: Frequency,
    to: Frequency,
    *,
    now: datetime,
    limit: int = MOVED_PER_STEP,
) -> int:
    """Move up to `limit` readers of one series to another; return how many, 0 if none is left.

    Those who have left stay: they choose again when they come back.
    """
    if to is frequency:
        return 0
    readers_queries.lock_series(session, newsletter_id, exclusive=True)
    readers = SeriesReaders(newsletter_id=newsletter_id, frequency=frequency)
    moved = _move(session, readers, to, limit=limit, now=now)
    if moved:
        log.info("audience.readers_moved", newsletter=newsletter_id, readers=moved)
    return moved


def move_some(
    session: Session, readers: SeriesReaders, to: Frequency, *, now: datetime, limit: int
) -> int:
    """Move some readers of a series, whose rows and series the caller has locked."""
    return _move(session, readers, to, limit=limit, now=now)


def move_stranded_readers(session: Session, *, now: datetime) -> int:
    """Move readers of series that are offered no more to one that is; return how many.

    An operator has ended the weekly digest: its readers should not be left without any. Which one
    they get instead is the rule of `service.newsletters.frequency.replacement_for`.
    """
    newsletters = {each.id: each for each in newsletter_queries.current_without_sections(session)}
    not_offered = [
        (newsletter.id, frequency)
        for newsletter in newsletters.values()
        for frequency in Frequency
        if frequency not in offered_frequencies(newsletter)
    ]
    moved = 0
    for newsletter_id, frequency in readers_queries.series_with_readers(session, not_offered):
        instead = replacement_for(newsletters[newsletter_id], frequency)
        moved += move_readers(session, newsletter_id, frequency, instead, now=now)
    return moved


def _move(
    session: Session, readers: SeriesReaders, frequency: Frequency, *, limit: int, now: datetime
) -> int:
    """Move readers, each with the last edition that they had a place in.

    The newest one may still be enrolling its audience: readers that it has not reached yet had
    their last place in the one before. Those who had none yet are owed what came since they joined.
    """
    left = limit
    for edition in series_queries.last_editions(session, readers.newsletter_id, readers.frequency):
        had_it = readers_queries.had_place_in(
            frozen_at=edition.closed_at, enrolled_to=edition.enrolled_to
        )
        left -= readers_queries.move(
            session, readers, frequency, which=had_it, previous=edition.id, limit=left
        )
        if edition.enrolled_to is None or left <= 0:
            break
    if left > 0:
        left -= readers_queries.move(
            session,
            readers,
            frequency,
            which=have_not_left() if readers.subscriber_ids is None else None,
            previous=last_place(readers.newsletter_id, frequency, since=now - KEEPS_PLACE_FOR),
            limit=left,
        )
    return limit - left

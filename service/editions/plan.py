"""A due slot becomes one edition, however many schedulers look.

After downtime only the latest missed slot is run, and not even that one when it is older than
the newsletter's news stays valid; what the missed slots would have carried is in its window.
"""

import secrets
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.editions import queries
from service.editions.find import get_edition
from service.editions.lifecycle import EDITION
from service.editions.read_models import EditionDetails
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.kit.translatable import translatable
from service.newsletters import catalogue, schedule
from service.newsletters import queries as newsletter_queries
from service.newsletters.details import NewsletterDetails
from service.newsletters.schedule import Slot
from service.newsletters.tables import Newsletter

log = get_logger(__name__)

FIRST_WINDOW = timedelta(hours=24)
"""How far back a newsletter's first edition looks."""

MAX_AHEAD = timedelta(days=14)
"""How far ahead the slot may be that an operator names."""

_KEY_BYTES = 10


def plan_due(session: Session, *, now: datetime) -> list[int]:
    """Make an edition for every due slot that has none and enqueue its job; return their ids."""
    planned = [
        _plan(session, newsletter, slot, origin="schedule", held=False, now=now)
        for newsletter, slot in _due_slots(session, now=now)
    ]
    return [edition_id for edition_id in planned if edition_id is not None]


def due_slots(session: Session, *, now: datetime) -> list[tuple[str, Slot]]:
    """Return each due slot that has no edition yet, with its newsletter's slug."""
    return [(newsletter.slug, slot) for newsletter, slot in _due_slots(session, now=now)]


def _due_slots(session: Session, *, now: datetime) -> list[tuple[Newsletter, Slot]]:
    due = [
        (newsletter, slot)
        for newsletter in newsletter_queries.scheduled(session)
        if (slot := _due_slot_or_none(newsletter, now=now)) is not None
    ]
    if not due:
        return []
    taken = queries.taken_slots(
        session, [(each.id, slot.local_date, slot.local_time) for each, slot in due]
    )
    return [
        (newsletter, slot)
        for newsletter, slot in due
        if (newsletter.id, slot.local_date, slot.local_time) not in taken
    ]


def plan_now(
    session: Session, newsletter_id: int, *, now: datetime, held: bool = False
) -> EditionDetails:
    """Make an edition manually, at this second of the newsletter's own time.

    `held` stops it after the selection until an operator approves it.

    Raises:
        Conflict: there was one this very second.
        Invalid: its time zone is known no more.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    wall = now.astimezone(load_zone(newsletter.time_zone))
    at = time(wall.hour, wall.minute, wall.second)
    slot = Slot(local_date=wall.date(), local_time=at, instant=now)
    edition_id = _plan(session, newsletter, slot, origin="hand", held=held, now=now)
    if edition_id is None:
        raise Conflict(translatable("edition.conflict.started_twice"))
    return get_edition(session, edition_id)


def plan_slot(session: Session, newsletter_id: int, slot: Slot, *, now: datetime) -> EditionDetails:
    """Make the edition of a named slot manually, held.

    Raises:
        Invalid: the slot is older than the newsletter's news stays valid, or too far ahead.
        Conflict: the slot has an edition.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    _require_near(newsletter, slot, now=now)
    edition_id = _plan(session, newsletter, slot, origin="hand", held=True, now=now)
    if edition_id is None:
        raise Conflict(translatable("edition.conflict.slot_taken", slot=str(slot)))
    return get_edition(session, edition_id)


def _require_near(newsletter: NewsletterDetails, slot: Slot, *, now: datetime) -> None:
    """Refuse a mistyped date: no scheduler would plan that slot either."""
    if slot.instant > now + MAX_AHEAD:
        raise Invalid(translatable("edition.slot.too_far", slot=str(slot), days=MAX_AHEAD.days))
    if now - slot.instant > newsletter.valid_for:
        raise Invalid(translatable("edition.slot.too_old", slot=str(slot)))


def _due_slot_or_none(newsletter: Newsletter | NewsletterDetails, *, now: datetime) -> Slot | None:
    """Leave out a newsletter whose schedule cannot be read: the others' slots are due all the same.

    A time zone may go with an update of the system's list of them.
    """
    try:
        return _due_slot(newsletter, now=now)
    except (LookupError, ValueError, OSError, OverflowError) as error:
        log.warning("slot.unreadable", newsletter=newsletter.id, error=type(error).__name__)
        return None


def _due_slot(newsletter: Newsletter | NewsletterDetails, *, now: datetime) -> Slot | None:
    slot = schedule.latest_due_slot(
        newsletter.days,
        newsletter.times,
        ZoneInfo(newsletter.time_zone),
        after=newsletter.scheduled_since,
        until=now,
    )
    return slot if slot is not None and now - slot.instant <= newsletter.valid_for else None


def _plan(
    session: Session,
    newsletter: Newsletter | NewsletterDetails,
    slot: Slot,
    *,
    origin: str,
    held: bool,
    now: datetime,
) -> int | None:
    edition_id = queries.add(
        session,
        key=secrets.token_hex(_KEY_BYTES),
        newsletter_id=newsletter.id,
        slot_date=slot.local_date,
        slot_time=slot.local_time,
        origin=origin,
        state=EDITION.initial,
        window_from=queries.last_window_end(session, newsletter.id)
        or _first_window_start(newsletter, now=now),
        window_to=now,
        planned_at=now,
        held_at=now if held else None,
    )
    if edition_id is not None:
        outbox.enqueue(session, BUILD_EDITION.name, {"edition_id": edition_id}, now=now)
        log.info("edition.planned", edition=edition_id, newsletter=newsletter.id, origin=origin)
    return edition_id


def _first_window_start(newsletter: Newsletter | NewsletterDetails, *, now: datetime) -> datetime:
    """A weekly's first edition looks a week back, a daily's a day."""
    days_between = 7 // max(len(newsletter.days), 1) if newsletter.days else 1
    return now - FIRST_WINDOW * max(days_between, 1)

"""An edition that is resumed in quiet hours waits for their end, unless an operator overrides that.

What was tried already is tried again in quiet hours, too. The newsletter's own zone counts here:
which batch has readers of which zone is known only when they are enrolled.
"""

from datetime import datetime

from service.delivery.workflow.queries import waiting
from service.editions import control, series_queries
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL, EditionState
from service.editions.locking import lock_edition
from service.editions.read_models import EditionDetails
from service.editions.subject_test_steps import continue_subject_test
from service.jobs import outbox
from service.jobs.catalogue import SEND_EDITION
from service.kit.db import Session
from service.kit.time_zones import is_known_zone, load_zone
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.quiet_hours import quiet_hours


def quiet_until(
    edition: EditionDetails, newsletter: NewsletterDetails, *, now: datetime
) -> datetime | None:
    """Return when the quiet hours end in which an open edition begins no delivery; None else."""
    quiet = quiet_hours(newsletter.quiet_from, newsletter.quiet_to)
    is_over = edition.state in FINAL or edition.state is EditionState.DRAFT
    if quiet is None or is_over or edition.ignores_quiet_hours:
        return None
    if not is_known_zone(newsletter.time_zone):
        return None
    return quiet.end_after(now, load_zone(newsletter.time_zone))


def wait_for_end(session: Session, edition_id: int, *, now: datetime) -> datetime | None:
    """Let what has not begun of an edition wait until the quiet hours end; return when, or None.

    Its news stays valid as much longer.
    """
    edition = get_edition(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    until = quiet_until(edition, newsletter, now=now)
    if until is None:
        return None
    for each in _of_slot(session, edition_id):
        if waiting.hold_back(session, each, until=until):
            locked = lock_edition(session, each)
            expires_at = locked.expires_at
            if expires_at is None and locked.frozen_at is not None:
                expires_at = locked.frozen_at + newsletter.valid_for
            if expires_at is not None:
                control.extend_validity(locked, until=expires_at + (until - now))
            continue_subject_test(session, locked, stopped_at=now, continues_at=until)
    return until


def begin_now(session: Session, edition_id: int, *, now: datetime) -> None:
    """Let an edition, with its catch-up editions, begin in quiet hours, all of its waves now."""
    for each in _of_slot(session, edition_id):
        control.ignore_quiet_hours(session, each)
        waiting.bring_forward(session, each, now=now)
        outbox.enqueue(session, SEND_EDITION.name, {"edition_id": each}, now=now)


def _of_slot(session: Session, edition_id: int) -> list[int]:
    catch_ups = series_queries.catch_up_editions(session, lock_edition(session, edition_id))
    return [edition_id, *catch_ups]

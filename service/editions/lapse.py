"""An edition that waits for an operator until its news is old gives its articles back.

Else they would be carried by an edition that is never sent, and the next slots would find nothing
new.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.editions import queries
from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import schedule
from service.newsletters.details import NewsletterDetails
from service.newsletters.tables import Newsletter

log = get_logger(__name__)

MIN_WAIT = timedelta(hours=1)
"""How long an edition may wait at least: news that is valid for minutes takes longer to look at."""


def lapse_due(session: Session, *, now: datetime) -> list[int]:
    """End editions that were held or paused before their freeze for too long; return their ids.

    They may wait for as long as the newsletter's news stays valid.
    """
    lapsed = []
    for edition, newsletter in queries.awaiting_operator(session):
        if now < approvable_until(edition, newsletter):
            continue
        edition.state = EditionState.LAPSED
        edition.note = translatable("edition.lapsed")
        edition.finished_at = now
        queries.release_articles(session, edition.id)
        queries.notify_progress(session, edition.id)
        log.warning("edition.lapsed", edition=edition.id)
        lapsed.append(edition.id)
    return lapsed


def waits_until(
    edition: Edition | EditionDetails, newsletter: Newsletter | NewsletterDetails
) -> datetime | None:
    """Return until when an edition waits to be let go on; None when it does not, or for ever."""
    is_early = edition.state in {EditionState.PLANNED, EditionState.SELECTED}
    waits = is_early and (edition.held_at is not None or edition.paused_at is not None)
    return approvable_until(edition, newsletter) if waits else None


def approvable_until(
    edition: Edition | EditionDetails, newsletter: Newsletter | NewsletterDetails
) -> datetime:
    """Return until when an edition that waits for an operator may be resumed.

    One of the schedule waits from its slot on, so that it has ended when the next day's is planned.
    """
    since = edition.planned_at
    if edition.origin == "schedule":
        since = _instant_of(edition, newsletter) or since
    return max(since + newsletter.valid_for, edition.planned_at + MIN_WAIT)


def _instant_of(
    edition: Edition | EditionDetails, newsletter: Newsletter | NewsletterDetails
) -> datetime | None:
    """Return the instant of an edition's slot; None in a zone that the system's list has lost."""
    try:
        zone = ZoneInfo(newsletter.time_zone)
        return schedule.slot_at(edition.slot_date, edition.slot_time, zone).instant
    except (LookupError, ValueError, OSError, OverflowError):
        return None

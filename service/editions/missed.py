"""Close the edition of a missed slot without sending it: operators see what became of the slot.

Which slots are missed, and what their newsletter wants then, is decided by
`newsletters.missed_slots`.
"""

from datetime import datetime

from service.editions import choice, queries, series_queries
from service.editions.article_choice import close_dropped
from service.editions.locking import lock_edition
from service.editions.transitions import mark_skipped
from service.kit.db import Session
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.missed_slots import SlotDecision


def close_missed(
    session: Session, edition_id: int, decision: SlotDecision, *, now: datetime
) -> None:
    """Skip the planned edition of a missed slot; its articles wait, or are not sent either."""
    edition = lock_edition(session, edition_id)
    if decision is SlotDecision.SKIP:
        newsletter = catalogue.get_by_id(session, edition.newsletter_id)
        found = choice.choose(session, edition, newsletter)
        closed = close_dropped(found, window_to=edition.window_to)
        edition.waiting, edition.passed_over = closed.waiting, closed.passed_over
        note = translatable("edition.missed.skipped")
    else:
        # The next window begins where this one would have: nothing of it is used up.
        edition.window_to = edition.window_from or edition.window_to
        edition.waiting = series_queries.waiting_in_series(
            session,
            edition.newsletter_id,
            edition.frequency,
            up_to=edition.window_to,
            but=edition.id,
        )
        note = translatable("edition.missed.merged")
    mark_skipped(edition, note=note, now=now)
    queries.notify_progress(session, edition_id)

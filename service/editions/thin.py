"""An edition with too few articles is not sent: they wait for the next one, or are not carried.

What operators send manually, and what an editor has approved or chosen an article for, is sent as
it is.
"""

from datetime import datetime

from service.editions import series_queries
from service.editions.article_choice import (
    ArticleChoice,
    close_dropped,
    close_merged,
    is_thin,
)
from service.editions.tables import Edition
from service.editions.transitions import mark_skipped
from service.kit.db import Session
from service.kit.translatable import translatable
from service.newsletters.details import NewsletterDetails
from service.newsletters.limits import ThinEditions


def skip_thin(
    session: Session,
    edition: Edition,
    newsletter: NewsletterDetails,
    found: ArticleChoice,
    *,
    now: datetime,
) -> bool:
    """Skip a locked, planned edition if it is thin; return whether it was."""
    is_by_rule = edition.origin == "schedule" and edition.approved_at is None
    if not is_by_rule or not is_thin(found, newsletter.limits):
        return False
    count, least = len(found.chosen), str(newsletter.limits.least)
    if newsletter.thin_editions is ThinEditions.SKIP:
        closed = close_dropped(found, window_to=edition.window_to)
        note = translatable("edition.thin.skipped", count=count, least=least)
    elif series_queries.has_later_edition(session, edition):
        return False  # The later one has begun where this one ends: it would not find them.
    else:
        # The next one begins where this one has, and finds the same.
        closed = close_merged(found, window_from=edition.window_from or edition.window_to)
        note = translatable("edition.thin.merged", count=count, least=least)
    edition.window_to = closed.window_to
    edition.waiting, edition.passed_over = closed.waiting, closed.passed_over
    session.flush()
    mark_skipped(edition, note=note, now=now)
    return True

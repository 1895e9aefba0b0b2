"""An edition with too few articles is not sent: they wait for the next one, or are not carried.

What operators send manually, and what an editor has approved or chosen an article for, is sent as
it is.
"""

from datetime import datetime

from service.editions import series_queries
from service.editions.choice import ArticleChoice
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
    if not _is_thin(edition, newsletter, found):
        return False
    count, least = len(found.chosen), str(newsletter.limits.least)
    if newsletter.thin_editions is ThinEditions.SKIP:
        _drop(edition, found)
        note = translatable("edition.thin.skipped", count=count, least=least)
    elif series_queries.has_later_edition(session, edition):
        return False  # The later one has begun where this one ends: it would not find them.
    else:
        _wait(session, edition, found)
        note = translatable("edition.thin.merged", count=count, least=least)
    mark_skipped(edition, note=note, now=now)
    return True


def _is_thin(edition: Edition, newsletter: NewsletterDetails, found: ArticleChoice) -> bool:
    is_by_rule = edition.origin == "schedule" and edition.approved_at is None and not found.kept
    return is_by_rule and 0 < len(found.chosen) < newsletter.limits.least


def _drop(edition: Edition, found: ArticleChoice) -> None:
    edition.waiting = found.waiting
    edition.passed_over = [
        each.article_id for each in found.candidates if each.article_id not in found.waiting
    ]


def _wait(session: Session, edition: Edition, found: ArticleChoice) -> None:
    """Close the window where it began: the next one begins there, and finds the same."""
    edition.waiting = found.waited
    edition.window_to = edition.window_from or edition.window_to
    edition.passed_over = found.dropped
    session.flush()

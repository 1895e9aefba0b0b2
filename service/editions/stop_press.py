"""Stop press: an article of editions that are out, or on their way, is withdrawn or corrected now.

It is what an operator does in a hurry. Unlike a headline that a feed has changed, it does not wait
for the end of a pause between revisions, a summary counts too, and what editors have written in
place of the corrected words is dropped.
"""

from dataclasses import replace
from datetime import datetime

from service.articles import correct, find, withdraw
from service.editions import revise
from service.editions import revision_queries as changes
from service.editions.lifecycle import FINAL
from service.editions.read_models import EditionDetails
from service.editions.state_words import STATE_WORDS
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.translatable import translatable


def require_frozen(edition: EditionDetails) -> None:
    """Check that an edition has been frozen, so that readers may have it.

    Raises:
        Conflict: it is still to come, or came to nothing.
    """
    if edition.frozen_at is not None:
        return
    number = str(edition.id)
    if edition.state in FINAL:
        state = STATE_WORDS[edition.state]
        raise Conflict(translatable("edition.stop_press.ended", edition=number, state=state))
    raise Conflict(translatable("edition.stop_press.not_frozen", edition=number))


def withdraw_article(session: Session, article_id: int, *, now: datetime) -> bool:
    """Withdraw an article; return False if it was withdrawn before.

    Editions on their way continue without it.

    Raises:
        NotFound: there is no such article.
    """
    is_new = withdraw.withdraw(session, article_id, now=now)
    if is_new:
        revise.enqueue_revisions(session, [article_id], now=now)
    return is_new


def correct_article(
    session: Session,
    article_id: int,
    *,
    title: str | None = None,
    summary: str | None = None,
    now: datetime,
) -> bool:
    """Correct the headline or the summary of an article; None leaves it as it is.

    Return False if that changes nothing. Editions on their way continue with the correction.

    Raises:
        NotFound: there is no such article.
        Conflict: it is withdrawn.
        Invalid: the headline is empty.
    """
    before = find.get_article(session, article_id)
    wanted = replace(
        correct.correction_of(before),
        title=before.title if title is None else title,
        summary=before.summary if summary is None else summary,
    )
    correct.correct(session, article_id, wanted, now=now)
    after = find.get_article(session, article_id)
    has_title, has_summary = after.title != before.title, after.summary != before.summary
    if not has_title and not has_summary:
        return False
    changes.revise_now(session, article_id, has_title=has_title, has_summary=has_summary)
    revise.enqueue_revisions(session, [article_id], now=now)
    return True

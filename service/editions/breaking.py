"""Which articles are breaking for which newsletters, and the alerts that they make.

Publishers say so of an article, a newsletter's rules say so of what is new, and a person says so
of any article. What publishers and rules say is bounded: an old article makes no alert.
"""

from collections.abc import Collection
from datetime import datetime

from service.articles.find import get_article
from service.articles.placed_articles import PlacedArticle, find_placed
from service.editions import alert_queries
from service.editions.alert import Alert, AlertAuthor, make_alert
from service.editions.alert_timing import is_fresh
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails

log = get_logger(__name__)


def alert_breaking(
    session: Session,
    *,
    new: Collection[int] = (),
    declared: Collection[int] = (),
    now: datetime,
) -> list[Alert]:
    """Make the alerts of every newsletter that offers them; return them.

    `new` are articles that were first seen just now, which the rules look at. `declared` are those
    that the publisher has called breaking, new or known. An article that has made an alert of a
    newsletter makes no other one, whatever is said of it later.
    """
    wanted = {*new, *declared}
    if not wanted:
        return []
    alerts = []
    # In one order, because each is locked until the transaction ends.
    for newsletter in sorted(catalogue.list_newsletters(session), key=lambda each: each.id):
        if not newsletter.offers_alerts:
            continue
        breaking = [
            placed.article.id
            for placed in find_placed(session, newsletter, wanted)
            if (placed.article.id in declared or placed.is_breaking) and _is_fresh(placed, now=now)
        ]
        if breaking:
            alerts += _alert_or_none(session, newsletter, sorted(breaking), now=now)
    return alerts


def _alert_or_none(
    session: Session, newsletter: NewsletterDetails, article_ids: list[int], *, now: datetime
) -> list[Alert]:
    """Leave out a newsletter whose time zone is known no more: others get their alerts."""
    try:
        alert = make_alert(session, newsletter, article_ids, AlertAuthor(), now=now)
    except Invalid as error:
        log.warning("slot.unreadable", newsletter=newsletter.id, error=type(error).__name__)
        return []
    return [] if alert is None else [alert]


def _is_fresh(placed: PlacedArticle, *, now: datetime) -> bool:
    article = placed.article
    return not article.backlog and is_fresh(
        first_seen_at=article.first_seen_at, published_at=article.published_at, now=now
    )


def alert_article(
    session: Session,
    newsletter: NewsletterDetails,
    article_id: int,
    author: AlertAuthor,
    *,
    now: datetime,
) -> Alert:
    """Alert a newsletter's readers of an article, of whatever age, because a person says so.

    Raises:
        NotFound: there is no such article.
        Conflict: the newsletter offers no alerts, has no section for the article, or has alerted
            of it already; or the article is withdrawn.
    """
    require_alertable(session, newsletter, article_id)
    alert = make_alert(session, newsletter, [article_id], author, now=now)
    if alert is None:
        # Another operator has just done the same.
        require_alertable(session, newsletter, article_id)
        raise RuntimeError("An article makes no alert, and has made none.")
    return alert


def require_alertable(
    session: Session, newsletter: NewsletterDetails, article_id: int
) -> PlacedArticle:
    """Return where an article stands in a newsletter that can alert its readers of it.

    Raises:
        NotFound: there is no such article.
        Conflict: the newsletter offers no alerts, has no section for the article, or has alerted
            of it already; or the article is withdrawn.
    """
    if get_article(session, article_id).withdrawn_at is not None:
        raise Conflict(translatable("edition.alert.withdrawn", article=str(article_id)))
    if not newsletter.offers_alerts:
        raise Conflict(translatable("edition.alert.not_offered", newsletter=newsletter.name))
    placed = find_placed(session, newsletter, [article_id])
    if not placed:
        raise Conflict(
            translatable(
                "edition.alert.no_section",
                article=str(article_id),
                newsletter=newsletter.name,
            )
        )
    earlier = alert_queries.earlier_alerts(session, newsletter.id, [article_id]).get(article_id)
    if earlier is not None and not earlier.is_given_up:
        raise Conflict(translatable("edition.alert.made_already", edition=str(earlier.edition_id)))
    return placed[0]

"""Withdraw articles: they stay on record and never come into an edition again."""

from collections.abc import Collection
from datetime import datetime

from service.articles import queries
from service.articles.identity import strong_aliases
from service.articles.parsed_article import ParsedArticle
from service.kit.db import Session
from service.kit.errors import NotFound
from service.kit.log import get_logger

log = get_logger(__name__)


def withdraw(session: Session, article_id: int, *, now: datetime) -> bool:
    """Withdraw one article; return False if it was withdrawn before.

    Raises:
        NotFound: there is no such article.
    """
    if queries.article_by_id(session, article_id) is None:
        raise NotFound(f"There is no article {article_id}: see 'crieur article list'.")
    return bool(_mark_withdrawn(session, [article_id], now=now))


def withdraw_matching(session: Session, parsed: ParsedArticle, *, now: datetime) -> int | None:
    """Withdraw the article with one of these strong aliases; return its id, or None if unknown."""
    owners = queries.ids_by_alias(session, strong_aliases(parsed))
    ids = sorted(set(owners.values()))
    _mark_withdrawn(session, ids, now=now)
    return ids[0] if ids else None


def withdraw_all(session: Session, ids: Collection[int], *, now: datetime) -> list[int]:
    """Withdraw articles; return the ids of those that were not withdrawn before."""
    return _mark_withdrawn(session, sorted(ids), now=now)


def _mark_withdrawn(session: Session, ids: list[int], *, now: datetime) -> list[int]:
    marked = queries.withdraw(session, ids, now=now) if ids else []
    for article_id in marked:
        log.info("article.withdrawn", article=article_id)
    return marked

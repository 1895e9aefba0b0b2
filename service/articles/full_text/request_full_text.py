"""Decide which articles' pages are asked for, and ask later: a poll waits for no other page."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from service.articles.full_text import queries
from service.articles.ingest import IngestResult, IngestState
from service.articles.read_models import ArticleDetails
from service.kit.db import Session

MIN_TEXT_LENGTH = 800
"""Characters: a feed's teasers are shorter, its whole texts longer."""


def request_full_texts(session: Session, results: Iterable[IngestResult], *, now: datetime) -> int:
    """Ask for the pages of new and revised articles that have only a teaser; return how many."""
    rows = [
        {
            "article_id": each.article.id,
            "host": host_of(each.article.url or ""),
            "next_try_at": now,
        }
        for each in results
        if each.state in {IngestState.NEW, IngestState.REVISED} and needs_full_text(each.article)
    ]
    queries.add_requests(session, rows)
    return len(rows)


def needs_full_text(article: ArticleDetails) -> bool:
    """Return whether an article is news with a page, and its text is missing or was taken there."""
    has_page = article.url is not None and article.withdrawn_at is None and not article.backlog
    is_teaser = sum(map(len, article.body)) < MIN_TEXT_LENGTH
    return has_page and (is_teaser or article.full_text_at is not None)


def host_of(url: str) -> str:
    """Return the scheme and host of a URL, as `visited_host` has them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()

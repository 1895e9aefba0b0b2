"""Store the text of an article's page, and nothing else of it."""

from dataclasses import replace
from datetime import datetime

from service.articles.identity import content_hash
from service.articles.merge import as_parsed
from service.articles.size_limits import enforce_limits
from service.articles.tables import Article


def store_full_text(article: Article, body: tuple[str, ...], *, now: datetime) -> bool:
    """Store the text of an article's page in a locked row; return False if it is not used.

    A page with less text than the feed has shows it to subscribers only, or has changed its place.
    Readers of a digest see no difference, so the article does not count as revised.
    """
    body = enforce_limits(replace(as_parsed(article), body=body)).body
    is_shorter = sum(map(len, body)) <= sum(map(len, article.body))
    if article.withdrawn_at is not None or (is_shorter and article.full_text_at is None):
        return False
    article.body = list(body)
    article.content_hash = content_hash(as_parsed(article))
    article.full_text_at = now
    return True

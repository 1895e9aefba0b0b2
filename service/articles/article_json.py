"""An article as JSON: plain values, times in one zone."""

from datetime import datetime, tzinfo
from typing import Any

from service.articles.read_models import ArticleDetails


def article_to_json(
    article: ArticleDetails, *, zone: tzinfo, state: str | None = None
) -> dict[str, Any]:
    """Return an article's fields as JSON values, times in `zone` as ISO 8601.

    `state` is what has just happened to it; without it: withdrawn, revised or known.
    """
    return {
        "id": article.id,
        "state": state or _state(article),
        "kind": article.kind,
        "section": article.section,
        "section_key": article.section_key,
        "title": article.title,
        "summary": article.summary,
        "body": list(article.body),
        "authors": list(article.authors),
        "published": _local(article.published_at, zone),
        "updated": _local(article.updated_at, zone),
        "url": article.url,
        "language": article.language,
        "related": list(article.related),
        "image_url": article.image_url,
        "image_alt": article.image_alt,
        "first_seen": _local(article.first_seen_at, zone),
    }


def _state(article: ArticleDetails) -> str:
    if article.withdrawn_at is not None:
        return "withdrawn"
    return "revised" if article.revised_at is not None else "known"


def _local(time: datetime | None, zone: tzinfo) -> str | None:
    if time is None:
        return None
    try:
        return time.astimezone(zone).isoformat()
    except OverflowError:
        return time.isoformat()

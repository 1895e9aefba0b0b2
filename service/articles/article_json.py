"""An article as it is shown to programs and people: plain values, times in one zone."""

from datetime import datetime, tzinfo
from typing import Any

from service.articles.tables import Article


def article_to_json(article: Article, *, zone: tzinfo, state: str | None = None) -> dict[str, Any]:
    """Return an article's fields as JSON can hold them; `state` is what has just happened to it."""
    return {
        "id": article.id,
        "state": state or _state(article),
        "kind": article.kind,
        "section": article.section,
        "section_key": article.section_key,
        "title": article.title,
        "summary": article.summary,
        "body": article.body,
        "authors": article.authors,
        "published": _local(article.published_at, zone),
        "updated": _local(article.updated_at, zone),
        "url": article.url,
        "language": article.language,
        "related": article.related,
        "image_url": article.image_url,
        "image_alt": article.image_alt,
        "first_seen": _local(article.first_seen_at, zone),
    }


def _state(article: Article) -> str:
    if article.withdrawn_at is not None:
        return "withdrawn"
    return "revised" if article.revised_at is not None else "known"


def _local(moment: datetime | None, zone: tzinfo) -> str | None:
    if moment is None:
        return None
    try:
        return moment.astimezone(zone).isoformat()
    except OverflowError:
        return moment.isoformat()

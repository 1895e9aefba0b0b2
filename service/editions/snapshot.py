"""What is fixed of an article at the freeze: all that a mail or page may show of it."""

from typing import Any

from service.articles.tables import Article
from service.newsletters.tables import Section


def snapshot(article: Article, section: Section) -> dict[str, Any]:
    """Return JSON with instants as ISO 8601; readers' choices match it by `bit`."""
    # Without an address the text is nowhere else: the edition's own page shows it.
    own = {"article_id": article.id, "body": list(article.body)} if not article.url else {}
    return own | {
        "section": section.name,
        "section_slug": section.slug,
        "bit": section.bit,
        "title": article.title,
        "summary": article.summary,
        "url": article.url,
        "image_url": article.image_url,
        "image_alt": article.image_alt,
        "authors": list(article.authors),
        "related": list(article.related),
        "published": article.published_at.isoformat() if article.published_at else None,
        "updated": article.updated_at.isoformat() if article.updated_at else None,
    }

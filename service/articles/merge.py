"""Merge what a source says of an article with what is stored of it."""

from dataclasses import replace
from typing import Any

from service.articles.parsed_article import ParsedArticle
from service.articles.sections import section_key
from service.articles.tables import Article
from service.articles.urls import clean_url


def with_known_parts(parsed: ParsedArticle, known: Article | ParsedArticle) -> ParsedArticle:
    """Return the parsed article with missing parts taken from the known one."""
    if isinstance(known, Article):
        known = as_parsed(known)
    return replace(
        parsed,
        section=parsed.section or known.section,
        categories=parsed.categories or known.categories,
        tags=parsed.tags or known.tags,
        summary=parsed.summary or known.summary,
        body=parsed.body or known.body,
        authors=parsed.authors or known.authors,
        related=parsed.related or known.related,
        url=clean_url(parsed.url, keep_fragment=True) or known.url,
        language=parsed.language or known.language,
        published=known.published or parsed.published,
        updated=parsed.updated or known.updated,
        image_url=parsed.image_url or known.image_url,
        image_alt=parsed.image_alt or (known.image_alt if not parsed.image_url else None),
    )


def as_parsed(article: Article) -> ParsedArticle:
    """Return a stored article as a parsed one."""
    return ParsedArticle(
        title=article.title,
        section=article.section,
        categories=tuple(article.categories),
        tags=tuple(article.tags),
        summary=article.summary,
        body=tuple(article.body),
        authors=tuple(article.authors),
        published=article.published_at,
        updated=article.updated_at,
        url=article.url,
        language=article.language,
        related=tuple(article.related),
        image_url=article.image_url,
        image_alt=article.image_alt,
    )


def columns_of(parsed: ParsedArticle) -> dict[str, Any]:
    """Return the columns of a row that hold a parsed article's parts."""
    return {
        "url": clean_url(parsed.url, keep_fragment=True),
        "section": parsed.section,
        "section_key": section_key(parsed.section),
        "categories": list(parsed.categories),
        "tags": list(parsed.tags),
        "title": parsed.title,
        "summary": parsed.summary,
        "body": list(parsed.body),
        "authors": list(parsed.authors),
        "related": list(parsed.related),
        "image_url": clean_url(parsed.image_url),
        "image_alt": parsed.image_alt,
        "language": parsed.language,
        "published_at": parsed.published,
        "updated_at": parsed.updated,
    }

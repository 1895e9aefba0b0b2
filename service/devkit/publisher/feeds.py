"""Pure: articles become RSS 2.0, Atom, JSON Feed, JSON-LD, and the events that Crieur takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from service.devkit.publisher.article import PublishedArticle

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
NAMES = {"fr": "Le Courrier du Golfe", "en": "The Gulf Courier"}
SLOGANS = {
    "fr": "L’actualité du golfe de Guinée et du Sahel",
    "en": "News from the Gulf of Guinea and the Sahel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChannel:
    """A feed before it takes a form."""

    base: str
    path: str
    language: str
    section: str | None
    articles: Sequence[PublishedArticle]

    @property
    def title(self) -> str:
        """The site, and the section if it is one section's feed."""
        name = NAMES[self.language]
        return f"{name} – {self.section}" if self.section else name

    @property
    def changed(self) -> datetime | None:
        """When anything in it last changed."""
        return max((article.changed for article in self.articles), default=None)


def as_rss(channel: FeedChannel) -> bytes:
    """RSS 2.0 with Dublin Core authors and media pictures."""
    for prefix, name in (("atom", ATOM), ("dc", DUBLIN_CORE), ("media", MEDIA)):
        ET.register_namespace(prefix, name)
    root = ET.Element("rss", version="2.0")
    top = ET.SubElement(root, "channel")
    _add(top, "title", channel.title)
    _add(top, "link", channel.base + "/")
    _add(top, "description", SLOGANS[channel.language])
    _add(top, "language", channel.language)
    here = channel.base + channel.path
    _add(top, f"{{{ATOM}}}link", None, href=here, rel="self", type="application/rss+xml")
    if channel.changed:
        _add(top, "lastBuildDate", format_datetime(channel.changed))
    for article in channel.articles:
        item = ET.SubElement(top, "item")
        _add(item, "title", article.title)
        _add(item, "link", channel.base + article.path)
        _add(item, "guid", article.guid, isPermaLink="false")
        _add(item, "pubDate", format_datetime(article.published))
        _add(item, "category", article.section)
        _add(item, "description", article.summary)
        for author in article.authors:
            _add(item, f"{{{DUBLIN_CORE}}}creator", author)
        picture = _add(
            item,
            f"{{{MEDIA}}}content",
            None,
            url=channel.base + article.image_path,
            medium="image",
            type="image/png",
        )
        _add(picture, f"{{{MEDIA}}}description", article.image_alt)
    return _file(root)


def as_atom(channel: FeedChannel) -> bytes:
    """Atom, RFC 4287."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": channel.language})
    _add(root, f"{{{ATOM}}}title", channel.title)
    _add(root, f"{{{ATOM}}}id", channel.base + channel.path)
    _add(root, f"{{{ATOM}}}link", None, href=channel.base + channel.path, rel="self")
    if channel.changed:
        _add(root, f"{{{ATOM}}}updated", channel.changed.isoformat())
    for article in channel.articles:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, f"{{{ATOM}}}title", article.title)
        _add(entry, f"{{{ATOM}}}id", article.guid)
        _add(entry, f"{{{ATOM}}}link", None, href=channel.base + article.path, rel="alternate")
        _add(entry, f"{{{ATOM}}}published", article.published.isoformat())
        _add(entry, f"{{{ATOM}}}updated", article.changed.isoformat())
        _add(entry, f"{{{ATOM}}}category", None, term=article.section)
        _add(entry, f"{{{ATOM}}}summary", article.summary)
        for author in article.authors:
            _add(_add(entry, f"{{{ATOM}}}author", None), f"{{{ATOM}}}name", author)
    return _file(root)


def as_json_feed(channel: FeedChannel) -> dict[str, Any]:
    """JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.base + "/",
        "feed_url": channel.base + channel.path,
        "language": channel.language,
        "items": [
            {
                "id": article.guid,
                "url": channel.base + article.path,
                "title": article.title,
                "summary": article.summary,
                "content_text": "\n\n".join(article.paragraphs),
                "image": channel.base + article.image_path,
                "date_published": article.published.isoformat(),
                "date_modified": article.changed.isoformat(),
                "authors": [{"name": author} for author in article.authors],
                "tags": [article.section],
                "language": article.language,
            }
            for article in channel.articles
        ],
    }


def as_event(kind: str, article: PublishedArticle, *, base: str) -> dict[str, Any]:
    """One of the `events` of `POST /api/v1/events/articles`."""
    return {
        "type": kind,
        "article": {
            "id": article.guid,
            "url": base + article.path,
            "title": article.title,
            "section": article.section,
            "summary": article.summary,
            "body": list(article.paragraphs),
            "authors": list(article.authors),
            "language": article.language,
            "published_at": article.published.isoformat(),
            "updated_at": article.updated.isoformat() if article.updated else None,
            "image": {"url": base + article.image_path, "alt": article.image_alt},
            "related": list(article.related),
        },
    }


def as_json_ld(article: PublishedArticle, *, base: str) -> dict[str, Any]:
    """schema.org NewsArticle, for the article's page."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "articleSection": article.section,
        "inLanguage": article.language,
        "datePublished": article.published.isoformat(),
        "dateModified": article.changed.isoformat(),
        "author": [{"@type": "Person", "name": author} for author in article.authors],
        "image": [base + article.image_path],
        "mainEntityOfPage": base + article.path,
        "publisher": {"@type": "NewsMediaOrganization", "name": NAMES[article.language]},
    }


def _add(parent: ET.Element, tag: str, text: str | None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _file(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written

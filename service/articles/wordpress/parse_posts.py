"""Pure: parse posts of WordPress's REST API (`wp/v2/posts`) into articles.

Whatever a theme or plug-in has put into a field, a value of the wrong type counts as missing. The
texts of a post are parsed like those of a feed's item, so that the same post by both ways is the
same article, with the same text. Hostile posts may take long: call this in a child process
(`service.kit.sandbox`).
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.articles.parsed_article import FeedFormat, ParsedArticle, ParsedFeed
from service.articles.parsing.images import ArticleImage, first_image, is_usable_image
from service.articles.parsing.item_parts import parse_authors, parse_body
from service.articles.parsing.labels import normalise_labels, section_from_labels
from service.articles.parsing.language import guess_language
from service.articles.parsing.related_links import strip_feed_footer
from service.articles.parsing.sanitise import html_to_text, unescape_again
from service.articles.parsing.timestamps import parse_timestamp
from service.articles.parsing.typography import cut_sentences, tidy
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

MAX_POSTS = 500
SUMMARY_LIMIT = 320
_MIN_WIDTH = 600
_UNCROPPED = 0.03
_LATEST = datetime.max.replace(tzinfo=UTC)


def parse_posts(pages: Sequence[bytes], *, site: str) -> ParsedFeed:
    """Parse the pages of a list of posts; each post counts once, the newest comes first.

    `site` is the address of the site, which ends with a slash. Posts that are not public, or that
    need a password, are left out.

    Raises:
        OperationRefused: a page is no list of posts.
    """
    posts: dict[str, Any] = {}
    for page in pages:
        for post in _posts_of(page):
            posts.setdefault(str(post.get("id")), post)
    parsed = [_parse_post(post, site=site) for post in list(posts.values())[:MAX_POSTS]]
    articles = [each for each in parsed if each is not None]
    articles.sort(key=lambda each: each.published or _LATEST, reverse=True)
    return ParsedFeed(title=None, language=None, articles=articles, format=FeedFormat.WORDPRESS)


def parse_site_name(data: bytes) -> str | None:
    """Return the name of the site, from the root of its API; None if it says none."""
    told = _json(data)
    return html_to_text(_text(told, "name")) or None if isinstance(told, Mapping) else None


def _posts_of(page: bytes) -> list[Mapping[str, Any]]:
    told = _json(page)
    if not isinstance(told, list):
        raise OperationRefused(translatable("wordpress.no_posts"))
    return [post for post in told if isinstance(post, Mapping)]


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _parse_post(post: Mapping[str, Any], *, site: str) -> ParsedArticle | None:
    content = post.get("content")
    is_protected = isinstance(content, Mapping) and content.get("protected") is True
    if is_protected or _text(post, "status") not in {"", "publish"}:
        return None
    markup = _rendered(post, "content")
    text = parse_body(markup)
    excerpt = strip_feed_footer(html_to_text(_rendered(post, "excerpt")))
    summary = excerpt or next(iter(text.paragraphs), "")
    title = unescape_again(html_to_text(_rendered(post, "title"))) or cut_sentences(
        summary, limit=90
    )
    if not title:
        return None
    published, updated = _timestamp(post, "date_gmt"), _timestamp(post, "modified_gmt")
    categories, tags = _terms(post, "category"), _terms(post, "post_tag")
    picture = _featured_picture(post) or first_image(markup)
    return ParsedArticle(
        title=title,
        section=section_from_labels(categories),
        categories=categories,
        tags=tags,
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=text.paragraphs,
        authors=parse_authors(_text(each, "name") for each in _embedded(post, "author"))
        or text.signed,
        published=published or updated,
        updated=updated if published and updated and updated > published else None,
        url=absolute_url(site, html.unescape(_text(post, "link")), keep_fragment=True),
        language=guess_language(" ".join((title, summary, *text.paragraphs))),
        related=text.related,
        image_url=absolute_url(site, picture.url) if picture else None,
        image_alt=(picture.alt or None) if picture else None,
        guid=_guid(post, site=site),
    )


def _guid(post: Mapping[str, Any], *, site: str) -> str | None:
    """Return the guid as the site's feed has it; WordPress makes one of the post's number."""
    told, number = tidy(html.unescape(_rendered(post, "guid"))), post.get("id")
    return told or (f"{site}?p={number}" if isinstance(number, int) else None)


def _terms(post: Mapping[str, Any], taxonomy: str) -> tuple[str, ...]:
    groups = _listed(_mapping(post, "_embedded"), "wp:term")
    terms = [term for group in groups if isinstance(group, list) for term in _mappings(group)]
    return normalise_labels(
        _text(term, "name") for term in terms if _text(term, "taxonomy") == taxonomy
    )


def _featured_picture(post: Mapping[str, Any]) -> ArticleImage | None:
    """Return the featured picture in a size for a message: not cropped, and 600 px or wider."""
    for media in _embedded(post, "wp:featuredmedia"):
        url = _fitting_size(media) or _text(media, "source_url")
        if url and is_usable_image(url):
            return ArticleImage(url=url, alt=html_to_text(_text(media, "alt_text")))
    return None


def _fitting_size(media: Mapping[str, Any]) -> str:
    details = _mapping(media, "media_details")
    full = _ratio(details)
    fitting = [
        (size["width"], _text(size, "source_url"))
        for size in _mappings(_mapping(details, "sizes").values())
        if (ratio := _ratio(size)) and full and abs(ratio / full - 1) <= _UNCROPPED
        if size["width"] >= _MIN_WIDTH and _text(size, "source_url")
    ]
    return min(fitting)[1] if fitting else ""


def _ratio(size: Mapping[str, Any]) -> float | None:
    width, height = size.get("width"), size.get("height")
    if isinstance(width, int) and isinstance(height, int) and 0 < width < height * 100:
        return width / height
    return None


def _timestamp(post: Mapping[str, Any], name: str) -> datetime | None:
    return parse_timestamp(_text(post, name)[:40], zone=UTC)


def _embedded(post: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return _mappings(_listed(_mapping(post, "_embedded"), name))


def _rendered(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    return _text(value, "rendered") if isinstance(value, Mapping) else _text(post, name)


def _mapping(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, Mapping) else {}


def _listed(told: Mapping[str, Any], name: str) -> list[Any]:
    value = told.get(name)
    return value if isinstance(value, list) else []


def _mappings(values: Iterable[object]) -> list[Mapping[str, Any]]:
    return [each for each in values if isinstance(each, Mapping)]


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""

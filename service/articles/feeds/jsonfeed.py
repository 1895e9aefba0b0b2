"""Parse JSON Feed 1.0 and 1.1; a value of the wrong type counts as missing."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from service.articles.parsed_article import FeedDefaults, FeedFormat, ParsedArticle, ParsedFeed
from service.articles.parsing.bylines import split_author_field
from service.articles.parsing.images import first_image, is_usable_image
from service.articles.parsing.labels import normalise_labels, section_from_labels
from service.articles.parsing.related_links import extract_related_links
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text, unescape_again
from service.articles.parsing.timestamps import parse_timestamp
from service.articles.parsing.typography import cut_sentences, tidy
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable

SUMMARY_LIMIT = 320
_MAX_CONSIDERED = 10_000
_LATEST = datetime.max.replace(tzinfo=UTC)


def is_json_feed(data: bytes) -> bool:
    """Return whether bytes are a JSON object, as no other feed format is."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def parse_json_feed(data: bytes, *, url: str, zone: tzinfo, most: int) -> ParsedFeed:
    """Parse the newest `most` items of a JSON Feed.

    Raises:
        OperationRefused: the bytes are no JSON Feed.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise OperationRefused(translatable("feed.broken_json")) from error
    if not isinstance(told, dict) or "jsonfeed.org/version/1" not in _text(told, "version"):
        raise OperationRefused(translatable("feed.other_json"))
    items = told.get("items")
    defaults = FeedDefaults(
        base=absolute_url(url, told.get("home_page_url")) or url,
        zone=zone,
        language=_text(told, "language")[:2].lower() or None,
        # Since version 1.1 a feed's authors are those of items that name none.
        authors=_authors(told),
    )
    articles = [
        article
        for position, item in enumerate(
            _newest(items if isinstance(items, list) else [], zone, most)
        )
        if (article := _parse_item(item, defaults, position=position))
    ]
    return ParsedFeed(
        title=_text(told, "title") or None,
        language=defaults.language,
        articles=articles,
        format=FeedFormat.JSON,
        hub_url=_hub_url(told, url),
        self_url=absolute_url(url, told.get("feed_url"), keep_origin=True),
    )


def _hub_url(told: Mapping[str, Any], url: str) -> str | None:
    hubs = told.get("hubs")
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and _text(hub, "type").lower() == "websub":
            return absolute_url(url, hub.get("url"), keep_origin=True)
    return None


def _newest(items: list[Any], zone: tzinfo, most: int) -> list[dict[str, Any]]:
    """Return the newest items in their order; of very many, only those at both ends count."""
    told = [item for item in items if isinstance(item, dict)]
    if len(told) <= most:
        return told
    if len(told) > 2 * _MAX_CONSIDERED:
        told = told[:_MAX_CONSIDERED] + told[-_MAX_CONSIDERED:]
    dated = [
        (_timestamp(item, "date_published", zone) or _LATEST, at) for at, item in enumerate(told)
    ]
    newest = sorted(dated, key=lambda each: each[0], reverse=True)[:most]
    return [told[at] for _, at in sorted(newest, key=lambda each: each[1])]


def _parse_item(
    item: Mapping[str, Any], defaults: FeedDefaults, *, position: int
) -> ParsedArticle | None:
    body, related = extract_related_links(_body(item))
    summary = html_to_text(_text(item, "summary")) or (body[0] if body else "")
    title = unescape_again(html_to_text(_text(item, "title"))) or cut_sentences(summary, limit=90)
    if not title:
        return None
    # JSON Feed has tags only, and sites put their sections there.
    categories = normalise_labels(_tags(item))
    image, alt = _image(item)
    return ParsedArticle(
        title=title,
        section=section_from_labels(categories),
        categories=categories,
        position=position,
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=tuple(body),
        authors=_authors(item) or defaults.authors,
        published=_timestamp(item, "date_published", defaults.zone),
        updated=_timestamp(item, "date_modified", defaults.zone),
        # An id that is a URL is that of the item, says the specification.
        url=absolute_url(
            defaults.base, item.get("url") or item.get("external_url"), keep_fragment=True
        )
        or _address_in(item),
        language=_text(item, "language")[:2].lower() or defaults.language,
        related=tuple(related),
        image_url=absolute_url(defaults.base, image),
        image_alt=alt or None,
        guid=tidy(str(item.get("id") or "")) or None,
    )


def _address_in(item: Mapping[str, Any]) -> str | None:
    told = _text(item, "id")
    return absolute_url(told, told) if told.startswith(("http://", "https://")) else None


def _image(item: Mapping[str, Any]) -> tuple[str, str]:
    own = _text(item, "image") or _text(item, "banner_image")
    if own and is_usable_image(own):
        return own, ""
    attached = item.get("attachments")
    for file in attached if isinstance(attached, list) else []:
        if isinstance(file, dict) and _text(file, "mime_type").startswith("image/"):
            return _text(file, "url"), tidy(_text(file, "title"))
    inline = first_image(_text(item, "content_html"))
    return (inline.url, inline.alt) if inline else ("", "")


def _body(item: Mapping[str, Any]) -> tuple[str, ...]:
    markup = _text(item, "content_html")
    if markup:
        return tuple(html_to_paragraphs(markup))
    return tuple(text for line in _text(item, "content_text").split("\n") if (text := tidy(line)))


def _authors(item: Mapping[str, Any]) -> tuple[str, ...]:
    told = item.get("authors") or item.get("author")
    people = told if isinstance(told, list) else [told]
    names = [_text(person, "name") if isinstance(person, dict) else person for person in people]
    told_names = [
        name for each in names if isinstance(each, str) for name in split_author_field(each)
    ]
    return tuple(dict.fromkeys(told_names))


def _tags(item: Mapping[str, Any]) -> list[str]:
    told = item.get("tags")
    tags = told if isinstance(told, list) else [told]
    names = [_text(tag, "name") if isinstance(tag, dict) else tag for tag in tags]
    return [name for name in names if isinstance(name, str)]


def _timestamp(item: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    told = item.get(name)
    # Programs write seconds or milliseconds since 1970.
    is_count = isinstance(told, int | float) and not isinstance(told, bool)
    return parse_timestamp(f"{told:.0f}" if is_count else _text(item, name), zone=zone)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""

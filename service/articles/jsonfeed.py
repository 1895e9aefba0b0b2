"""JSON Feed 1.0 and 1.1; a value of the wrong type is as good as missing."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from service.articles.identity import absolute
from service.articles.moments import read_date
from service.articles.sanitise import to_paragraphs, to_text
from service.articles.story import FeedRead, Story
from service.articles.typography import cut_sentences, tidy
from service.kit.errors import Refused

SUMMARY_LIMIT = 320


def looks_like(data: bytes) -> bool:
    """Tell whether bytes are a JSON object, which no other kind of feed is."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read(data: bytes, *, url: str, zone: tzinfo) -> FeedRead:
    """Read a JSON Feed; raises `Refused` when it is none."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused("The feed is broken JSON; check it with a validator.") from error
    if not isinstance(told, dict) or "jsonfeed.org/version/1" not in _text(told, "version"):
        raise Refused("This is JSON but no JSON Feed: its version is missing.")
    items = told.get("items")
    language = _text(told, "language")[:2].lower() or None
    stories = [
        story
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
        and (story := _read_item(item, url=url, zone=zone, language=language))
    ]
    return FeedRead(title=_text(told, "title") or None, language=language, stories=stories)


def _read_item(
    item: Mapping[str, Any], *, url: str, zone: tzinfo, language: str | None
) -> Story | None:
    body = _body(item)
    summary = to_text(_text(item, "summary")) or (body[0] if body else "")
    title = to_text(_text(item, "title")) or cut_sentences(summary, limit=90)
    if not title:
        return None
    tags = item.get("tags")
    return Story(
        title=title,
        section=next((tidy(str(tag)) for tag in tags if tag), None)
        if isinstance(tags, list)
        else None,
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=body,
        authors=_authors(item),
        published=_moment(item, "date_published", zone),
        updated=_moment(item, "date_modified", zone),
        url=absolute(url, item.get("url") or item.get("external_url")),
        language=_text(item, "language")[:2].lower() or language,
        image_url=absolute(url, item.get("image") or item.get("banner_image")),
        guid=tidy(str(item.get("id") or "")) or None,
    )


def _body(item: Mapping[str, Any]) -> tuple[str, ...]:
    markup = _text(item, "content_html")
    if markup:
        return tuple(to_paragraphs(markup))
    return tuple(text for line in _text(item, "content_text").split("\n") if (text := tidy(line)))


def _authors(item: Mapping[str, Any]) -> tuple[str, ...]:
    told = item.get("authors")
    people = told if isinstance(told, list) else [item.get("author")]
    names = [_text(person, "name") for person in people if isinstance(person, dict)]
    return tuple(dict.fromkeys(tidy(name) for name in names if tidy(name)))


def _moment(item: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    return read_date(_text(item, name), zone=zone)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""

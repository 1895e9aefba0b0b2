"""The feedparser door, and JSON Feed: bytes of a feed become stories, newest first.

feedparser is given bytes only, so it never fetches. XML that declares entities is refused before
any parser sees it: no feed needs them, and they can grow without end.
"""

import calendar
import io
import itertools
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

import feedparser

from service.articles import jsonfeed
from service.articles.bylines import read_byline
from service.articles.identity import absolute
from service.articles.moments import read_date
from service.articles.pointers import clear_of_pointers, without_origin
from service.articles.sanitise import first_image, to_paragraphs, to_text
from service.articles.story import FeedRead, Story
from service.articles.typography import cut_sentences, fold, tidy
from service.kit.errors import Refused

MOST_ITEMS = 500
SUMMARY_LIMIT = 320
_LONG_SUMMARY = 600
# What a blog calls the section of articles that have none.
_NO_SECTION = frozenset({"non classe", "uncategorized", "uncategorised", "sans categorie"})
_ENTITY = "<!ENTITY"
_ENTITIES = tuple(
    spelling.encode(encoding)
    for spelling in (_ENTITY, _ENTITY.lower())
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def read_feed(data: bytes, *, url: str, zone: tzinfo) -> FeedRead:
    """Read RSS, Atom or JSON Feed found at `url`; times without an offset are meant in `zone`.

    Raises:
        Refused: the bytes are no feed; the sentence says what they look like.
    """
    if not data.strip():
        raise Refused("The feed is empty.")
    if jsonfeed.looks_like(data):
        return _newest(jsonfeed.read(data, url=url, zone=zone))
    if any(entity in data for entity in _ENTITIES):
        raise Refused("The feed declares XML entities, which Crieur refuses to expand.")
    parsed = _parse(data, url)
    if not parsed.get("version") and not parsed.get("entries"):
        raise Refused("This is no feed: neither RSS nor Atom nor JSON Feed.")
    told = parsed.get("feed", {})
    language = _language(told.get("language"))
    # An Atom feed's own author is that of its entries (RFC 4287, 4.2.1); RSS names an editor there.
    house = _authors(told) if str(parsed.get("version")).startswith("atom") else ()
    stories = [
        story
        for entry in parsed["entries"][: MOST_ITEMS * 20]
        if (story := _read_entry(entry, url=url, zone=zone, language=language, house=house))
    ]
    title = to_text(str(told.get("title") or "")) or None
    return _newest(FeedRead(title=title, language=language, stories=stories))


def _newest(read: FeedRead) -> FeedRead:
    # No more of them than can be taken; those without a date count as new.
    ordered = sorted(
        read.stories,
        key=lambda story: story.published or story.updated or datetime.max.replace(tzinfo=UTC),
        reverse=True,
    )
    return FeedRead(title=read.title, language=read.language, stories=ordered[:MOST_ITEMS])


def _parse(data: bytes, url: str) -> Any:
    try:
        return feedparser.parse(
            # A picture's description would be taken for the item's; so it gets another name.
            io.BytesIO(data.replace(b"media:description", b"media:pictured")),
            # Without a type feedparser takes Latin-1 for granted; as XML it is Unicode unless it
            # says otherwise (RFC 7303).
            response_headers={"content-location": url, "content-type": "application/xml"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise Refused("The feed is broken beyond reading; check it with a validator.") from error


def _read_entry(
    entry: Any, *, url: str, zone: tzinfo, language: str | None, house: tuple[str, ...]
) -> Story | None:
    title = to_text(str(entry.get("title") or ""))
    summary_html, body_html = _texts(entry)
    body, related = clear_of_pointers(
        [text for part in to_paragraphs(body_html) if (text := without_origin(part))]
    )
    summary = without_origin(to_text(summary_html))
    title = title or cut_sentences(summary or " ".join(body), limit=90)
    if not title:
        return None
    image = _image(entry, body_html + summary_html)
    published = _moment(entry, "published", zone) or _moment(entry, "created", zone)
    updated = _moment(entry, "updated", zone)
    return Story(
        title=title,
        section=_section(entry),
        summary=cut_sentences(summary or (body[0] if body else ""), limit=SUMMARY_LIMIT),
        body=tuple(body),
        authors=_authors(entry) or house,
        # With only one date it is that of publication (dc:date, Atom without "published").
        published=published or updated,
        updated=updated if published else None,
        url=absolute(url, entry.get("link")),
        language=_language(entry.get("language")) or language,
        related=tuple(related),
        image_url=absolute(url, image[0]) if image else None,
        image_alt=(image[1] or None) if image else None,
        guid=tidy(str(entry.get("id") or "")) or None,
    )


def _texts(entry: Any) -> tuple[str, str]:
    content = next((str(part.get("value") or "") for part in entry.get("content", [])), "")
    summary = str(entry.get("summary") or "")
    if summary == content:
        summary = ""
    if not content and len(to_text(summary)) > _LONG_SUMMARY:
        # Some sites put the whole article where its summary should be.
        return "", summary
    return summary, content


def _authors(entry: Any) -> tuple[str, ...]:
    named = [str(author.get("name") or "") for author in entry.get("authors", [])]
    told = str(entry.get("author") or "")
    names: list[str] = []
    # "desk@site.example (The desk)" is split wrongly for long domains.
    for name in named if named and "@" not in told else [told]:
        plain = re.sub(r"\S+@\S+", "", to_text(name)).strip(" ()-")
        names += read_byline(plain) or ([plain] if plain else [])
    return tuple(dict.fromkeys(names))


def _moment(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    # Asked for a missing "updated", feedparser gives "published"; a plain dictionary does not.
    told = str(dict.get(entry, name) or "").strip()
    if not told:
        return None
    return read_date(told, zone=zone) or _from_parsed(entry.get(f"{name}_parsed"))


def _from_parsed(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _image(entry: Any, markup: str) -> tuple[str, str] | None:
    described = tidy(str(entry.get("media_pictured") or ""))
    media = [*entry.get("media_content", []), *entry.get("media_thumbnail", [])]
    links = [link for link in entry.get("links", []) if link.get("rel") == "enclosure"]
    for item in itertools.chain(media, links):
        address = str(item.get("url") or item.get("href") or "")
        kind = str(item.get("type") or item.get("medium") or "image")
        if address and kind.startswith("image"):
            return address, described
    return first_image(markup)


def _language(told: Any) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}", str(told or ""))
    return found[0].lower() if found else None


def _section(entry: Any) -> str | None:
    tags = (
        to_text(str(tag.get("label") or tag.get("term") or "")) for tag in entry.get("tags", [])
    )
    return next((tag for tag in tags if tag and fold(tag) not in _NO_SECTION), None)

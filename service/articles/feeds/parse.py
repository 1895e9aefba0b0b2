"""Parse the bytes of an RSS, Atom or JSON feed or a news sitemap into articles, newest first.

This is the only module that calls feedparser, with bytes only, so it never fetches. XML that
declares entities is refused before any parser gets it: no feed needs them, and their expansion has
no limit. A feed may still take minutes to parse: call this in a child process
(`service.kit.sandbox`).
"""

import calendar
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlsplit

import feedparser

from service.articles.feeds import jsonfeed
from service.articles.feeds.news_sitemap import is_sitemap, parse_sitemap
from service.articles.feeds.non_feed import describe_non_feed
from service.articles.feeds.shorten import count_items, shorten
from service.articles.feeds.tombstones import find_tombstones
from service.articles.parsed_article import FeedDefaults, FeedFormat, ParsedArticle, ParsedFeed
from service.articles.parsing.images import ArticleImage, best_image, first_image
from service.articles.parsing.item_parts import parse_authors, parse_body
from service.articles.parsing.labels import normalise_labels, section_from_labels
from service.articles.parsing.related_links import strip_feed_footer
from service.articles.parsing.sanitise import html_to_text, unescape_again
from service.articles.parsing.timestamps import TIMESTAMP, drop_implausible, parse_timestamp
from service.articles.parsing.typography import cut_sentences, tidy
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused
from service.kit.translatable import TranslatableMessage, translatable

MAX_ITEMS = 500
SUMMARY_LIMIT = 320
_MAX_DRUPAL_HEAD = 100
_LONG_SUMMARY = 600
_ENTITY = "<!ENTITY"
_ENTITIES = tuple(
    spelling.encode(encoding)
    for spelling in (_ENTITY, _ENTITY.lower())
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_EMAIL_IN_AUTHOR = re.compile(
    rb"(<(author|dc:creator|itunes:author)>\s{0,20}(?:<!\[CDATA\[)?)([^<>\]@]{0,200})@([^<>\]]{0,300})"
    rb"((?:\]\]>)?\s{0,20}</\2>)"
)
_MEDIA_DESCRIPTION = re.compile(rb"(</?)media:description(?:\s[^<>]{0,300})?>")
_OTHER_MEDIA = re.compile(
    r"\.(?:mp[34]|m4[av]|og[gav]|wav|aac|flac|webm|mov|avi|pdf|zip)$", re.IGNORECASE
)


def parse_feed(
    data: bytes,
    *,
    url: str,
    zone: tzinfo,
    most: int = MAX_ITEMS,
    room: int | None = None,
    cut: bool = False,
) -> ParsedFeed:
    """Parse a feed or a news sitemap found at `url`; times without an offset are in `zone`.

    Of more than `most` items, the newest are parsed, and `remark` says so. `room` limits the
    items' total size in bytes; `cut` says that the feed was too long and ends in the middle.

    Raises:
        OperationRefused: the bytes are no feed; the message says what they appear to be.
    """
    if not data.strip():
        raise OperationRefused(translatable("feed.empty"))
    if jsonfeed.is_json_feed(data):
        read = jsonfeed.parse_json_feed(data, url=url, zone=zone, most=most)
        return replace(read, articles=_newest(_with_fragments(read.articles), most=most))
    if any(entity in data for entity in _ENTITIES):
        raise OperationRefused(translatable("feed.entities"))
    if is_sitemap(data):
        return parse_sitemap(data, url=url, zone=zone, most=most)
    items = count_items(data)
    short = shorten(data, most=most, room=room, cut=cut)
    document = _parse(short)
    if not document.get("version") and not document.get("entries"):
        raise OperationRefused(describe_non_feed(data, url=url))
    channel = document.get("feed", {})
    version = str(document.get("version"))
    defaults = _defaults_of(channel, url=url, zone=zone, version=version)
    found = [
        replace(article, position=place)
        for place, entry in enumerate(document["entries"])
        if (article := _parse_entry(entry, defaults))
    ]
    articles = _newest(_with_fragments(found), most=most)
    title = html_to_text(str(channel.get("title") or "")) or None
    remark = _remark(len(articles), listed=items, cut=cut, room=room)
    return ParsedFeed(
        title=title,
        language=defaults.language,
        articles=articles,
        format=FeedFormat.ATOM if version.startswith("atom") else FeedFormat.RSS,
        deleted=find_tombstones(data, zone=zone),
        hub_url=_linked(channel, "hub", url=url),
        self_url=_linked(channel, "self", url=url),
        remark=remark,
    )


def _newest(articles: Sequence[ParsedArticle], *, most: int) -> list[ParsedArticle]:
    # Items without a date count as the newest.
    ordered = sorted(
        articles,
        key=lambda article: (
            article.published or article.updated or datetime.max.replace(tzinfo=UTC)
        ),
        reverse=True,
    )
    return ordered[:most]


def _remark(read: int, *, listed: int, cut: bool, room: int | None) -> TranslatableMessage | None:
    if cut or room is not None:
        return translatable("feed.cut", count=read)
    if listed > read >= MAX_ITEMS:
        return translatable("feed.newest_only", listed=listed, items=read)
    return None


def _defaults_of(channel: Any, *, url: str, zone: tzinfo, version: str) -> FeedDefaults:
    return FeedDefaults(
        # Links are relative to the site, wherever the feed is served from.
        base=absolute_url(url, channel.get("link")) or url,
        zone=zone,
        language=_language(channel.get("language")),
        # An Atom feed's author is that of its entries (RFC 4287, 4.2.1); RSS names an editor.
        authors=_authors(channel) if version.startswith("atom") else (),
    )


def _linked(channel: Any, relation: str, *, url: str) -> str | None:
    for link in channel.get("links", []):
        found = absolute_url(url, link.get("href"), keep_origin=True)
        if found and link.get("rel") == relation:
            return found
    return None


def _with_fragments(articles: Sequence[ParsedArticle]) -> list[ParsedArticle]:
    """Remove the fragments of links, unless only they distinguish the items, as on a live page."""
    bare = [urldefrag(article.url)[0] if article.url else None for article in articles]
    shared = Counter(bare)
    return [
        article if link is None or shared[link] > 1 else replace(article, url=link)
        for article, link in zip(articles, bare, strict=True)
    ]


def _parse(data: bytes) -> Any:
    try:
        return feedparser.parse(
            # A picture's description would become the item's, so its element is renamed. And of
            # "desk@site.example (The desk)" only the name is kept: long domains are split.
            io.BytesIO(
                # With attributes, feedparser would keep only these.
                _EMAIL_IN_AUTHOR.sub(
                    _strip_email, _MEDIA_DESCRIPTION.sub(rb"\1media:pictured>", data)
                )
            ),
            # Without a type feedparser assumes Latin-1; as XML it is Unicode unless declared
            # otherwise (RFC 7303). Without an address it resolves links by xml:base only.
            response_headers={"content-type": "application/xml"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise OperationRefused(translatable("feed.broken")) from error


def _strip_email(found: re.Match[bytes]) -> bytes:
    before, after = found[3].split()[:-1], found[4].split()[1:]
    return found[1] + b" ".join([*before, *after]).strip(b' ()<>"') + found[5]


def _parse_entry(entry: Any, defaults: FeedDefaults) -> ParsedArticle | None:
    title = unescape_again(html_to_text(str(entry.get("title") or "")))
    summary_html, body_html = _summary_and_content(entry)
    text = parse_body(body_html)
    body = text.paragraphs
    described = tidy(str(entry.get("media_pictured") or ""))
    summary = _strip_drupal_head(strip_feed_footer(html_to_text(summary_html)), title) or (
        body[0] if body else described
    )
    title = title or cut_sentences(summary or " ".join(body), limit=90)
    if not title:
        return None
    published = _timestamp(entry, "published", defaults.zone) or _timestamp(
        entry, "created", defaults.zone
    )
    updated = _timestamp(entry, "updated", defaults.zone)
    picture = _picture(entry, body_html + summary_html, described=described)
    categories, tags = _labels(entry)
    return ParsedArticle(
        title=title,
        section=section_from_labels(categories),
        categories=categories,
        tags=tags,
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=body,
        authors=_authors(entry) or defaults.authors or text.signed,
        # A single date is that of publication (dc:date, Atom without "published").
        published=published or updated,
        updated=updated if published else None,
        url=_link(entry, defaults),
        language=_language(entry.get("language")) or defaults.language,
        related=text.related,
        image_url=absolute_url(defaults.base, picture.url) if picture else None,
        image_alt=(picture.alt or None) if picture else None,
        guid=tidy(str(entry.get("id") or "")) or None,
    )


def _strip_drupal_head(text: str, title: str) -> str:
    """Remove what Drupal puts above a text: its headline, the account, and a date."""
    if not title or not text.startswith(f"{title} "):
        return text
    rest = text[len(title) :].lstrip()
    dated = TIMESTAMP.search(rest[:_MAX_DRUPAL_HEAD])
    return rest[dated.end() :].lstrip(" -–|") if dated else text


def _link(entry: Any, defaults: FeedDefaults) -> str | None:
    # FeedBurner's link counts clicks; the article's own is in another element.
    own = absolute_url(defaults.base, entry.get("feedburner_origlink"), keep_fragment=True)
    link = own or _google_alert_target(
        absolute_url(defaults.base, entry.get("link"), keep_fragment=True)
    )
    if link is None:
        return None
    # feedparser uses the guid as the link of an item without one, even if it is no address.
    told = str(entry.get("link") or "").strip()
    is_relative = not urlsplit(told).scheme
    return None if not own and is_relative and told == entry.get("id") and "/" not in told else link


def _summary_and_content(entry: Any) -> tuple[str, str]:
    content = next((str(part.get("value") or "") for part in entry.get("content", [])), "")
    content, summary = _strip_cdata(content), _strip_cdata(str(entry.get("summary") or ""))
    if summary == content:
        summary = ""
    if not content and len(html_to_text(summary)) > _LONG_SUMMARY:
        # Some sites put the whole article into the summary.
        return "", summary
    return summary, content


def _google_alert_target(link: str | None) -> str | None:
    """Return the target of a Google alert's link."""
    parts = urlsplit(link or "")
    if re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", parts.netloc) and parts.path == "/url":
        told = dict(parse_qsl(parts.query))
        return absolute_url("", told.get("url") or told.get("q")) or link
    return link


def _strip_cdata(markup: str) -> str:
    # Some programs wrap a text twice.
    return markup.strip().removeprefix("<![CDATA[").removesuffix("]]>")


def _authors(entry: Any) -> tuple[str, ...]:
    named = [str(author.get("name") or "") for author in entry.get("authors", [])]
    return parse_authors(named or [str(entry.get("author") or "")])


def _timestamp(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    # For a missing "updated" feedparser returns "published"; a plain dictionary does not.
    told = str(dict.get(entry, name) or "").strip()
    if not told:
        return None
    return parse_timestamp(told, zone=zone) or _from_feedparser(entry.get(f"{name}_parsed"), told)


def _from_feedparser(parsed_time: Any, text: str) -> datetime | None:
    # feedparser parses dates in Greek and Korean, but turns the year 1 into 2001.
    if not parsed_time or str(parsed_time[0]) not in text:
        return None
    try:
        return drop_implausible(datetime.fromtimestamp(calendar.timegm(parsed_time), UTC))
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _picture(entry: Any, markup: str, *, described: str) -> ArticleImage | None:
    for told in (
        [each for each in entry.get("media_content", []) if _is_image(each)],
        entry.get("media_thumbnail", []),
        [
            each
            for each in entry.get("links", [])
            if each.get("rel") == "enclosure" and _is_image(each)
        ],
    ):
        best = best_image(told)
        if best is not None:
            return replace(best, alt=described)
    inline = first_image(markup)
    if inline is not None:
        return inline
    return best_image([entry["image"]]) if isinstance(entry.get("image"), dict) else None


def _is_image(media: Any) -> bool:
    told = str(media.get("type") or media.get("medium") or "")
    address = str(media.get("url") or media.get("href") or "").partition("?")[0]
    return told.startswith("image") if told else not _OTHER_MEDIA.search(address)


def _language(told: Any) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}", str(told or ""))
    return found[0].lower() if found else None


def _labels(entry: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return an item's categories, and its tags and keywords."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for each in entry.get("tags", []):
        scheme = str(each.get("scheme") or "").lower()
        is_tag = "tag" in scheme or "keyword" in scheme or "itunes" in scheme
        told[is_tag].append(str(each.get("label") or each.get("term") or ""))
    keywords = str(entry.get("media_keywords") or "").split(",")
    return normalise_labels(told[False]), normalise_labels([*told[True], *keywords])

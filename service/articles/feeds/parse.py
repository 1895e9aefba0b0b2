"""The feedparser door, and JSON Feed: bytes of a feed become stories, newest first.

feedparser is given bytes only, so it never fetches. XML that declares entities is refused before
any parser sees it: no feed needs them, and they can grow without end. A feed may still need minutes
to be read: call this in a child (`service.kit.sandbox`).
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
from service.articles.feeds.shorten import count_items, shorten
from service.articles.parsed_article import FeedDefaults, ParsedArticle, ParsedFeed
from service.articles.parsing.boilerplate import is_boilerplate
from service.articles.parsing.bylines import is_account_name, parse_byline, split_byline
from service.articles.parsing.images import ArticleImage, best_image, first_image
from service.articles.parsing.labels import normalise_labels, section_from_labels
from service.articles.parsing.related_links import extract_related_links, strip_feed_footer
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text, unescape_again
from service.articles.parsing.timestamps import TIMESTAMP, drop_implausible, parse_timestamp
from service.articles.parsing.typography import cut_sentences, tidy
from service.articles.urls import absolute_url
from service.kit.errors import OperationRefused

MAX_ITEMS = 500
SUMMARY_LIMIT = 320
_HEAD = 100
_LONG_SUMMARY = 600
_ENTITY = "<!ENTITY"
_ENTITIES = tuple(
    spelling.encode(encoding)
    for spelling in (_ENTITY, _ENTITY.lower())
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)
_MAIL_IN_AUTHOR = re.compile(
    rb"(<(author|dc:creator|itunes:author)>\s{0,20}(?:<!\[CDATA\[)?)([^<>\]@]{0,200})@([^<>\]]{0,300})"
    rb"((?:\]\]>)?\s{0,20}</\2>)"
)
_PICTURED = re.compile(rb"(</?)media:description(?:\s[^<>]{0,300})?>")
_NOBODY = re.compile(
    r"(?:wp-?)?admin\d*|administrat(?:or|eur|rice)|webmaster|root|editor|user\d*|author|auteur"
    r"|nobody|support|contact|no-?reply|publisher|moderat(?:or|eur)|anonym(?:e|ous)|unknown|inconnu",
    re.IGNORECASE,
)
_OTHER_MEDIA = re.compile(
    r"\.(?:mp[34]|m4[av]|og[gav]|wav|aac|flac|webm|mov|avi|pdf|zip)$", re.IGNORECASE
)
_PAGE = re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body)[\s>]", re.IGNORECASE)
_WALL = re.compile(
    rb"cf-chl|challenge-platform|just a moment\.\.\.|checking your browser|captcha|ddos-guard"
    rb"|attention required|are you a robot|incapsula|datadome|enable javascript and cookies",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<link\b([^<>]{0,2000})>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE)
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)


def parse_feed(
    data: bytes,
    *,
    url: str,
    zone: tzinfo,
    most: int = MAX_ITEMS,
    room: int | None = None,
    cut: bool = False,
) -> ParsedFeed:
    """Read RSS, Atom or JSON Feed found at `url`; times without an offset are meant in `zone`.

    Of more than `most` items the newest are read, and `remark` says so. With `room`, no more of
    them are than so many bytes; `cut` says that the feed was too long and ends in the middle.

    Raises:
        Refused: the bytes are no feed; the sentence says what they look like.
    """
    if not data.strip():
        raise OperationRefused("The feed is empty.")
    if jsonfeed.is_json_feed(data):
        read = jsonfeed.parse_json_feed(data, url=url, zone=zone, most=most)
        return replace(read, stories=_newest_of(_with_fragments(read.stories), most=most))
    if any(entity in data for entity in _ENTITIES):
        raise OperationRefused("The feed declares XML entities, which Crieur refuses to expand.")
    items = count_items(data)
    short = shorten(data, most=most, room=room, cut=cut)
    parsed = _parse(short)
    if not parsed.get("version") and not parsed.get("entries"):
        raise OperationRefused(_what_it_is(data, url=url))
    told = parsed.get("feed", {})
    head = _head(told, url=url, zone=zone, version=str(parsed.get("version")))
    found = [
        replace(story, place=place)
        for place, entry in enumerate(parsed["entries"])
        if (story := _read_entry(entry, head))
    ]
    stories = _newest_of(_with_fragments(found), most=most)
    title = html_to_text(str(told.get("title") or "")) or None
    remark = _remark(len(stories), listed=items, cut=cut, room=room)
    return ParsedFeed(title=title, language=head.language, stories=stories, remark=remark)


def _newest_of(stories: Sequence[ParsedArticle], *, most: int) -> list[ParsedArticle]:
    # No more of them than can be taken; those without a date count as new.
    ordered = sorted(
        stories,
        key=lambda story: story.published or story.updated or datetime.max.replace(tzinfo=UTC),
        reverse=True,
    )
    return ordered[:most]


def _remark(read: int, *, listed: int, cut: bool, room: int | None) -> str | None:
    if cut or room is not None:
        return (
            f"The feed is too large to be read whole: its newest {read} items are read. "
            "Ask the site for a shorter one."
        )
    if listed > read >= MAX_ITEMS:
        return f"The feed lists {listed} items: the newest {read} are read."
    return None


def _what_it_is(data: bytes, *, url: str) -> str:
    """Say what bytes are that are no feed, and where the feed is, if they tell."""
    start = data[:200_000]
    if not _PAGE.search(start):
        return "This is no feed: neither RSS nor Atom nor JSON Feed."
    for found in _LINK.finditer(start):
        href = _HREF.search(found[1])
        if href and _FEED_TYPE.search(found[1]):
            there = absolute_url(url, href[1].decode("latin-1").replace("&amp;", "&"))
            if there and there != url:
                return f"This is a web page and no feed. It names its feed: add {there} instead."
    if _WALL.search(start):
        return (
            "This is no feed: the site asks its visitors to prove that they are no robots. Ask its "
            "owner to let Crieur read the feed."
        )
    return "This is a web page and no feed. Look on the site for the address of its feed."


def _head(told: Any, *, url: str, zone: tzinfo, version: str) -> FeedDefaults:
    return FeedDefaults(
        # Links are meant from the site, wherever the feed is served from.
        base=absolute_url(url, told.get("link")) or url,
        zone=zone,
        language=_language(told.get("language")),
        # An Atom feed's own author is that of its entries (RFC 4287, 4.2.1); RSS names an editor.
        house=_authors(told) if version.startswith("atom") else (),
    )


def _with_fragments(stories: Sequence[ParsedArticle]) -> list[ParsedArticle]:
    """Cut the fragments off links, unless they alone tell items apart: a live page's."""
    bare = [urldefrag(story.url)[0] if story.url else None for story in stories]
    shared = Counter(bare)
    return [
        story if link is None or shared[link] > 1 else replace(story, url=link)
        for story, link in zip(stories, bare, strict=True)
    ]


def _parse(data: bytes) -> Any:
    try:
        return feedparser.parse(
            # A picture's description would be taken for the item's; so it gets another name. And
            # of "desk@site.example (The desk)" only the name is kept: long domains are split.
            io.BytesIO(
                # With attributes it would be kept as these alone.
                _MAIL_IN_AUTHOR.sub(_without_mail, _PICTURED.sub(rb"\1media:pictured>", data))
            ),
            # Without a type feedparser takes Latin-1 for granted; as XML it is Unicode unless it
            # says otherwise (RFC 7303). Without an address it resolves by xml:base alone.
            response_headers={"content-type": "application/xml"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        raise OperationRefused(
            "The feed is broken beyond reading; check it with a validator."
        ) from error


def _without_mail(found: re.Match[bytes]) -> bytes:
    before, after = found[3].split()[:-1], found[4].split()[1:]
    return found[1] + b" ".join([*before, *after]).strip(b' ()<>"') + found[5]


def _read_entry(entry: Any, head: FeedDefaults) -> ParsedArticle | None:
    title = unescape_again(html_to_text(str(entry.get("title") or "")))
    summary_html, body_html = _texts(entry)
    body, related = extract_related_links(
        [text for part in html_to_paragraphs(body_html) if (text := strip_feed_footer(part))]
    )
    while body and is_boilerplate(body[-1]):
        body = body[:-1]
    described = tidy(str(entry.get("media_pictured") or ""))
    # WordPress themes print the byline below the text, too.
    body, signed = split_byline(body)
    summary = _without_head(strip_feed_footer(html_to_text(summary_html)), title) or (
        body[0] if body else described
    )
    title = title or cut_sentences(summary or " ".join(body), limit=90)
    if not title:
        return None
    published = _moment(entry, "published", head.zone) or _moment(entry, "created", head.zone)
    updated = _moment(entry, "updated", head.zone)
    picture = _picture(entry, body_html + summary_html, described=described)
    categories, tags = _labels(entry)
    return ParsedArticle(
        title=title,
        section=section_from_labels(categories),
        categories=categories,
        tags=tags,
        summary=cut_sentences(summary, limit=SUMMARY_LIMIT),
        body=tuple(body),
        authors=_authors(entry) or head.house or signed,
        # With only one date it is that of publication (dc:date, Atom without "published").
        published=published or updated,
        updated=updated if published else None,
        url=_link(entry, head),
        language=_language(entry.get("language")) or head.language,
        related=tuple(related),
        image_url=absolute_url(head.base, picture.url) if picture else None,
        image_alt=(picture.alt or None) if picture else None,
        guid=tidy(str(entry.get("id") or "")) or None,
    )


def _without_head(text: str, title: str) -> str:
    """Cut off what Drupal sets above a text: its headline, the account, and a date."""
    if not title or not text.startswith(f"{title} "):
        return text
    rest = text[len(title) :].lstrip()
    dated = TIMESTAMP.search(rest[:_HEAD])
    return rest[dated.end() :].lstrip(" -–|") if dated else text


def _link(entry: Any, head: FeedDefaults) -> str | None:
    # FeedBurner's link counts clicks; it names the article's own beside it.
    own = absolute_url(head.base, entry.get("feedburner_origlink"), keep_fragment=True)
    link = own or _behind(absolute_url(head.base, entry.get("link"), keep_fragment=True))
    if link is None:
        return None
    # An item without a link of its own is given the guid for one, also where that is no address.
    told = str(entry.get("link") or "").strip()
    is_relative = not urlsplit(told).scheme
    return None if not own and is_relative and told == entry.get("id") and "/" not in told else link


def _texts(entry: Any) -> tuple[str, str]:
    content = next((str(part.get("value") or "") for part in entry.get("content", [])), "")
    content, summary = _bare(content), _bare(str(entry.get("summary") or ""))
    if summary == content:
        summary = ""
    if not content and len(html_to_text(summary)) > _LONG_SUMMARY:
        # Some sites put the whole article where its summary should be.
        return "", summary
    return summary, content


def _behind(link: str | None) -> str | None:
    """Return the address that a Google alert's link leads to."""
    parts = urlsplit(link or "")
    if re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", parts.netloc) and parts.path == "/url":
        told = dict(parse_qsl(parts.query))
        return absolute_url("", told.get("url") or told.get("q")) or link
    return link


def _bare(markup: str) -> str:
    # Some programs wrap a text that is wrapped already.
    return markup.strip().removeprefix("<![CDATA[").removesuffix("]]>")


def _authors(entry: Any) -> tuple[str, ...]:
    named = [str(author.get("name") or "") for author in entry.get("authors", [])]
    names: list[str] = []
    for name in named or [str(entry.get("author") or "")]:
        plain = re.sub(r"\S+@\S+", "", html_to_text(name)).strip(" ()-")
        if not _NOBODY.fullmatch(plain) and not is_account_name(plain):
            names += parse_byline(plain) or ([plain] if plain else [])
    return tuple(dict.fromkeys(names))


def _moment(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    # Asked for a missing "updated", feedparser gives "published"; a plain dictionary does not.
    told = str(dict.get(entry, name) or "").strip()
    if not told:
        return None
    return parse_timestamp(told, zone=zone) or _from_parsed(entry.get(f"{name}_parsed"), told)


def _from_parsed(parsed: Any, told: str) -> datetime | None:
    # feedparser knows dates in Greek and Korean; but of the year 1 it makes 2001.
    if not parsed or str(parsed[0]) not in told:
        return None
    try:
        return drop_implausible(datetime.fromtimestamp(calendar.timegm(parsed), UTC))
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
    """Return an item's categories, and what it says are only tags or keywords."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for each in entry.get("tags", []):
        scheme = str(each.get("scheme") or "").lower()
        is_tag = "tag" in scheme or "keyword" in scheme or "itunes" in scheme
        told[is_tag].append(str(each.get("label") or each.get("term") or ""))
    keywords = str(entry.get("media_keywords") or "").split(",")
    return normalise_labels(told[False]), normalise_labels([*told[True], *keywords])

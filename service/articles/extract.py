"""An article's web page becomes a story.

The page's own description comes first: schema.org in JSON-LD, then OpenGraph and other meta
elements; then what it shows beside its headline. trafilatura finds the text, and names what nobody
described; htmldate finds a date where none was told.
"""

import logging
import re
from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

import htmldate
import trafilatura
from trafilatura.metadata import extract_metadata

from service.articles.bylines import names_told
from service.articles.clipping_lines import related_headline
from service.articles.furniture import is_furniture
from service.articles.headline import window_headline, without_site
from service.articles.identity import absolute
from service.articles.jsonld import image_of, names_of, text_of
from service.articles.language import guess_language
from service.articles.moments import read_date
from service.articles.page import Page, open_page
from service.articles.pictures import first_picture_in, may_show
from service.articles.pointers import clear_of_pointers
from service.articles.sanitise import to_paragraphs, to_text
from service.articles.story import Story
from service.articles.typography import count_words, cut_sentences, fold, tidy, unquote
from service.articles.visible import (
    HOMES,
    authors_shown,
    date_shown,
    read_shown,
    section_shown,
    take_byline,
    without_marks,
)
from service.articles.walls import is_front, is_home, is_login, is_missing, is_wall
from service.kit.errors import Refused

SUMMARY_LIMIT = 320

_BLOCKS = frozenset({"p", "div", "li", "ul", "aside", "section"})
_HEADINGS = ("h2", "h3", "h4", "h5")
_SOME_TEXT = 200
_NO_ARTICLE = "Give an article's own address."

# Both tell in the log whatever they did not find.
for _name in ("trafilatura", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # noqa: TID251  It is others' logger.


def read_page(
    data: bytes, *, url: str, zone: tzinfo, charset: str | None = None, title: str | None = None
) -> Story:
    """Read the article on a page found at `url`; a `title` that is given wins.

    Raises:
        Refused: there is no article on it; the sentence says what is missing.
    """
    page = open_page(data, url=url, charset=charset)
    guessed = extract_metadata(deepcopy(page.tree), default_url=url or None, extensive=False)
    told = title or _title(page, guessed)
    paragraphs, related = _body(page, title=told)
    _refuse_others(page, told, paragraphs)
    shown = read_shown(page.own, title=told, zone=zone)
    summary = _summary(page)
    if len(paragraphs) > 1 and summary and fold(paragraphs[0]) == fold(summary):
        # The standfirst is the summary already.
        paragraphs = paragraphs[1:]
    if not summary:
        summary, paragraphs = _lede(without_marks(paragraphs, zone=zone), shown.lede)
    if not summary:
        raise Refused(f"No article text was found on the page. {_NO_ARTICLE}")
    paragraphs, signed = take_byline(without_marks(paragraphs, zone=zone))
    image, alt = _image(page)
    address = _canonical(page)
    image_url = absolute(url or address or "", image)
    published = _told(page, _PUBLISHED, "datePublished", zone) or shown.published
    return Story(
        title=told,
        section=_section(page, told) or shown.section or section_shown(page.tree, title=told),
        summary=summary,
        body=tuple(paragraphs),
        authors=_authors(page) or shown.authors or signed or _guessed_authors(guessed),
        published=published or _found_date(page, zone=zone),
        updated=_told(page, _UPDATED, "dateModified", zone) or shown.updated,
        url=address,
        language=_language(page, " ".join((told, summary, *paragraphs))),
        related=tuple(r for r in related if fold(r) != fold(told)),
        image_url=image_url,
        image_alt=(alt or None) if image_url else None,
    )


_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "publishdate",
    "publish-date",
    "pubdate",
    "sailthru.date",
    "parsely-pub-date",
)
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified")


def _told(page: Page, names: tuple[str, ...], key: str, zone: tzinfo) -> datetime | None:
    kind = "published" if names is _PUBLISHED else "updated"
    for told in (
        text_of(page.described.get(key)),
        page.first(*names),
        date_shown(page.own, kind),
    ):
        moment = read_date(told[:200], zone=zone) if told else None
        if moment is not None:
            return moment
    return None


def _found_date(page: Page, *, zone: tzinfo) -> datetime | None:
    found = htmldate.find_date(deepcopy(page.own), original_date=True, url=page.url or None)
    # Where it finds nothing but a year it says the first of January.
    return read_date(found, zone=zone) if found and not found.endswith("-01-01") else None


def _refuse_others(page: Page, title: str, paragraphs: list[str]) -> None:
    """Raise `Refused` for whatever answers like an article and is none."""
    heading = next((tidy(h1.text_content()) for h1 in page.tree.iter("h1")), "")
    if is_wall(page.window, heading, paragraphs):
        raise Refused(
            "The site asked whether a person reads the page, so its article was not read. "
            "Open it in a browser, save or copy it, and give that file."
        )
    if is_login(title, paragraphs):
        raise Refused(
            "The site asks readers to sign in before it shows this page. Copy the article's text "
            "into a file and give that."
        )
    if is_missing(title, page.window, paragraphs):
        raise Refused(f"The page says that what was asked for is not there. {_NO_ARTICLE}")
    said = page.described.get("headline") or page.first("og:type") == "article"
    if not said and is_front(page.tree, paragraphs):
        raise Refused(f"The page lists articles and is none itself. {_NO_ARTICLE}")
    # A window's title alone names sites and fronts as well as articles.
    if not title or (not _titled(page) and sum(len(text) for text in paragraphs) < _SOME_TEXT):
        raise Refused(f"The page has no headline, so it is no article. {_NO_ARTICLE}")


def _titled(page: Page) -> bool:
    return bool(
        page.described.get("headline")
        or page.described.get("name")
        or page.first("og:title", "twitter:title")
        or sum(1 for _ in page.own.iter("h1")) == 1
    )


def _lede(paragraphs: list[str], shown: str) -> tuple[str, list[str]]:
    if not paragraphs:
        return shown, []
    quoted = unquote(paragraphs[0]) if len(paragraphs) > 1 else None
    if quoted and count_words(quoted) > 2 and len(quoted) <= SUMMARY_LIMIT:
        return quoted, paragraphs[1:]
    return shown or cut_sentences(paragraphs[0], limit=SUMMARY_LIMIT), paragraphs


def _title(page: Page, guessed: Any) -> str:
    told = to_text(text_of(page.described.get("headline") or page.described.get("name")))
    if told:
        return told
    headings = [text for h1 in page.own.iter("h1") if (text := tidy(h1.text_content()[:1_000]))]
    site = page.first("og:site_name", "application-name")
    shared = to_text(page.first("og:title", "twitter:title"))
    if shared:
        return without_site(shared, site=site, headings=headings)
    named = [text for text in headings if fold(text) in fold(page.window)]
    if len(headings) == 1 or named:
        return max(named, key=len) if named else headings[0]
    named_so = tidy(str(getattr(guessed, "title", None) or ""))
    return named_so or window_headline(without_site(page.window, site=site, headings=headings))


def _summary(page: Page) -> str:
    told = to_text(
        text_of(page.described.get("description"))
        or text_of(page.described.get("abstract"))
        or page.first("og:description", "description", "twitter:description")
    )
    return cut_sentences(unquote(told) or told, limit=SUMMARY_LIMIT)


def _body(page: Page, *, title: str) -> tuple[list[str], list[str]]:
    """Return paragraphs and the headlines that the text points to."""
    found = trafilatura.bare_extraction(
        deepcopy(page.tree),
        url=page.url or None,
        include_comments=False,
        include_tables=False,
        with_metadata=False,
    )
    told = str(getattr(found, "text", None) or "")
    lines = [tidy(line) for line in told.split("\n")]
    if sum(count_words(line) for line in lines) < 40:
        described = to_paragraphs(text_of(page.described.get("articleBody")).replace("\n", "\n\n"))
        lines = described or lines
    kept, related = clear_of_pointers([line for line in lines if line], known=_pointers(page))
    # Where the description has another headline, the one that is shown is no text either.
    shown = {fold(h1.text_content()[:1_000]) for h1 in islice(page.own.iter("h1"), 3)}
    own = [
        line for line in kept if not is_furniture(line) and fold(line) not in {fold(title), *shown}
    ]
    return own, related


def _pointers(page: Page) -> Iterable[str]:
    for element in page.tree.iter("p", "div", "li", "aside", "strong", "a", "span", *_HEADINGS):
        words = _short_text(element)
        headline = related_headline(words) if words else None
        if headline == "":
            # The announcement stands alone; the headlines are in the links that follow it.
            following = element.getnext()
            links = [] if following is None else list(following.iter("a"))[:20]
            yield from (tidy(a.text_content()[:1_000]) for a in links)
        elif headline:
            yield headline


def _short_text(element: Any) -> str:
    """Return the text of an element that holds no block and at most 300 characters, or nothing."""
    pieces: list[str] = []
    size = 0
    for at, inner in enumerate(element.iter()):
        if at > 40 or (at and inner.tag in _BLOCKS):
            return ""
        pieces.append(inner.text or "")
        if at:
            pieces.append(inner.tail or "")
        size += len(pieces[-1]) + len(inner.text or "")
        if size > 600:
            return ""
    words = tidy("".join(pieces))
    return words if len(words) <= 300 else ""


def _section(page: Page, title: str) -> str | None:
    told = to_text(text_of(page.described.get("articleSection")))
    told = told or to_text(
        page.first("article:section", "og:article:section", "articlesection", "section")
    )
    steps = [to_text(step) for step in page.described["breadcrumb"]]
    own = [s for s in steps if s and fold(s) not in HOMES and fold(s) != fold(title)]
    if not told and len(steps) > 1 and own and count_words(own[0]) <= 5:
        return own[0]
    return told or None


def _authors(page: Page) -> tuple[str, ...]:
    described = names_of(page.described.get("author") or page.described.get("creator"))
    meta = [page.first("author", "dc.creator", "parsely-author", "byl", "sailthru.author")]
    for told in (described, meta, [page.first("article:author")]):
        names = [
            name
            for each in told
            if (plain := to_text(each)) and not plain.startswith(("http://", "https://", "@"))
            for name in names_told(plain)
        ]
        if names:
            return tuple(dict.fromkeys(names))
    return authors_shown(page.own)


def _guessed_authors(guessed: Any) -> tuple[str, ...]:
    told = tidy(str(getattr(guessed, "author", None) or ""))
    names = [name for part in told.split(";") for name in names_told(part)]
    return tuple(dict.fromkeys(name for name in names if count_words(name) <= 5))


def _image(page: Page) -> tuple[str, str]:
    address, alt = image_of(page.described.get("image"))
    if not may_show(address):
        address, alt = "", ""
    names = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "image")
    shared = [page.meta[name] for name in names if may_show(page.meta.get(name, ""))]
    if not address and shared:
        address, alt = shared[0], page.first("og:image:alt", "twitter:image:alt")
    if not address:
        articles = list(page.own.iter("article"))
        found = first_picture_in(articles[0]) if len(articles) == 1 else None
        return (found.url, found.alt) if found else ("", "")
    if not alt:
        alt = page.first("og:image:alt", "twitter:image:alt")
    name = address.rpartition("/")[2].partition("?")[0]
    if not alt and name:
        pictures = (img for img in page.tree.iter("img") if name in (img.get("src") or ""))
        alt = next((img.get("alt") for img in pictures if img.get("alt")), "")
    return address, tidy(alt)


def _canonical(page: Page) -> str | None:
    links = [
        link.get("href")
        for link in page.tree.iter("link")
        if "canonical" in str(link.get("rel", "")).lower().split()
    ]
    main = page.described.get("mainEntityOfPage")
    described = text_of(page.described.get("url")) or (
        text_of(main.get("@id")) if isinstance(main, dict) else text_of(main)
    )
    for candidate in (*links, page.first("og:url"), described, page.url):
        found = absolute(page.url, candidate)
        # Some sites call their front page the address of every article.
        if found and (not is_home(found) or (page.url and is_home(page.url))):
            return found
    return None


def _language(page: Page, text: str) -> str | None:
    told = (
        text_of(page.described.get("inLanguage"))
        or str(page.tree.get("lang") or page.tree.get("xml:lang") or "")
        or page.first("og:locale", "language", "content-language")
    )
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", told)
    return found[0].lower() if found else guess_language(text)

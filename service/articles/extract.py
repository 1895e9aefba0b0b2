"""An article's web page becomes a story.

The page's own description comes first: schema.org in JSON-LD, then OpenGraph and other meta
elements; trafilatura finds the text, and what nobody described.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from service.articles.bylines import read_byline
from service.articles.clipping_lines import related_headline
from service.articles.decode import decode
from service.articles.furniture import is_furniture
from service.articles.identity import absolute
from service.articles.jsonld import find_article, image_of, names_of, text_of
from service.articles.language import guess_language
from service.articles.moments import read_date
from service.articles.pointers import clear_of_pointers
from service.articles.sanitise import to_paragraphs, to_text
from service.articles.story import Story
from service.articles.typography import count_words, cut_sentences, fold, tidy, unquote
from service.articles.visible import authors_shown, date_shown, take_byline
from service.kit.errors import Refused

SUMMARY_LIMIT = 320
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLOCKS = frozenset({"p", "div", "li", "ul", "aside", "section"})
_HEADINGS = ("h2", "h3", "h4", "h5")
# Browsers read these as Windows-1252, and so do the sites that announce them (WHATWG Encoding).
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "ascii", "us-ascii"})
_MOST_CHARACTERS = 3_000_000


@dataclass(frozen=True, slots=True)
class _Page:
    """A parsed page and what it says of itself."""

    tree: Any
    url: str
    described: Any
    meta: dict[str, str]

    def first(self, *names: str) -> str:
        """Return the first of these meta elements that has a content."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def read_page(data: bytes, *, url: str, zone: tzinfo, charset: str | None = None) -> Story:
    """Read the article on a page found at `url`.

    Raises:
        Refused: there is no article on it; the sentence says what is missing.
    """
    text = _PROLOGUE.sub("", _decode(data, charset))
    page = _open(text, url)
    title = _title(page)
    if not title:
        raise Refused("The page has no headline, so it is no article. Give an article's address.")
    paragraphs, related = _body(page, text, title=title)
    summary = _summary(page) or (
        cut_sentences(paragraphs[0], limit=SUMMARY_LIMIT) if paragraphs else ""
    )
    if not summary:
        raise Refused("No article text was found on the page. Give an article's own address.")
    if len(paragraphs) > 1 and fold(paragraphs[0]) == fold(summary) and _summary(page):
        # The standfirst is the summary already.
        paragraphs = paragraphs[1:]
    described = page.described
    paragraphs, signed = take_byline(paragraphs)
    image, alt = _image(page)
    address = _canonical(page)
    image_url = absolute(url or address or "", image)
    return Story(
        title=title,
        section=_section(page),
        summary=summary,
        body=tuple(paragraphs),
        authors=_authors(page) or signed or authors_shown(page.tree),
        published=read_date(
            text_of(described.get("datePublished"))
            or page.first("article:published_time", "og:article:published_time", "date", "dc.date")
            or date_shown(page.tree, "published"),
            zone=zone,
        ),
        updated=read_date(
            text_of(described.get("dateModified"))
            or page.first("article:modified_time", "og:updated_time", "last-modified")
            or date_shown(page.tree, "updated"),
            zone=zone,
        ),
        url=address,
        language=_language(page, " ".join((title, summary, *paragraphs))),
        related=tuple(r for r in related if fold(r) != fold(title)),
        image_url=image_url,
        image_alt=(alt or None) if image_url else None,
    )


def _decode(data: bytes, charset: str | None) -> str:
    found = _CHARSET.search(data[:4096])
    for name in (charset, found[1].decode("ascii") if found else None):
        if name and name.lower() not in {"utf-8", "utf8"} | _LATIN:
            try:
                return data.decode(name, "strict")
            except (LookupError, UnicodeDecodeError):
                continue
    text = decode(data)
    if text is None:
        text = data.decode("utf-8", "replace")
    if "<" not in text:
        raise Refused("This is no web page.")
    return text[:_MOST_CHARACTERS]


def _open(text: str, url: str) -> _Page:
    try:
        tree = lxml_html.document_fromstring(text)
    except (etree.LxmlError, ValueError) as error:
        raise Refused("The web page is empty or broken beyond reading.") from error
    scripts = [
        script.text_content()
        for script in tree.iter("script")
        if "ld+json" in str(script.get("type", "")).lower()
    ]
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = tidy(element.get("content") or "")
        if name and content:
            meta.setdefault(name.lower(), content)
    return _Page(tree, url, find_article(scripts), meta)


def _title(page: _Page) -> str:
    told = to_text(text_of(page.described.get("headline") or page.described.get("name")))
    if told:
        return told
    # A page that does not say that it is an article is believed by its one main heading only.
    headings = [tidy(heading.text_content()) for heading in page.tree.iter("h1")]
    shared = page.first("og:title", "twitter:title")
    site = page.first("og:site_name")
    if site and shared.endswith(site):
        shared = shared.removesuffix(site).rstrip(" -–—|·")
    return to_text(shared) or (headings[0] if len(headings) == 1 else "")


def _summary(page: _Page) -> str:
    told = to_text(
        text_of(page.described.get("description"))
        or text_of(page.described.get("abstract"))
        or page.first("og:description", "description", "twitter:description")
    )
    return cut_sentences(unquote(told) or told, limit=SUMMARY_LIMIT)


def _body(page: _Page, text: str, *, title: str) -> tuple[list[str], list[str]]:
    """Return paragraphs and the headlines that the text points to."""
    found = trafilatura.bare_extraction(
        text, url=page.url, include_comments=False, include_tables=False, with_metadata=False
    )
    told = str(getattr(found, "text", None) or "")
    lines = [tidy(line) for line in told.split("\n")]
    if sum(count_words(line) for line in lines) < 40:
        described = to_paragraphs(text_of(page.described.get("articleBody")).replace("\n", "\n\n"))
        lines = described or lines
    kept, related = clear_of_pointers([line for line in lines if line], known=_pointers(page))
    return [line for line in kept if fold(line) != fold(title) and not is_furniture(line)], related


def _pointers(page: _Page) -> Iterable[str]:
    for element in page.tree.iter("p", "div", "li", "aside", "strong", "a", "span", *_HEADINGS):
        words = tidy(element.text_content())
        if len(words) > 300 or any(child.tag in _BLOCKS for child in element.iterdescendants()):
            continue
        headline = related_headline(words)
        if headline == "":
            # The announcement stands alone; the headlines are in the links that follow it.
            following = element.getnext()
            links = [] if following is None else list(following.iter("a"))
            yield from (tidy(a.text_content()) for a in links)
        elif headline:
            yield headline


def _section(page: _Page) -> str | None:
    told = text_of(page.described.get("articleSection")) or page.first(
        "article:section", "og:article:section", "section"
    )
    return to_text(told) or None


def _authors(page: _Page) -> tuple[str, ...]:
    told = names_of(page.described.get("author") or page.described.get("creator"))
    if not any(told):
        told = [page.first("author", "article:author", "dc.creator", "parsely-author", "byl")]
    names: list[str] = []
    for each in told:
        plain = to_text(each)
        if plain and not plain.startswith(("http://", "https://", "@")):
            names += read_byline(plain) or [plain]
    return tuple(dict.fromkeys(names))


def _image(page: _Page) -> tuple[str, str]:
    address, alt = image_of(page.described.get("image"))
    shared = page.first("og:image", "og:image:url", "og:image:secure_url", "twitter:image")
    alt = alt or page.first("og:image:alt", "twitter:image:alt")
    address = address or shared
    if address and not alt:
        name = address.rpartition("/")[2].partition("?")[0]
        pictures = (img for img in page.tree.iter("img") if name and name in (img.get("src") or ""))
        alt = next((img.get("alt") for img in pictures if img.get("alt")), "")
    return address, tidy(alt)


def _canonical(page: _Page) -> str | None:
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
        if found:
            return found
    return None


def _language(page: _Page, text: str) -> str | None:
    told = (
        text_of(page.described.get("inLanguage"))
        or str(page.tree.get("lang") or page.tree.get("xml:lang") or "")
        or page.first("og:locale", "language", "content-language")
    )
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", told)
    return found[0].lower() if found else guess_language(text)

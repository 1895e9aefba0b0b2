"""Pure: read the metadata of an article's page: schema.org, meta elements and links."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.articles.html_page.jsonld import image_of, names_of, text_of
from service.articles.html_page.non_articles import is_home_page_url
from service.articles.html_page.visible_metadata import HOME_LABELS
from service.articles.parsing.bylines import is_person_name, split_author_field
from service.articles.parsing.images import first_image_in, is_usable_image
from service.articles.parsing.language import guess_language
from service.articles.parsing.related_links import related_headline
from service.articles.parsing.sanitise import html_to_text
from service.articles.parsing.typography import count_words, fold, tidy
from service.articles.urls import absolute_url

_HEADINGS = ("h2", "h3", "h4", "h5")
_BLOCKS = frozenset({"p", "div", "li", "ul", "aside", "section"})

# A label has few elements; more of them are a part of the page.
_MAX_INNER_ELEMENTS = 40
# Characters before white space is collapsed, and after.
_MAX_RAW_LABEL = 600
_MAX_LABEL = 300
_MAX_SECTION_WORDS = 5
_MAX_NAME_WORDS = 5
# Shorter names of a site occur in authors' names by chance.
_MIN_SITE_NAME = 3


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A parsed page with its metadata.

    `own_tree` is the tree without what belongs to other articles, `described` what the page says of
    its article in the vocabulary of schema.org, `title_tag` the window's title, `guess` what
    trafilatura found.
    """

    tree: Any
    own_tree: Any
    url: str
    described: Any
    meta: dict[str, str]
    title_tag: str
    guess: Any

    def first_meta(self, *names: str) -> str:
        """Return the content of the first of these meta elements that has one, or ""."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def related_headlines_on(page: ArticlePage) -> Iterable[str]:
    """Yield the headlines of other articles that a page links to as related."""
    for element in page.tree.iter("p", "div", "li", "aside", "strong", "a", "span", *_HEADINGS):
        words = _short_text(element)
        headline = related_headline(words) if words else None
        if headline == "":
            # "Read also" alone: the headlines are in the links that follow it.
            following = element.getnext()
            links = [] if following is None else list(following.iter("a"))[:20]
            yield from (tidy(a.text_content()[:1_000]) for a in links)
        elif headline:
            yield headline


def _short_text(element: Any) -> str:
    """Return an element's text of at most 300 characters; empty if it is longer or holds blocks."""
    pieces: list[str] = []
    size = 0
    for at, inner in enumerate(element.iter()):
        if at > _MAX_INNER_ELEMENTS or (at and inner.tag in _BLOCKS):
            return ""
        pieces.append(inner.text or "")
        if at:
            pieces.append(inner.tail or "")
        size += len(pieces[-1]) + len(inner.text or "")
        if size > _MAX_RAW_LABEL:
            return ""
    words = tidy("".join(pieces))
    return words if len(words) <= _MAX_LABEL else ""


def page_section(page: ArticlePage, title: str) -> str | None:
    """Return the section that a page's metadata names."""
    value = html_to_text(text_of(page.described.get("articleSection")))
    value = value or html_to_text(
        page.first_meta("article:section", "og:article:section", "articlesection", "section")
    )
    breadcrumbs = [html_to_text(step) for step in page.described["breadcrumb"]]
    own = [s for s in breadcrumbs if s and fold(s) not in HOME_LABELS and fold(s) != fold(title)]
    if not value and len(breadcrumbs) > 1 and own and count_words(own[0]) <= _MAX_SECTION_WORDS:
        return own[0]
    return value or None


def page_authors(page: ArticlePage) -> tuple[str, ...]:
    """Return the authors that a page's metadata names."""
    described = names_of(page.described.get("author") or page.described.get("creator"))
    meta = [page.first_meta("author", "dc.creator", "parsely-author", "byl", "sailthru.author")]
    account = page.first_meta("twitter:creator")
    further = [
        page.first_meta("cse_author", "dcterms.creator"),
        account if is_person_name(account) else "",
    ]
    for value in (described, meta, [page.first_meta("article:author")], further):
        names = [
            name
            for each in value
            if (plain := html_to_text(each)) and not plain.startswith(("http://", "https://", "@"))
            for name in split_author_field(plain)
        ]
        if any(not is_publisher_name(page, name) for name in names):
            return tuple(dict.fromkeys(names))
    return ()


def publisher_as_author(page: ArticlePage) -> tuple[str, ...]:
    """Return the site itself if its metadata names it as the author."""
    described = names_of(page.described.get("author") or page.described.get("creator"))
    value = [*described, page.first_meta("author", "dc.creator", "article:author")]
    names = [name for each in value for name in split_author_field(html_to_text(each))]
    return tuple(dict.fromkeys(name for name in names if is_publisher_name(page, name)))[:1]


def is_publisher_name(page: ArticlePage, name: str) -> bool:
    """Return whether a name is the site's: its own, its publisher's, or that of its host."""
    value = _letters(name)
    host = _letters(site_host(page.url))
    publisher = names_of(page.described.get("publisher"))
    sites = [page.first_meta("og:site_name"), page.first_meta("application-name"), *publisher]
    houses = [house for each in sites if len(house := _letters(each)) >= _MIN_SITE_NAME]
    return bool(value) and (
        value == host or any(value in (house, f"the{house}", f"la{house}") for house in houses)
    )


def site_host(url: str) -> str:
    """Return a URL's host without "www." and the top-level domain."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").rpartition(".")[0]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def guessed_authors(page: ArticlePage) -> tuple[str, ...]:
    """Return the authors that trafilatura found; the site itself only if it found no other."""
    value = tidy(str(getattr(page.guess, "author", None) or ""))
    names = [name for part in value.split(";") for name in split_author_field(part)]
    short = list(dict.fromkeys(name for name in names if count_words(name) <= _MAX_NAME_WORDS))
    if not any(is_publisher_name(page, name) for name in short):
        return tuple(short)
    # A publisher's name is followed by its address: "Spiegel Online, Hamburg, Germany".
    return tuple(n for n in short if is_person_name(n) and not is_publisher_name(page, n)) or tuple(
        short[:1]
    )


def page_image(page: ArticlePage) -> tuple[str, str]:
    """Return the URL of the article's image and its description; empty if there is none."""
    address, alt = image_of(page.described.get("image"))
    if not is_usable_image(address):
        address, alt = "", ""
    names = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "image")
    shared = [page.meta[name] for name in names if is_usable_image(page.meta.get(name, ""))]
    if not address and shared:
        address, alt = shared[0], page.first_meta("og:image:alt", "twitter:image:alt")
    if not address:
        articles = list(page.own_tree.iter("article"))
        found = first_image_in(articles[0]) if len(articles) == 1 else None
        return (found.url, found.alt) if found else ("", "")
    if not alt:
        alt = page.first_meta("og:image:alt", "twitter:image:alt")
    name = address.rpartition("/")[2].partition("?")[0]
    if not alt and name:
        pictures = (img for img in page.tree.iter("img") if name in (img.get("src") or ""))
        alt = next((img.get("alt") for img in pictures if img.get("alt")), "")
    return address, tidy(alt)


def canonical_url(page: ArticlePage) -> str | None:
    """Return the article's own URL."""
    links = [
        link.get("href")
        for link in page.tree.iter("link")
        if "canonical" in str(link.get("rel", "")).lower().split()
    ]
    main = page.described.get("mainEntityOfPage")
    described = text_of(page.described.get("url")) or (
        text_of(main.get("@id")) if isinstance(main, dict) else text_of(main)
    )
    for candidate in (*links, page.first_meta("og:url"), described, page.url):
        found = absolute_url(page.url, candidate)
        # Some sites give their front page as the canonical URL of every article.
        if found and (not is_home_page_url(found) or (page.url and is_home_page_url(page.url))):
            return found
    return None


def page_language(page: ArticlePage, text: str) -> str | None:
    """Return the language of a page (such as "fr"), guessed from a text if it names none."""
    value = (
        text_of(page.described.get("inLanguage"))
        or str(page.tree.get("lang") or page.tree.get("xml:lang") or "")
        or page.first_meta("og:locale", "language", "content-language")
    )
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", value)
    return found[0].lower() if found else guess_language(text)

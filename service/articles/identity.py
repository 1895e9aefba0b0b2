"""Pure: by which names an article is recognised when it comes again.

Its guid, its canonical URL and, on a live page, its link with the fragment are strong: whoever
says the same one means the same article, unless several articles say it. Headline and day are
weak, because two articles may share them: they decide for articles that have no other name, and
for those that changed all others at once but kept the very moment of publication.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.typography import fold, tidy
from service.articles.urls import clean_url, is_front_page, url_alias
from service.kit.slug import slugify

_GLOBAL_GUID = re.compile(r"^(?:tag|urn):", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,12}")
_NO_GUID = re.compile(
    r"(?:n/?a|none|null|nil|undefined|nan|false|true|guid|id|0*|-+|\?+|array|\[?object object\]?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAliases:
    """The aliases of one story, the surest first; None where it has no such name."""

    guid: str | None
    spot: str | None
    link: str | None
    text: str
    # Headline and day within its feed: another feed's article may have the same.
    own: str | None = None

    def strong(self, *, but: Collection[str] = ()) -> list[str]:
        """Return guid, spot and link, without those that name several articles."""
        told = (self.guid, self.spot, self.link)
        return list(dict.fromkeys(name for name in told if name and name not in but))

    def every(self) -> list[str]:
        """Return all names, also the weak ones."""
        return [*self.strong(), *self.weak()]

    def weak(self) -> list[str]:
        """Return the names made of headline and day, that within its feed first."""
        return [name for name in (self.own, self.text) if name]


def aliases_of(story: ParsedArticle, *, feed_id: int | None = None) -> ArticleAliases:
    """Return the names of a story.

    A plain guid means something only within its feed; addresses, tags and URNs do everywhere.
    """
    url = clean_url(story.url, keep_fragment=True)
    link = url_alias(url) if url is not None and not is_front_page(url) else None
    fragment = urlsplit(url).fragment if url is not None else ""
    return ArticleAliases(
        guid=_guid_alias(story.guid, feed_id=feed_id),
        spot=_short(f"{url_alias(url)}#{fragment}") if url is not None and fragment else None,
        link=link,
        text=(text := weak_alias(story)),
        own=f"{feed_id}:{text}" if feed_id is not None else None,
    )


def strong_aliases(story: ParsedArticle, *, feed_id: int | None = None) -> list[str]:
    """Return the names that mean this article and no other."""
    return aliases_of(story, feed_id=feed_id).strong()


def weak_alias(story: ParsedArticle) -> str:
    """Return the name made of headline and day of publication."""
    day = f"{story.published:%Y-%m-%d}" if story.published else ""
    return "text:" + hashlib.sha256(f"{day}\n{fold(story.title)}".encode()).hexdigest()[:40]


def find_shared_aliases(
    stories: Sequence[ParsedArticle], names: Sequence[ArticleAliases]
) -> set[str]:
    """Return the strong names that several articles of one feed have in common.

    They identify none: "N/A" as everybody's guid, the address of a live page as everybody's link.
    Two items with one name and one headline are the same article, listed twice.
    """
    headlines: dict[str, set[str]] = defaultdict(set)
    for story, told in zip(stories, names, strict=True):
        for name in told.strong():
            headlines[name].add(fold(story.title))
    return {name for name, different in headlines.items() if len(different) > 1}


def content_hash(story: ParsedArticle) -> str:
    """Return the fingerprint of what readers would see."""
    parts = [
        story.title,
        slugify(story.section or ""),
        story.summary,
        *story.body,
        "authors",
        *story.authors,
        "picture",
        story.image_url or "",
        story.image_alt or "",
        clean_url(story.url, keep_fragment=True) or "",
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def url_numbers(story: ParsedArticle) -> tuple[int, ...]:
    """Return the numbers in a story's address: a day, or the count of a site's articles."""
    parts = urlsplit(story.url or "")
    return tuple(int(digits) for digits in _DIGITS.findall(f"{parts.path}?{parts.query}")[:6])


def first_occurrences(names: Iterable[ArticleAliases], *, shared: Collection[str]) -> list[bool]:
    """Tell for each of one feed's items whether it is the first of its name."""
    seen: set[str] = set()
    first = []
    for told in names:
        own = told.strong(but=shared) or [told.text]
        first.append(seen.isdisjoint(own))
        seen.update(own)
    return first


def _guid_alias(guid: str | None, *, feed_id: int | None) -> str | None:
    told = tidy(guid or "")
    if _NO_GUID.fullmatch(told):
        return None
    as_url = clean_url(told, keep_fragment=True)
    if as_url is None:
        scope = "" if _GLOBAL_GUID.match(told) else f"{feed_id or ''}:"
        return _short(f"guid:{scope}{told}")
    if is_front_page(as_url):
        return None
    fragment = urlsplit(as_url).fragment
    return _short(url_alias(as_url) + (f"#{fragment}" if fragment else ""))


def _short(alias: str) -> str:
    # An index entry has a limit; guids have none.
    if len(alias) <= 500:
        return alias
    return f"guid:{hashlib.sha256(alias.encode()).hexdigest()}"

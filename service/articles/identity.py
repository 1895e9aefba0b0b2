"""Pure: the aliases by which an article is recognised when it comes again.

Its guid, its canonical URL and, on a live page, its link with the fragment are strong: the same
alias means the same article, unless several articles have it. Headline and day are weak, because
two articles may share them: they decide for articles that have no other alias, and for those that
changed all others at the same time but kept the exact time of publication.
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

_MAX_ALIAS_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAliases:
    """The aliases of one article, the surest first; None where it has none of that kind."""

    guid: str | None
    fragment_url: str | None
    page_url: str | None
    title_day: str
    # Headline and day within its feed: another feed's article may have the same.
    title_day_in_feed: str | None = None

    def strong(self, *, but: Collection[str] = ()) -> list[str]:
        """Return guid, fragment URL and page URL, without those in `but`."""
        aliases = (self.guid, self.fragment_url, self.page_url)
        return list(dict.fromkeys(each for each in aliases if each and each not in but))

    def weak(self) -> list[str]:
        """Return the aliases made of headline and day, the one within its feed first."""
        return [each for each in (self.title_day_in_feed, self.title_day) if each]


def aliases_of(parsed: ParsedArticle, *, feed_id: int | None = None) -> ArticleAliases:
    """Return the aliases of an article.

    A plain guid identifies an article only within its feed; URLs, tags and URNs do everywhere.
    """
    url = clean_url(parsed.url, keep_fragment=True)
    page_url = url_alias(url) if url is not None and not is_front_page(url) else None
    fragment = urlsplit(url).fragment if url is not None else ""
    return ArticleAliases(
        guid=_guid_alias(parsed.guid, feed_id=feed_id),
        fragment_url=_hash_if_long(f"{url_alias(url)}#{fragment}")
        if url is not None and fragment
        else None,
        page_url=page_url,
        title_day=(title_day := weak_alias(parsed)),
        title_day_in_feed=f"{feed_id}:{title_day}" if feed_id is not None else None,
    )


def strong_aliases(parsed: ParsedArticle, *, feed_id: int | None = None) -> list[str]:
    """Return the aliases that identify this article and no other."""
    return aliases_of(parsed, feed_id=feed_id).strong()


def weak_alias(parsed: ParsedArticle) -> str:
    """Return the alias made of headline and day of publication."""
    day = f"{parsed.published:%Y-%m-%d}" if parsed.published else ""
    return "text:" + hashlib.sha256(f"{day}\n{fold(parsed.title)}".encode()).hexdigest()[:40]


def find_shared_aliases(
    parsed_articles: Sequence[ParsedArticle], aliases: Sequence[ArticleAliases]
) -> set[str]:
    """Return the strong aliases that several articles of one feed have in common.

    They identify none: "N/A" as the guid of every item, the address of a live page as every link.
    Two items with the same alias and the same headline are one article, listed twice.
    """
    headlines: dict[str, set[str]] = defaultdict(set)
    for parsed, own_aliases in zip(parsed_articles, aliases, strict=True):
        for alias in own_aliases.strong():
            headlines[alias].add(fold(parsed.title))
    return {alias for alias, different in headlines.items() if len(different) > 1}


def content_hash(parsed: ParsedArticle) -> str:
    """Return a SHA-256 hex digest of what readers see of an article."""
    parts = [
        parsed.title,
        slugify(parsed.section or ""),
        parsed.summary,
        *parsed.body,
        "authors",
        *parsed.authors,
        "picture",
        parsed.image_url or "",
        parsed.image_alt or "",
        clean_url(parsed.url, keep_fragment=True) or "",
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def url_numbers(parsed: ParsedArticle) -> tuple[int, ...]:
    """Return the numbers in an article's URL: a date, or the site's count of its articles."""
    parts = urlsplit(parsed.url or "")
    return tuple(int(digits) for digits in _DIGITS.findall(f"{parts.path}?{parts.query}")[:6])


def first_occurrences(aliases: Iterable[ArticleAliases], *, shared: Collection[str]) -> list[bool]:
    """Return for each item of a feed whether no item above it has one of its aliases."""
    seen: set[str] = set()
    first = []
    for own_aliases in aliases:
        own = own_aliases.strong(but=shared) or [own_aliases.title_day]
        first.append(seen.isdisjoint(own))
        seen.update(own)
    return first


def _guid_alias(guid: str | None, *, feed_id: int | None) -> str | None:
    text = tidy(guid or "")
    if _NO_GUID.fullmatch(text):
        return None
    as_url = clean_url(text, keep_fragment=True)
    if as_url is None:
        scope = "" if _GLOBAL_GUID.match(text) else f"{feed_id or ''}:"
        return _hash_if_long(f"guid:{scope}{text}")
    if is_front_page(as_url):
        return None
    fragment = urlsplit(as_url).fragment
    return _hash_if_long(url_alias(as_url) + (f"#{fragment}" if fragment else ""))


def _hash_if_long(alias: str) -> str:
    # PostgreSQL limits the size of an index entry; guids may be longer.
    if len(alias) <= _MAX_ALIAS_LENGTH:
        return alias
    return f"guid:{hashlib.sha256(alias.encode()).hexdigest()}"

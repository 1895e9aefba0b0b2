"""Pure: choose, of the feeds that a site offers, the one that a newsletter should poll.

A feed of articles comes before one of comments, and one that lists something before an empty one. A
section's page asks for its section's feed, any other page for the widest one. Then it matters how
surely it was found. Feeds that list the same articles are one feed in several formats: the one
that has the texts, or a hub, is taken. If feeds with different articles are equally good, none is
chosen: the operator knows which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.articles.discovery.feed_candidate import FeedCandidate, FoundBy
from service.articles.parsed_article import FeedFormat
from service.kit.slug import slugify

_SURER = {way: -place for place, way in enumerate(FoundBy)}
_FORMATS = (FeedFormat.ATOM, FeedFormat.RSS, FeedFormat.JSON)
_SAME_SHARE = 0.8
"""Two feeds with this share of the smaller one's articles in common list the same articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What matters of the page that was asked for feeds.

    An article's page is no section's, whatever its path.
    """

    url: str
    language: str | None = None
    is_article: bool = False

    @property
    def section(self) -> str | None:
        """The key of the section whose page it may be; None for a front page and an article."""
        segments = [part for part in urlsplit(self.url).path.split("/") if part]
        return slugify(segments[-1]) or None if segments and not self.is_article else None


def rank_feeds(candidates: Sequence[FeedCandidate], page: PageFacts) -> list[FeedCandidate]:
    """Return the candidates, the best first; equally good ones in the order of the page."""
    return sorted(candidates, key=lambda each: (_merit(each, page), _detail(each)), reverse=True)


def find_equals(ranked: Sequence[FeedCandidate], page: PageFacts) -> list[FeedCandidate]:
    """Return the best candidate, and those that are as good and list other articles.

    Feeds of comments are left out.
    """
    equals: list[FeedCandidate] = []
    for each in ranked:
        if each.has_comments:
            continue
        is_as_good = not equals or _merit(each, page) == _merit(equals[0], page)
        if is_as_good and not any(_lists_same(each, other) for other in equals):
            equals.append(each)
    return equals


def _merit(each: FeedCandidate, page: PageFacts) -> tuple[object, ...]:
    """Return what decides; only feeds that are equal in all of it are equally good."""
    return (
        not each.has_comments,
        each.items > 0,
        is_of_section(each, page),
        page.language is None or each.language in {page.language, None},
        # A news sitemap has no summaries, so it is taken only where there is no feed.
        each.format is not FeedFormat.NEWS_SITEMAP,
        _SURER[each.found_by],
        -_depth(each.url),
    )


def _detail(each: FeedCandidate) -> tuple[bool, bool, int, int]:
    """Return what decides between feeds of the same articles."""
    place = _FORMATS.index(each.format) if each.format in _FORMATS else len(_FORMATS)
    return bool(each.has_full_text), each.hub_url is not None, each.items, -place


def is_of_section(each: FeedCandidate, page: PageFacts) -> bool:
    """Return whether a feed is that of the section whose page was asked for."""
    if page.section is None:
        return False
    path, own = urlsplit(each.url).path, urlsplit(page.url).path.rstrip("/")
    named = {slugify(part.rpartition(".")[0] or part) for part in path.split("/") if part}
    return path.startswith(f"{own}/") or page.section in named


def _depth(url: str) -> int:
    """Return how narrow a URL is: a site's own feed has the shortest path and the least query."""
    parts = urlsplit(url)
    return len([part for part in parts.path.split("/") if part]) + parts.query.count("=")


def _lists_same(one: FeedCandidate, other: FeedCandidate) -> bool:
    smaller = min(len(one.article_aliases), len(other.article_aliases))
    return len(one.article_aliases & other.article_aliases) >= smaller * _SAME_SHARE

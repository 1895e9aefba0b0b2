"""Pure: match parsed articles with stored ones.

Aliases are evidence, not proof: sites renumber their guids, point many items to one page, and
change guid and URL together when they correct a headline. So an alias of a stored article is
doubted if headline and time of publication both say that this is another article.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.articles.identity import ArticleAliases
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.typography import fold

SAME_TIME = timedelta(minutes=1)
MIN_MOVED_ARTICLES = 4
"""So many articles that keep nothing but headline and summary are those of a site that moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIdentity:
    """What matching compares of a stored article."""

    title: str
    summary: str
    published: datetime | None
    feed_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The id of each article, None for a new one; and aliases that turned out to be shared."""

    ids: list[int | None]
    shared: set[str]


def match_articles(
    articles: Sequence[ParsedArticle],
    aliases: Sequence[ArticleAliases],
    *,
    owners: Mapping[str, int],
    known: Mapping[int, StoredIdentity],
    shared: Collection[str],
    feed_id: int | None,
) -> MatchResult:
    """Return the stored article of each parsed one.

    `owners` maps each alias to the id of its article, `known` these ids to their identity;
    `shared` are aliases that identify no article.
    """
    doubted: set[str] = set()
    ids = [
        _match_strong(parsed, own_aliases, owners, known, shared=shared, doubted=doubted)
        for parsed, own_aliases in zip(articles, aliases, strict=True)
    ]
    taken = {at for at in ids if at is not None}
    texts = Counter(own_aliases.title_day for own_aliases in aliases)
    weak: list[int | None] = [
        found if at is None and texts[own_aliases.title_day] == 1 and found not in taken else None
        for own_aliases, at in zip(aliases, ids, strict=True)
        for found in [
            next((owners[alias] for alias in own_aliases.weak() if alias in owners), None)
        ]
    ]
    moved = _have_moved(articles, ids, weak, known)
    for place, (parsed, own_aliases, found) in enumerate(zip(articles, aliases, weak, strict=True)):
        if found is None:
            continue
        bare = not own_aliases.strong(but=shared)
        if bare or _has_same_time(parsed, known[found], feed_id=feed_id, moved=moved):
            ids[place] = found
    return MatchResult(ids=ids, shared=doubted)


def match_moved_site(
    articles: Sequence[ParsedArticle],
    ids: Sequence[int | None],
    *,
    namesakes: Mapping[int, StoredIdentity],
) -> list[int | None]:
    """Match the articles of a site that moved and gave all of them new URLs and dates, or none.

    `namesakes` are articles of this feed with a headline of the unmatched ones, the newest first. A
    single repeated headline proves nothing ("Weather"); so most of the known articles must have
    changed at the same time, and each one must have kept its summary.
    """
    taken = {at for at in ids if at is not None}
    titles = Counter(fold(parsed.title) for parsed in articles)
    free: dict[tuple[str, str], int] = {}
    for at, known in namesakes.items():
        if at not in taken and known.summary:
            free.setdefault((fold(known.title), fold(known.summary)), at)
    moved = [
        free.get((fold(parsed.title), fold(parsed.summary)))
        if at is None and titles[fold(parsed.title)] == 1
        else None
        for parsed, at in zip(articles, ids, strict=True)
    ]
    count = sum(found is not None for found in moved)
    if count < max(MIN_MOVED_ARTICLES, len(taken)):
        return list(ids)
    return [at if at is not None else found for at, found in zip(ids, moved, strict=True)]


def _match_strong(
    parsed: ParsedArticle,
    own_aliases: ArticleAliases,
    owners: Mapping[str, int],
    known: Mapping[int, StoredIdentity],
    *,
    shared: Collection[str],
    doubted: set[str],
) -> int | None:
    """Return the article that the strong aliases belong to; if they differ, the likeliest.

    That is the one with the same headline, or else the oldest.
    """
    candidates: list[int] = []
    for alias in own_aliases.strong(but=shared):
        if alias not in owners:
            continue
        if _may_be_shared(alias, own_aliases, owners) and _is_different(
            parsed, known[owners[alias]]
        ):
            doubted.add(alias)
        else:
            candidates.append(owners[alias])
    alike = [at for at in candidates if fold(known[at].title) == fold(parsed.title)]
    return min(alike or candidates, default=None)


def _may_be_shared(alias: str, own_aliases: ArticleAliases, owners: Mapping[str, int]) -> bool:
    """Return whether the article has another strong alias that is not stored yet."""
    return any(other not in owners for other in own_aliases.strong() if other != alias)


def _is_different(parsed: ParsedArticle, known: StoredIdentity) -> bool:
    """Return whether headline and time of publication both differ."""
    if fold(parsed.title) == fold(known.title):
        return False
    if parsed.published is None or known.published is None:
        return (
            parsed.published is None
            and known.published is None
            and bool(
                parsed.summary and known.summary and fold(parsed.summary) != fold(known.summary)
            )
        )
    return abs(parsed.published - known.published) >= SAME_TIME


def _has_same_time(
    parsed: ParsedArticle, known: StoredIdentity, *, feed_id: int | None, moved: bool
) -> bool:
    """Return whether an article with new aliases keeps the time of one with the same headline."""
    if known.feed_id is not None and known.feed_id != feed_id:
        return False
    if parsed.published is None or known.published is None:
        return moved and parsed.published is None and known.published is None
    return abs(parsed.published - known.published) < SAME_TIME


def _have_moved(
    articles: Sequence[ParsedArticle],
    ids: Sequence[int | None],
    weak: Sequence[int | None],
    known: Mapping[int, StoredIdentity],
) -> bool:
    """Return whether a site without dates has given all its articles new aliases.

    A single one proves nothing: "Weather" appears every day.
    """
    unknown = sum(at is None for at in ids)
    same = sum(
        found is not None and fold(known[found].summary) == fold(parsed.summary)
        for parsed, found in zip(articles, weak, strict=True)
    )
    return same > 1 and same * 2 >= unknown

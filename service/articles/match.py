"""Pure: which stored article each story is, if any.

Names are evidence, not proof: sites number their guids anew, point many items to one page, and
change guid and address together when they correct a headline. So a name that points to an
article is doubted when headline and moment of publication both say that it is another.
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
"""So many articles at once, of which only headline and summary are left, are a site that moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIdentity:
    """What identity asks of a stored article."""

    title: str
    summary: str
    published: datetime | None
    feed_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The article of each story, None for a new one; and names that turned out to be shared."""

    ids: list[int | None]
    shared: set[str]


def match_articles(
    stories: Sequence[ParsedArticle],
    names: Sequence[ArticleAliases],
    *,
    owners: Mapping[str, int],
    known: Mapping[int, StoredIdentity],
    shared: Collection[str],
    feed_id: int | None,
) -> MatchResult:
    """Find the stored article of each story.

    `owners` says which article each alias names, `known` what these articles are; `shared` are
    names that identify none.
    """
    doubted: set[str] = set()
    ids = [
        _by_strong(story, told, owners, known, shared=shared, doubted=doubted)
        for story, told in zip(stories, names, strict=True)
    ]
    taken = {at for at in ids if at is not None}
    texts = Counter(told.text for told in names)
    weak: list[int | None] = [
        found if at is None and texts[told.text] == 1 and found not in taken else None
        for told, at in zip(names, ids, strict=True)
        for found in [next((owners[name] for name in told.weak() if name in owners), None)]
    ]
    moved = _have_moved(stories, ids, weak, known)
    for place, (story, told, found) in enumerate(zip(stories, names, weak, strict=True)):
        if found is None:
            continue
        bare = not told.strong(but=shared)
        if bare or _kept_all_else(story, known[found], feed_id=feed_id, moved=moved):
            ids[place] = found
    return MatchResult(ids=ids, shared=doubted)


def match_moved_site(
    stories: Sequence[ParsedArticle],
    ids: Sequence[int | None],
    *,
    namesakes: Mapping[int, StoredIdentity],
) -> list[int | None]:
    """Find the articles of a site that moved and gave all of them new names and dates, or none.

    `namesakes` are articles of this feed with a headline of the unknown stories, the newest first.
    A headline that comes again alone proves nothing ("Weather"); so most of what is known must have
    changed at once, and each one must have kept its summary.
    """
    taken = {at for at in ids if at is not None}
    titles = Counter(fold(story.title) for story in stories)
    free: dict[tuple[str, str], int] = {}
    for at, known in namesakes.items():
        if at not in taken and known.summary:
            free.setdefault((fold(known.title), fold(known.summary)), at)
    moved = [
        free.get((fold(story.title), fold(story.summary)))
        if at is None and titles[fold(story.title)] == 1
        else None
        for story, at in zip(stories, ids, strict=True)
    ]
    count = sum(found is not None for found in moved)
    if count < max(MIN_MOVED_ARTICLES, len(taken)):
        return list(ids)
    return [at if at is not None else found for at, found in zip(ids, moved, strict=True)]


def _by_strong(
    story: ParsedArticle,
    told: ArticleAliases,
    owners: Mapping[str, int],
    known: Mapping[int, StoredIdentity],
    *,
    shared: Collection[str],
    doubted: set[str],
) -> int | None:
    """Return the article that the story's strong names point to; where they differ, the likeliest.

    That is the one with its headline, or else the oldest.
    """
    candidates: list[int] = []
    for name in told.strong(but=shared):
        if name not in owners:
            continue
        if _may_be_shared(name, told, owners) and _is_another(story, known[owners[name]]):
            doubted.add(name)
        else:
            candidates.append(owners[name])
    alike = [at for at in candidates if fold(known[at].title) == fold(story.title)]
    return min(alike or candidates, default=None)


def _may_be_shared(name: str, told: ArticleAliases, owners: Mapping[str, int]) -> bool:
    """Tell whether the story has another strong name, one that is not known yet."""
    return any(other not in owners for other in told.strong() if other != name)


def _is_another(story: ParsedArticle, known: StoredIdentity) -> bool:
    """Tell whether both headline and moment say that this is another article."""
    if fold(story.title) == fold(known.title):
        return False
    if story.published is None or known.published is None:
        return (
            story.published is None
            and known.published is None
            and bool(story.summary and known.summary and fold(story.summary) != fold(known.summary))
        )
    return abs(story.published - known.published) >= SAME_TIME


def _kept_all_else(
    story: ParsedArticle, known: StoredIdentity, *, feed_id: int | None, moved: bool
) -> bool:
    """Tell whether a story with new names is known by headline and the moment of publication."""
    if known.feed_id is not None and known.feed_id != feed_id:
        return False
    if story.published is None or known.published is None:
        return moved and story.published is None and known.published is None
    return abs(story.published - known.published) < SAME_TIME


def _have_moved(
    stories: Sequence[ParsedArticle],
    ids: Sequence[int | None],
    weak: Sequence[int | None],
    known: Mapping[int, StoredIdentity],
) -> bool:
    """Tell whether a site without dates has given all its articles new names at once.

    One alone proves nothing: "Weather" comes anew every day.
    """
    unknown = sum(at is None for at in ids)
    same = sum(
        found is not None and fold(known[found].summary) == fold(story.summary)
        for story, found in zip(stories, weak, strict=True)
    )
    return same >= 2 and same * 2 >= unknown

"""Which of the stories that come at once are known, and by which names each may be looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.articles import queries
from service.articles.identity import (
    ArticleAliases,
    aliases_of,
    find_shared_aliases,
    first_occurrences,
)
from service.articles.match import (
    MIN_MOVED_ARTICLES,
    StoredIdentity,
    match_articles,
    match_moved_site,
)
from service.articles.parsed_article import ParsedArticle
from service.articles.tables import Article
from service.kit.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasedArticle:
    """A story and its names; `shared` are those that name other articles, too."""

    story: ParsedArticle
    names: ArticleAliases
    shared: set[str]

    @property
    def lookup(self) -> list[str]:
        """The names that nobody else has: headline and day if there is no better one."""
        return self.names.strong(but=self.shared) or [self.names.text]

    @property
    def aliases(self) -> list[str]:
        """All names by which the article may be looked up."""
        return [*self.names.strong(but=self.shared), *self.names.weak()]

    def find(self, owners: dict[str, int]) -> int | None:
        """Return the article that one of the names belongs to; the oldest if they differ."""
        return min((owners[alias] for alias in self.lookup if alias in owners), default=None)


def assign_aliases(
    session: Session, stories: Sequence[ParsedArticle], *, feed_id: int | None
) -> list[AliasedArticle]:
    """Name the stories, and leave out those that are there twice."""
    names = [aliases_of(story, feed_id=feed_id) for story in stories]
    shared = find_shared_aliases(stories, names)
    shared |= queries.shared_aliases(session, [name for each in names for name in each.strong()])
    first = first_occurrences(names, shared=shared)
    return [
        AliasedArticle(story=story, names=each, shared=shared.intersection(each.strong()))
        for story, each, is_first in zip(stories, names, first, strict=True)
        if is_first
    ]


def find_existing(
    session: Session, named: Sequence[AliasedArticle], *, feed_id: int | None
) -> list[int | None]:
    """Return the stored article of each story, None for a new one."""
    owners = queries.ids_by_alias(session, [alias for each in named for alias in each.aliases])
    stories = [each.story for each in named]
    found = match_articles(
        stories,
        [each.names for each in named],
        owners=owners,
        known=_known(queries.articles_by_ids(session, set(owners.values()))),
        shared={name for each in named for name in each.shared},
        feed_id=feed_id,
    )
    for each in named:
        each.shared.update(found.shared.intersection(each.names.strong()))
    lost = [story.title for story, at in zip(stories, found.ids, strict=True) if at is None]
    if feed_id is None or len(lost) < MIN_MOVED_ARTICLES:
        return found.ids
    namesakes = _known(queries.articles_with_titles(session, feed_id=feed_id, titles=lost))
    return match_moved_site(stories, found.ids, namesakes=namesakes)


def _known(articles: Sequence[Article]) -> dict[int, StoredIdentity]:
    return {
        article.id: StoredIdentity(
            title=article.title,
            summary=article.summary,
            published=article.published_at,
            feed_id=article.feed_id,
        )
        for article in articles
    }

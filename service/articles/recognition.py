"""Find which articles of a batch are stored already, and the aliases to look each one up by."""

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
    """A parsed article and its aliases; `shared` are those that other articles have, too."""

    parsed: ParsedArticle
    aliases_of_article: ArticleAliases
    shared: set[str]

    @property
    def unique_aliases(self) -> list[str]:
        """The aliases that no other article has: headline and day if there is no better one."""
        return self.aliases_of_article.strong(but=self.shared) or [
            self.aliases_of_article.title_day
        ]

    @property
    def aliases(self) -> list[str]:
        """All aliases by which the article may be looked up."""
        return [*self.aliases_of_article.strong(but=self.shared), *self.aliases_of_article.weak()]

    def find_owner(self, owners: dict[str, int]) -> int | None:
        """Return the id of the oldest article that has one of the unique aliases."""
        return min(
            (owners[alias] for alias in self.unique_aliases if alias in owners), default=None
        )


def assign_aliases(
    session: Session, articles: Sequence[ParsedArticle], *, feed_id: int | None
) -> list[AliasedArticle]:
    """Return the articles with their aliases, without those that occur twice."""
    aliases = [aliases_of(parsed, feed_id=feed_id) for parsed in articles]
    shared = find_shared_aliases(articles, aliases)
    shared |= queries.shared_aliases(
        session, [alias for each in aliases for alias in each.strong()]
    )
    first = first_occurrences(aliases, shared=shared)
    return [
        AliasedArticle(
            parsed=parsed, aliases_of_article=each, shared=shared.intersection(each.strong())
        )
        for parsed, each, is_first in zip(articles, aliases, first, strict=True)
        if is_first
    ]


def find_existing(
    session: Session, batch: Sequence[AliasedArticle], *, feed_id: int | None
) -> list[int | None]:
    """Return the id of the stored article of each one, None for a new one."""
    owners = queries.ids_by_alias(session, [alias for each in batch for alias in each.aliases])
    articles = [each.parsed for each in batch]
    found = match_articles(
        articles,
        [each.aliases_of_article for each in batch],
        owners=owners,
        known=_stored_identities(queries.articles_by_ids(session, set(owners.values()))),
        shared={alias for each in batch for alias in each.shared},
        feed_id=feed_id,
    )
    for each in batch:
        each.shared.update(found.shared.intersection(each.aliases_of_article.strong()))
    unknown_titles = [
        parsed.title for parsed, at in zip(articles, found.ids, strict=True) if at is None
    ]
    if feed_id is None or len(unknown_titles) < MIN_MOVED_ARTICLES:
        return found.ids
    namesakes = _stored_identities(
        queries.articles_with_titles(session, feed_id=feed_id, titles=unknown_titles)
    )
    return match_moved_site(articles, found.ids, namesakes=namesakes)


def _stored_identities(articles: Sequence[Article]) -> dict[int, StoredIdentity]:
    return {
        article.id: StoredIdentity(
            title=article.title,
            summary=article.summary,
            published=article.published_at,
            feed_id=article.feed_id,
        )
        for article in articles
    }

"""The SQL statements that find which articles an edition may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    all_,
    and_,
    false,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from service.articles.queries import is_publication_wide_in
from service.articles.tables import Article, ArticlePlacement, Feed
from service.editions.kind import GOES_TO_ALL
from service.editions.tables import Edition, EditionArticle


class CandidateRow(NamedTuple):
    """A candidate article, with what the newsletter's section rules match."""

    id: int
    section_key: str | None
    categories: Sequence[str]
    tags: Sequence[str]
    authors: Sequence[str]
    url: str | None
    published_at: datetime | None
    first_seen_at: datetime
    filing_key: str | None
    feed_id: int | None
    feed_section: str | None
    refiled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateWindow:
    """The half-open window of first-seen times, and which articles in it are no candidates.

    `carried` are those that the readers have had; `passed_over` those that an earlier selection had
    left out.
    """

    seen_from: datetime | None
    seen_to: datetime
    carried: ColumnElement[bool]
    passed_over: Sequence[int] = ()
    # Articles that editors have chosen are candidates whenever they were seen.
    pinned: Sequence[int] = ()
    # So are those that an earlier selection has left for this one.
    waiting: Sequence[int] = ()

    @property
    def also(self) -> list[int]:
        """The articles that are candidates whenever they were seen."""
        return [*self.pinned, *self.waiting]


def candidates(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    window: CandidateWindow,
    *,
    newsletter_id: int,
    language: str,
    horizon: timedelta,
    limit: int,
    after: CandidateRow | None = None,
) -> list[CandidateRow]:
    """Return news first seen in a window, placed in this newsletter or in all, not yet carried.

    An article older than the horizon when it was first seen is not news. Articles that are
    candidates whenever they were seen come first, then news, the latest seen first; with `after`,
    the news that follow that one.
    """
    position = tuple_(Article.first_seen_at, Article.id)
    is_next = (
        or_(Article.id.in_(window.also), _is_news(window, horizon=horizon))
        if after is None
        else and_(
            Article.id.not_in(window.also),
            _is_news(window, horizon=horizon),
            position < tuple_(literal(after.first_seen_at), literal(after.id)),
        )
    )
    filing = and_(
        ArticlePlacement.article_id == Article.id, ArticlePlacement.newsletter_id == newsletter_id
    )
    statement = (
        select(
            Article.id,
            Article.section_key,
            Article.categories,
            Article.tags,
            Article.authors,
            Article.url,
            Article.published_at,
            Article.first_seen_at,
            ArticlePlacement.section_key.label("filing_key"),
            ArticlePlacement.feed_id,
            Feed.section_key.label("feed_section"),
            ArticlePlacement.refiled,
        )
        .outerjoin(ArticlePlacement, filing)
        .outerjoin(Feed, Feed.id == ArticlePlacement.feed_id)
        .where(
            Article.withdrawn_at.is_(None),
            is_next,
            or_(
                ArticlePlacement.article_id.is_not(None),
                is_publication_wide_in(language),
                Article.id.in_(window.also),
            ),
            ~window.carried,
        )
        # Without the first key an index gives the rows in their order, page by page.
        .order_by(
            *([Article.id.in_(window.also).desc()] if window.also and after is None else []),
            Article.first_seen_at.desc(),
            Article.id.desc(),
        )
        .limit(limit)
    )
    return [CandidateRow._make(row) for row in session.execute(statement)]


def _is_news(window: CandidateWindow, *, horizon: timedelta) -> ColumnElement[bool]:
    return and_(
        Article.backlog.is_(False),
        or_(Article.dated_at.is_(None), Article.dated_at >= Article.first_seen_at - horizon),
        Article.first_seen_at < window.seen_to,
        true() if window.seen_from is None else Article.first_seen_at >= window.seen_from,
        # One parameter, however many there are.
        Article.id != all_(literal(list(window.passed_over), ARRAY(BigInteger))),
    )


def carried_in_series(newsletter_id: int, frequency: str, *, but: int) -> ColumnElement[bool]:
    """Return which articles were carried by another edition of a series than this one."""
    return (
        select(EditionArticle.article_id)
        .where(
            EditionArticle.newsletter_id == newsletter_id,
            EditionArticle.series == frequency,
            EditionArticle.edition_id != but,
            EditionArticle.article_id == Article.id,
        )
        .exists()
    )


def carried_in(edition_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return which articles were carried by one of these editions."""
    return (
        select(EditionArticle.article_id)
        .where(EditionArticle.edition_id.in_(edition_ids), EditionArticle.article_id == Article.id)
        .exists()
    )


def carried_by_then(newsletter_id: int, *, by: datetime) -> ColumnElement[bool]:
    """Return which articles were in an edition of any series whose window had ended by then."""
    return (
        select(EditionArticle.article_id)
        .join(Edition, Edition.id == EditionArticle.edition_id)
        .where(
            EditionArticle.newsletter_id == newsletter_id,
            EditionArticle.article_id == Article.id,
            Edition.frozen_at.is_not(None),
            Edition.window_to <= by,
        )
        .exists()
    )


def carried_to_all(newsletter_id: int) -> ColumnElement[bool]:
    """Return which articles were in an edition that went whole to every reader."""
    return (
        select(EditionArticle.article_id)
        .join(Edition, Edition.id == EditionArticle.edition_id)
        .where(
            EditionArticle.newsletter_id == newsletter_id,
            EditionArticle.article_id == Article.id,
            Edition.kind.in_(GOES_TO_ALL),
            Edition.frozen_at.is_not(None),
        )
        .exists()
    )


def is_one_of(article_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return which articles these are."""
    return Article.id.in_(article_ids)


def only(article_ids: Sequence[int], *, seen_to: datetime) -> CandidateWindow:
    """Return a window that has these articles and no others, whenever they were carried."""
    return CandidateWindow(seen_from=seen_to, seen_to=seen_to, carried=false(), pinned=article_ids)


def in_time(seen_from: datetime, seen_to: datetime) -> CandidateWindow:
    """Return a window that has all news of a time, also what was carried."""
    return CandidateWindow(seen_from=seen_from, seen_to=seen_to, carried=false())


def old_articles(
    session: Session, window: CandidateWindow, *, newsletter_id: int, horizon: timedelta
) -> list[datetime]:
    """Return when articles of a window were first seen that were too old then to be news."""
    return list(
        session.scalars(
            select(Article.first_seen_at)
            .join(ArticlePlacement, ArticlePlacement.article_id == Article.id)
            .where(
                ArticlePlacement.newsletter_id == newsletter_id,
                Article.withdrawn_at.is_(None),
                Article.first_seen_at >= window.seen_from,
                Article.first_seen_at < window.seen_to,
                or_(Article.backlog, Article.dated_at < Article.first_seen_at - horizon),
            )
        )
    )


def first_article_at(session: Session, *, newsletter_id: int, language: str) -> datetime | None:
    """Return when the first article was seen that a newsletter could take; None without any."""
    filed = select(ArticlePlacement.article_id).where(
        ArticlePlacement.article_id == Article.id, ArticlePlacement.newsletter_id == newsletter_id
    )
    return session.scalar(
        select(Article.first_seen_at)
        .where(or_(filed.exists(), is_publication_wide_in(language)))
        .order_by(Article.first_seen_at)
        .limit(1)
    )

"""What is in an edition and how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from service.articles.queries import is_publication_wide_in
from service.articles.tables import Article, ArticlePlacement
from service.editions.tables import Edition, EditionArticle
from service.newsletters.tables import Newsletter
from service.rendering.tables import Rendition

# An edition from before choices were counted at enrolment is counted now; no other one is.
_CHOICES = text("""
    SELECT CAST(each.key AS bigint) AS mask, CAST(each.value AS bigint) AS readers
    FROM edition CROSS JOIN LATERAL jsonb_each_text(edition.masks) AS each
    WHERE edition.id = :edition_id
    UNION ALL
    SELECT delivery.mask, count(*) FROM delivery
    WHERE delivery.edition_id = :edition_id
      AND (SELECT edition.masks = '{}' FROM edition WHERE edition.id = :edition_id)
    GROUP BY delivery.mask
    """)


def choices_of(session: Session, edition_id: int) -> dict[int, int]:
    """Count how many readers get which sections of an edition."""
    rows = session.execute(_CHOICES, {"edition_id": edition_id})
    return {row.mask: row.readers for row in rows}


def renditions_of(session: Session, edition_id: int) -> list[Rendition]:
    """List what is stored in one piece: the web version, and variants of older editions."""
    return list(session.scalars(select(Rendition).where(Rendition.edition_id == edition_id)))


def editions_of_article(session: Session, article_id: int) -> list[tuple[Edition, str]]:
    """List the editions that carry an article, with the newsletter's name."""
    rows = session.execute(
        select(Edition, Newsletter.name)
        .join(EditionArticle, EditionArticle.edition_id == Edition.id)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(EditionArticle.article_id == article_id)
        .order_by(Edition.id)
    )
    return [(edition, name) for edition, name in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleArticles:
    """A newsletter, and what it takes: articles of its sections, in its language."""

    newsletter_id: int
    section_keys: Sequence[str]
    language: str


def articles_page(
    session: Session,
    *,
    taker: EligibleArticles | None,
    words: str,
    before_id: int | None,
    limit: int,
) -> list[Article]:
    """List articles, newest first; with a taker, those that it could take."""
    statement = select(Article).order_by(Article.id.desc()).limit(limit)
    if taker is not None:
        came_by_feed = select(ArticlePlacement.article_id).where(
            ArticlePlacement.newsletter_id == taker.newsletter_id,
            ArticlePlacement.section_key.in_(taker.section_keys),
        )
        statement = statement.where(
            or_(
                is_publication_wide_in(taker.language)
                & Article.section_key.in_(taker.section_keys),
                Article.id.in_(came_by_feed),
            )
        )
    if words:
        statement = statement.where(Article.title.icontains(words, autoescape=True))
    if before_id is not None:
        statement = statement.where(Article.id < before_id)
    return list(session.scalars(statement))

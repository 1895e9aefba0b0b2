"""SQL about corrections: which revisions they are about, and which articles those changed."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.tables import Article
from service.editions.lifecycle import EditionState
from service.editions.tables import CorrectedRevision, Edition, RevisedArticle
from service.kit.db import typed_rows


def articles_changed_in(
    session: Session, edition_id: int, number: int
) -> Sequence[Row[RevisedArticle, Article]]:
    """Return the articles that a revision changed, with what they are now."""
    return session.execute(
        select(RevisedArticle, Article)
        .join(Article, Article.id == RevisedArticle.article_id)
        .where(RevisedArticle.edition_id == edition_id, RevisedArticle.number == number)
        .order_by(RevisedArticle.article_id)
    ).all()


class RevisionSections(NamedTuple):
    """A revision of an edition, and the bits of the sections of the articles that it changed."""

    edition_id: int
    number: int
    section_mask: int


_REVISIONS_OF = text("""
    SELECT revised.edition_id, revised.number,
           bit_or(1::bigint << CAST(placed.frozen->>'bit' AS int)) AS section_mask
    FROM revised_article AS revised
    JOIN edition ON edition.id = revised.edition_id AND edition.newsletter_id = :newsletter_id
    JOIN edition_article AS placed
      ON placed.edition_id = revised.edition_id AND placed.article_id = revised.article_id
    WHERE revised.article_id = ANY (CAST(:article_ids AS bigint[]))
    GROUP BY revised.edition_id, revised.number
    ORDER BY revised.edition_id, revised.number
    """)


def revisions_of_articles(
    session: Session, newsletter_id: int, article_ids: Collection[int]
) -> list[RevisionSections]:
    """Return every revision of a newsletter's editions that changed one of these articles."""
    values = {"newsletter_id": newsletter_id, "article_ids": list(article_ids)}
    return typed_rows(session.execute(_REVISIONS_OF, values), RevisionSections)


def put_corrected(
    session: Session, correction_id: int, revisions: Collection[RevisionSections]
) -> None:
    """Store which revisions a correction is about."""
    session.execute(
        insert(CorrectedRevision).values(
            [{"correction_id": correction_id, **each._asdict()} for each in revisions]
        )
    )


def corrected_by(session: Session, correction_id: int) -> list[tuple[Edition, int]]:
    """Return the editions that a correction is about, each with its latest revision of these."""
    latest = (
        select(CorrectedRevision.edition_id, func.max(CorrectedRevision.number).label("number"))
        .where(CorrectedRevision.correction_id == correction_id)
        .group_by(CorrectedRevision.edition_id)
        .subquery()
    )
    rows = session.execute(
        select(Edition, latest.c.number)
        .join(latest, latest.c.edition_id == Edition.id)
        .order_by(Edition.id)
    )
    return [(edition, int(number)) for edition, number in rows]


def corrections_of(session: Session, edition_id: int, number: int | None = None) -> list[Edition]:
    """Return the corrections of an edition, or of one of its revisions, oldest first."""
    about = select(CorrectedRevision.correction_id).where(
        CorrectedRevision.edition_id == edition_id
    )
    if number is not None:
        about = about.where(CorrectedRevision.number == number)
    return list(
        session.scalars(
            select(Edition)
            .where(Edition.id.in_(about), Edition.state != EditionState.CANCELLED)
            .order_by(Edition.id)
        )
    )

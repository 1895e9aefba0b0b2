"""SQL about what changed in an edition after its freeze."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.editions.tables import CuratedArticleRow, Edition, EditionArticle, EditionRevision

MAX_REVISIONS = 20
"""Revisions after which a corrected headline makes no further one; a withdrawal always does."""

HAS_WITHDRAWN = """
    EXISTS (SELECT FROM edition_article JOIN article ON article.id = edition_article.article_id
            WHERE edition_article.edition_id = edition.id
              AND edition_article.left_out_in IS NULL AND article.withdrawn_at IS NOT NULL)
    """
"""SQL condition on an edition: its latest revision still has an article that was withdrawn."""

_IS_WITHDRAWN = "article.withdrawn_at IS NOT NULL"
# What an operator wants to be revised does not wait. A headline that changes all the time must
# neither interrupt the send every time nor make a long list of revisions.
_IS_CORRECTED = """
    (article.withdrawn_at IS NULL AND (edition_article.revise_now OR (
         article.title <> coalesce(edition_article.frozen->>'publishers_title',
                                   edition_article.frozen->>'title')
         AND NOT EXISTS (SELECT FROM edition_revision
                         WHERE edition_revision.edition_id = edition_article.edition_id
                           AND ((edition_revision.corrected > 0
                                 AND edition_revision.made_at > :rested)
                                OR edition_revision.number >= :most)))))
    """
_TO_REVISE = text(f"""
    SELECT DISTINCT edition.id
    FROM article
    JOIN edition_article ON edition_article.article_id = article.id
    JOIN edition ON edition.id = edition_article.edition_id
    WHERE (article.withdrawn_at > :since OR article.revised_at > :since)
      AND edition_article.left_out_in IS NULL
      AND (edition.enrolled_at IS NOT NULL OR edition.finished_at IS NOT NULL)
      AND edition.frozen_at IS NOT NULL
      AND ({_IS_WITHDRAWN} OR {_IS_CORRECTED})
      AND NOT EXISTS (SELECT FROM building WHERE building.edition_id = edition.id
                                             AND building.leased_until > clock_timestamp())
    ORDER BY edition.id
    """)  # noqa: S608  only constants of this module are put in.


def editions_to_revise(session: Session, *, since: datetime, rested: datetime) -> list[int]:
    """Return frozen editions with an article that was withdrawn or got another headline.

    `since` limits how long ago the article was changed; `rested` is the latest time of a previous
    headline revision.
    """
    values = {"since": since, "rested": rested, "most": MAX_REVISIONS}
    return list(session.scalars(_TO_REVISE, values))


_CHANGED = text(f"""
    SELECT edition_article.article_id, {_IS_WITHDRAWN} AS withdrawn
    FROM edition_article JOIN article ON article.id = edition_article.article_id
    WHERE edition_article.edition_id = :edition_id AND edition_article.left_out_in IS NULL
      AND ({_IS_WITHDRAWN} OR {_IS_CORRECTED})
    """)  # noqa: S608  only constants of this module are put in.


def changed_articles(session: Session, edition_id: int, *, rested: datetime) -> dict[int, bool]:
    """Return the articles that were changed since the freeze; True means withdrawn."""
    values = {"edition_id": edition_id, "rested": rested, "most": MAX_REVISIONS}
    rows = session.execute(_CHANGED, values)
    return {row.article_id: row.withdrawn for row in rows}


def revisions_of(session: Session, edition_id: int) -> list[EditionRevision]:
    """Return an edition's revisions, oldest first."""
    return list(
        session.scalars(
            select(EditionRevision)
            .where(EditionRevision.edition_id == edition_id)
            .order_by(EditionRevision.number)
        )
    )


def editions_with_articles(session: Session, article_ids: Sequence[int]) -> list[int]:
    """Return the frozen editions that carry one of these articles."""
    return list(
        session.scalars(
            select(EditionArticle.edition_id)
            .join(Edition, Edition.id == EditionArticle.edition_id)
            .where(EditionArticle.article_id.in_(article_ids), Edition.frozen_at.is_not(None))
            .distinct()
        )
    )


def revise_now(session: Session, article_id: int, *, has_title: bool, has_summary: bool) -> None:
    """Have the next revision of each frozen edition take an article as it is now.

    What editors wrote for the message in place of its title or its summary goes.
    """
    frozen = select(Edition.id).where(Edition.frozen_at.is_not(None))
    session.execute(
        update(EditionArticle)
        .where(
            EditionArticle.article_id == article_id,
            EditionArticle.left_out_in.is_(None),
            EditionArticle.edition_id.in_(frozen),
        )
        .values(revise_now=True)
    )
    corrected = {"title": has_title, "summary": has_summary}
    session.execute(
        update(CuratedArticleRow)
        .where(CuratedArticleRow.article_id == article_id, CuratedArticleRow.edition_id.in_(frozen))
        .values({name: None for name, is_so in corrected.items() if is_so})
    )

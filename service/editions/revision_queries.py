"""SQL about who carries an edition on, and about what changed in one after its freeze."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.editions.tables import Edition, EditionArticle, EditionRevision

# Two statements: a lease that somebody's step has locked is passed over, not waited for, as even an
# insert that does nothing would do.
_MAKE_BUILDING = text("""
    INSERT INTO building (edition_id, fence)
    SELECT id, 0 FROM edition
    WHERE id = :edition_id
      AND NOT EXISTS (SELECT FROM building WHERE building.edition_id = edition.id)
    ON CONFLICT DO NOTHING
    """)
_CLAIM_BUILDING = text("""
    WITH free AS MATERIALIZED (
        SELECT edition_id, leased_until IS NOT NULL AS was_left FROM building
        WHERE edition_id = :edition_id
          AND (leased_until IS NULL OR leased_until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED
    )
    UPDATE building SET fence = fence + 1, leased_until = clock_timestamp() + :lease_for
    FROM free WHERE building.edition_id = free.edition_id
    RETURNING fence, was_left
    """)
_KEEP_BUILDING = text("""
    UPDATE building SET leased_until = clock_timestamp() + :lease_for
    WHERE edition_id = :edition_id AND fence = :fence AND leased_until IS NOT NULL
    RETURNING fence
    """)
_LET_GO_BUILDING = text("""
    UPDATE building SET leased_until = NULL WHERE edition_id = :edition_id AND fence = :fence
    """)


def claim_building(
    session: Session, edition_id: int, *, lease_for: timedelta
) -> tuple[int, bool] | None:
    """Lease the building of an edition unless somebody has it.

    Returns the fence, and whether the one before let its lease run out.
    """
    session.execute(_MAKE_BUILDING, {"edition_id": edition_id})
    values = {"edition_id": edition_id, "lease_for": lease_for}
    row = session.execute(_CLAIM_BUILDING, values).one_or_none()
    return None if row is None else (row.fence, row.was_left)


def keep_building(session: Session, edition_id: int, fence: int, *, lease_for: timedelta) -> bool:
    """Prolong a lease and lock it; False means that it is somebody else's."""
    values = {"edition_id": edition_id, "fence": fence, "lease_for": lease_for}
    return session.scalar(_KEEP_BUILDING, values) is not None


def let_go_building(session: Session, edition_id: int, fence: int) -> None:
    """End a lease that still holds."""
    session.execute(_LET_GO_BUILDING, {"edition_id": edition_id, "fence": fence})


MOST = 20
"""Revisions after which another headline makes no further one; a withdrawal always does."""

HAS_WITHDRAWN = """
    EXISTS (SELECT FROM edition_article JOIN article ON article.id = edition_article.article_id
            WHERE edition_article.edition_id = edition.id
              AND edition_article.left_out_in IS NULL AND article.withdrawn_at IS NOT NULL)
    """
"""A condition on an edition: an article was withdrawn that its latest revision still has."""

_IS_WITHDRAWN = "article.withdrawn_at IS NOT NULL"
# A headline that changes all the time does not stop a send every time, nor make a list of versions
# that nobody reads.
_IS_CORRECTED = """
    (article.withdrawn_at IS NULL AND article.title <> edition_article.frozen->>'title'
     AND NOT EXISTS (SELECT FROM edition_revision
                     WHERE edition_revision.edition_id = edition_article.edition_id
                       AND ((edition_revision.corrected > 0
                             AND edition_revision.made_at > :rested)
                            OR edition_revision.number >= :most)))
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


def to_revise(session: Session, *, since: datetime, rested: datetime) -> list[int]:
    """Frozen editions with an article that was withdrawn or got another headline since."""
    values = {"since": since, "rested": rested, "most": MOST}
    return list(session.scalars(_TO_REVISE, values))


_CHANGED = text(f"""
    SELECT edition_article.article_id, {_IS_WITHDRAWN} AS withdrawn
    FROM edition_article JOIN article ON article.id = edition_article.article_id
    WHERE edition_article.edition_id = :edition_id AND edition_article.left_out_in IS NULL
      AND ({_IS_WITHDRAWN} OR {_IS_CORRECTED})
    """)  # noqa: S608  only constants of this module are put in.


def changed_articles(session: Session, edition_id: int, *, rested: datetime) -> dict[int, bool]:
    """Articles that are not as an edition shows them; the value tells whether it was withdrawn."""
    values = {"edition_id": edition_id, "rested": rested, "most": MOST}
    rows = session.execute(_CHANGED, values)
    return {row.article_id: row.withdrawn for row in rows}


def revisions_of(session: Session, edition_id: int) -> list[EditionRevision]:
    """What was changed after an edition's freeze, the first change first."""
    return list(
        session.scalars(
            select(EditionRevision)
            .where(EditionRevision.edition_id == edition_id)
            .order_by(EditionRevision.number)
        )
    )


def tellable(session: Session, article_ids: Sequence[int]) -> list[int]:
    """Frozen editions that carry one of these articles."""
    return list(
        session.scalars(
            select(EditionArticle.edition_id)
            .join(Edition, Edition.id == EditionArticle.edition_id)
            .where(EditionArticle.article_id.in_(article_ids), Edition.frozen_at.is_not(None))
            .distinct()
        )
    )

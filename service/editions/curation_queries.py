"""The SQL statements on drafts, and on what editors change in an edition before its freeze."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.tables import Article
from service.editions.lifecycle import EditionState
from service.editions.series_queries import in_series
from service.editions.tables import CuratedArticleRow, Edition, EditionText
from service.newsletters.frequency import Frequency


def drafts(session: Session) -> list[Edition]:
    """Return the drafts of all newsletters."""
    return list(session.scalars(select(Edition).where(Edition.state == EditionState.DRAFT)))


def draft_of_series(
    session: Session, newsletter_id: int, frequency: Frequency, *, lock: bool = True
) -> Edition | None:
    """Return the draft of a series; None without one. A lock holds until the transaction ends."""
    statement = (
        select(Edition)
        .where(in_series(newsletter_id, frequency), Edition.state == EditionState.DRAFT)
        .order_by(Edition.id)
        .limit(1)
    )
    if lock:
        statement = statement.with_for_update()
    return session.scalar(statement.execution_options(populate_existing=True))


def due_manual_drafts(session: Session, *, now: datetime) -> list[Edition]:
    """Lock and return drafts that belong to no series, are not held, and whose time has come."""
    return list(
        session.scalars(
            select(Edition)
            .where(
                Edition.state == EditionState.DRAFT,
                Edition.frequency.is_(None),
                Edition.held_at.is_(None),
                Edition.window_to <= now,
            )
            .order_by(Edition.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def main_edition_id(session: Session, edition: Edition) -> int:
    """Return the series' own edition in a slot: its catch-up editions are curated as it is."""
    if edition.previous_edition_id is None or edition.frequency is None:
        return edition.id
    found = session.scalar(
        select(Edition.id).where(
            in_series(edition.newsletter_id, edition.frequency),
            Edition.slot_date == edition.slot_date,
            Edition.slot_time == edition.slot_time,
        )
    )
    return found or edition.id


def curated_articles(session: Session, edition_id: int) -> list[CuratedArticleRow]:
    """Return what editors have changed about articles of an edition."""
    return list(
        session.scalars(select(CuratedArticleRow).where(CuratedArticleRow.edition_id == edition_id))
    )


def put_curated(session: Session, edition_id: int, article_id: int, **values: object) -> None:
    """Store changes to one article, beside those that were made before."""
    statement = insert(CuratedArticleRow).values(
        edition_id=edition_id, article_id=article_id, **values
    )
    session.execute(
        statement.on_conflict_do_update(index_elements=["edition_id", "article_id"], set_=values)
    )


def remove_curated(session: Session, edition_id: int, article_id: int) -> None:
    """Forget all changes to one article."""
    session.execute(
        delete(CuratedArticleRow).where(
            CuratedArticleRow.edition_id == edition_id, CuratedArticleRow.article_id == article_id
        )
    )


def text_of(session: Session, edition_id: int) -> EditionText | None:
    """Return what editors have written for an edition."""
    return session.get(EditionText, edition_id, populate_existing=True)


def put_text(session: Session, edition_id: int, values: dict[str, str | None]) -> None:
    """Store what editors have written for an edition; fields that are not named stay."""
    statement = insert(EditionText).values(edition_id=edition_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["edition_id"], set_=values))


def articles_by_id(session: Session, article_ids: Collection[int]) -> dict[int, Article]:
    """Return some articles by their ids."""
    rows = session.scalars(select(Article).where(Article.id.in_(article_ids)))
    return {row.id: row for row in rows}

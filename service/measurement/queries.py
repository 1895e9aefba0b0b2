"""The SQL statements on counted links and visits."""

from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from service.measurement.tables import CountedLink, CountedVisit


def links_of(session: Session, edition_id: int) -> dict[str, int]:
    """Return the numbers of an edition's links by their addresses."""
    rows = session.execute(
        select(CountedLink.url, CountedLink.number).where(CountedLink.edition_id == edition_id)
    )
    return {row.url: row.number for row in rows}


def add_links(session: Session, edition_id: int, urls: Mapping[str, int]) -> None:
    """Store links under numbers that are free."""
    if urls:
        rows = [
            {"edition_id": edition_id, "number": number, "url": url} for url, number in urls.items()
        ]
        session.execute(insert(CountedLink), rows)


def url_of(session: Session, edition_id: int, number: int) -> str | None:
    """Return where a link leads; None if the edition has no such link."""
    return session.scalar(
        select(CountedLink.url).where(
            CountedLink.edition_id == edition_id, CountedLink.number == number
        )
    )


# A reader waits for the article behind it.
_IMPATIENT = text("SET LOCAL statement_timeout = '500ms'")
# One statement: a visit after the decision, or of the other measure, changes nothing.
_COUNT = text("""
    INSERT INTO counted_visit (edition_id, subject, visitor)
    SELECT edition_id, :subject, :visitor FROM subject_test
    WHERE edition_id = :edition_id AND state = 'running' AND measure = :measure
    ON CONFLICT DO NOTHING
    """)


def add_visit(
    session: Session, edition_id: int, *, subject: int, visitor: str, measure: str
) -> bool:
    """Count a visitor of an edition whose test is running; return False if nothing changed."""
    session.execute(_IMPATIENT)
    values = {
        "edition_id": edition_id,
        "subject": subject,
        "visitor": visitor,
        "measure": measure,
    }
    return bool(session.execute(_COUNT, values).rowcount)  # type: ignore[attr-defined]


def visits_by_subject(session: Session, edition_id: int) -> dict[int, int]:
    """Return how many visitors each subject has had."""
    rows = session.execute(
        select(CountedVisit.subject, func.count().label("visits"))
        .where(CountedVisit.edition_id == edition_id)
        .group_by(CountedVisit.subject)
    )
    return {row.subject: row.visits for row in rows}


# Of a test that was cancelled, once its figures are recorded; and what was counted in the moment of
# a decision.
_PURGE = text("""
    DELETE FROM counted_visit
    WHERE NOT EXISTS (SELECT FROM subject_test
                      WHERE subject_test.edition_id = counted_visit.edition_id
                        AND subject_test.begins_at IS NOT NULL
                        AND subject_test.first_events IS NULL)
    """)


def purge_visits(session: Session) -> None:
    """Remove the visits of editions whose test has its figures, or never began."""
    session.execute(_PURGE)


def remove_visits(session: Session, edition_id: int) -> None:
    """Remove the visits of an edition."""
    session.execute(delete(CountedVisit).where(CountedVisit.edition_id == edition_id))

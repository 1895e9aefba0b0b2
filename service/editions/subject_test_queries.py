"""The SQL statements on subject tests."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.editions.lifecycle import SubjectTestState
from service.editions.subject_test_rules import SECOND
from service.editions.tables import SubjectTest


def find_row(session: Session, edition_id: int, *, lock: bool = False) -> SubjectTest | None:
    """Return the subject test of an edition; `lock` keeps it from others and reads it anew."""
    return session.get(
        SubjectTest, edition_id, with_for_update=lock or None, populate_existing=lock
    )


def remove(session: Session, edition_id: int) -> None:
    """Remove a test that has not begun."""
    session.execute(
        delete(SubjectTest).where(
            SubjectTest.edition_id == edition_id, SubjectTest.state == SubjectTestState.PREPARED
        )
    )


def add_readers(session: Session, edition_id: int, *, first: int, second: int) -> tuple[int, int]:
    """Count readers who were enrolled for each subject; return how many there are so far."""
    row = session.execute(
        update(SubjectTest)
        .where(SubjectTest.edition_id == edition_id)
        .values(
            first_readers=SubjectTest.first_readers + first,
            second_readers=SubjectTest.second_readers + second,
        )
        .returning(SubjectTest.first_readers, SubjectTest.second_readers)
    ).one()
    return row.first_readers, row.second_readers


def second_won(session: Session, edition_id: int) -> bool:
    """Return whether the second subject of an edition has been decided for."""
    winner = session.scalar(select(SubjectTest.winner).where(SubjectTest.edition_id == edition_id))
    return winner == SECOND

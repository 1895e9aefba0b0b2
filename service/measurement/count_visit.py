"""Count who clicks in, or opens, messages of a subject test: once a day, and not by name.

A visitor is a keyed hash of the day, the network address, the browser, the edition and the subject.
It is kept until the test is decided; from then on only the numbers are.
"""

from dataclasses import dataclass
from datetime import date, datetime

from service.editions.subject_test_rules import FIRST, SECOND, Measure, SubjectFigures
from service.kit.db import Session
from service.kit.tokens import Keyring
from service.measurement import queries
from service.measurement.counting_token import CountingToken

_PURPOSE = "visitor"
_CODE_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request for a counted link or a pixel: from where, and by what program."""

    address: str
    user_agent: str


def count_visit(
    session: Session,
    token: CountingToken,
    visit: Visit,
    *,
    measure: Measure,
    keyring: Keyring,
    now: datetime,
) -> bool:
    """Count a visit while its edition's test runs; return False if it is none or was counted."""
    return queries.add_visit(
        session,
        token.edition_id,
        subject=token.subject,
        visitor=_visitor(token, visit, keyring=keyring, day=now.date()),
        measure=measure,
    )


def subject_figures(
    session: Session, edition_id: int, *, accepted: tuple[int, int]
) -> tuple[SubjectFigures, SubjectFigures]:
    """Return what is known of both subjects of a running test."""
    events = queries.visits_by_subject(session, edition_id)
    first, second = accepted
    return (
        SubjectFigures(first, events.get(FIRST, 0)),
        SubjectFigures(second, events.get(SECOND, 0)),
    )


def forget_visits(session: Session, edition_id: int) -> None:
    """Remove what identifies the visitors of an edition from each other."""
    queries.remove_visits(session, edition_id)


def purge_visits(session: Session) -> None:
    """Remove the visits of editions whose test does not run any more."""
    queries.purge_visits(session)


def _visitor(token: CountingToken, visit: Visit, *, keyring: Keyring, day: date) -> str:
    facts = (f"{day}", f"{token.edition_id}", f"{token.subject}", visit.address, visit.user_agent)
    return keyring.code(_PURPOSE, "\n".join(facts).encode("utf-8", "replace"))[:_CODE_LENGTH]

"""Count who clicks in, or opens, messages of a subject test: once, and not by name.

A network has a few places for each subject of an edition, and a visitor has one of them by a keyed
hash of the network address and the browser: whatever a stranger sends, they fill these places and
no more. A place is a keyed hash, kept until the test is decided; then only the numbers are.
"""

from dataclasses import dataclass

from service.audience.network import network_of
from service.editions.subject_test_rules import FIRST, SECOND, Measure, SubjectFigures
from service.kit.db import Session
from service.kit.tokens import Keyring
from service.measurement import queries
from service.measurement.counting_token import CountingToken

_PURPOSE = "visitor"
_CODE_LENGTH = 24
PLACES_PER_NETWORK = 5
"""Visitors of one network (/24 of IPv4, /48 of IPv6) that count for each subject of an edition."""


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
) -> bool:
    """Count a visit while its edition's test runs; return False if it is none or was counted."""
    return queries.add_visit(
        session,
        token.edition_id,
        subject=token.subject,
        visitor=_place(token, visit, keyring=keyring),
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
    """Remove the visits of editions whose test has ended, once its figures are recorded."""
    queries.purge_visits(session)


def _place(token: CountingToken, visit: Visit, *, keyring: Keyring) -> str:
    # No count is read and no row locked, so concurrent requests keep the limit too.
    # Two visitors of a network who have the same place count once, for both subjects alike.
    network = network_of(visit.address)
    place = int(_code(keyring, token, visit.address, visit.user_agent), 16) % PLACES_PER_NETWORK
    return _code(keyring, token, network, f"{place}")[:_CODE_LENGTH]


def _code(keyring: Keyring, token: CountingToken, *facts: str) -> str:
    text = "\n".join((f"{token.edition_id}", f"{token.subject}", *facts))
    return keyring.code(_PURPOSE, text.encode("utf-8", "replace"))

"""Whether mail may leave this database: a copy of it must not send the same mails once more.

The first daemon, or the first edition, writes down where the database lives, unless it has sent
before and does not know where. From then on nothing is handed to a relay anywhere else until an
operator says so: a forgotten step stops mail, and never doubles it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from service.delivery.guard import queries
from service.delivery.guard.queries import PendingEdition
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger

log = get_logger(__name__)


class SendingStatus(StrEnum):
    """Where the database finds itself.

    `nowhere`: no home is known; `held`: an operator has taken it away.
    """

    HERE = "here"
    ELSEWHERE = "elsewhere"
    HELD = "held"
    NOWHERE = "nowhere"


ADVICE = {
    SendingStatus.ELSEWHERE: (
        "This database is a copy, or was restored: no mail leaves it. Cancel the editions that "
        "readers have had, then run 'crieur db release'."
    ),
    SendingStatus.HELD: "This database is held: no mail leaves it until 'crieur db release'.",
    SendingStatus.NOWHERE: (
        "This database has sent mail before and does not know whether it is the only copy: "
        "no mail leaves it until 'crieur db release'."
    ),
}
"""What an operator should know and do, in a sentence, wherever mail may not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWork:
    """What would go out if mail may leave."""

    editions: list[PendingEdition]
    notices: int


def sending_status(session: Session) -> SendingStatus:
    """Return where the database finds itself; nothing is changed."""
    return SendingStatus(queries.sending_status(session))


def is_sending_allowed(session: Session) -> bool:
    """Tell whether nothing has to be decided: this is home, or nothing was ever sent from here."""
    place = sending_status(session)
    return place is SendingStatus.HERE or (
        place is SendingStatus.NOWHERE and not queries.has_sent(session)
    )


def require_sending_allowed(session: Session) -> None:
    """Let nobody wait for mail that may not leave.

    Raises:
        Conflict: this is a copy, was restored or is held; the sentence says what to do.
    """
    if not is_sending_allowed(session):
        raise Conflict(ADVICE[sending_status(session)])


def claim_if_new(session: Session, *, now: datetime) -> SendingStatus:
    """Make this the home of a database that has none and has sent nothing; return where it is."""
    place = sending_status(session)
    if place is not SendingStatus.NOWHERE:
        return place
    queries.claim_ownership_if_new(session, now=now)
    return sending_status(session)


def may_send(session: Session, *, now: datetime) -> bool:
    """Tell whether mail may leave; a database that has sent nothing yet makes its home here."""
    place = claim_if_new(session, now=now)
    if place is not SendingStatus.HERE:
        _tell(place)
    return place is SendingStatus.HERE


def enable_sending(session: Session, *, now: datetime) -> None:
    """Let mail leave from here; the caller has asked an operator."""
    queries.claim_ownership(session, now=now)
    log.info("database.released")


def disable_sending(session: Session, *, now: datetime) -> None:
    """Let no mail leave until `release`."""
    queries.revoke_ownership(session, now=now)
    log.info("database.held")


def pending_work(session: Session, *, now: datetime) -> PendingWork:
    """Return what a release would let go."""
    return PendingWork(
        editions=queries.pending_editions(session),
        notices=queries.count_pending_notices(session, now=now),
    )


@cache
def _tell(place: SendingStatus) -> None:
    """Once in a process is enough: every tick asks."""
    log.warning("database.moved", place=place.value, advice=ADVICE[place])

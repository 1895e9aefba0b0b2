"""Whether mail may leave this database: a copy of it must not send the same mails once more.

The first daemon, or the first edition, writes down where the database lives, unless it has sent
before and does not know where. From then on nothing is handed to a relay anywhere else until an
operator says so: a forgotten step stops mail, and never doubles it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from service.delivery.queries import home as queries
from service.delivery.queries.home import OpenEdition
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger

log = get_logger(__name__)


class Place(StrEnum):
    """Where the database finds itself.

    `nowhere`: no home is known; `held`: an operator has taken it away.
    """

    HERE = "here"
    ELSEWHERE = "elsewhere"
    HELD = "held"
    NOWHERE = "nowhere"


ADVICE = {
    Place.ELSEWHERE: (
        "This database is a copy, or was restored: no mail leaves it. Cancel the editions that "
        "readers have had, then run 'crieur db release'."
    ),
    Place.HELD: "This database is held: no mail leaves it until 'crieur db release'.",
    Place.NOWHERE: (
        "This database has sent mail before and does not know whether it is the only copy: "
        "no mail leaves it until 'crieur db release'."
    ),
}
"""What an operator should know and do, in a sentence, wherever mail may not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What would go out if mail may leave."""

    editions: list[OpenEdition]
    notices: int


def look(session: Session) -> Place:
    """Return where the database finds itself; nothing is changed."""
    return Place(queries.where(session))


def is_free(session: Session) -> bool:
    """Tell whether nothing has to be decided: this is home, or nothing was ever sent from here."""
    place = look(session)
    return place is Place.HERE or (place is Place.NOWHERE and not queries.has_sent(session))


def insist(session: Session) -> None:
    """Let nobody wait for mail that may not leave.

    Raises:
        Conflict: this is a copy, was restored or is held; the sentence says what to do.
    """
    if not is_free(session):
        raise Conflict(ADVICE[look(session)])


def settle(session: Session, *, now: datetime) -> Place:
    """Make this the home of a database that has none and has sent nothing; return where it is."""
    place = look(session)
    if place is not Place.NOWHERE:
        return place
    queries.settle(session, now=now)
    return look(session)


def may_send(session: Session, *, now: datetime) -> bool:
    """Tell whether mail may leave; a database that has sent nothing yet makes its home here."""
    place = settle(session, now=now)
    if place is not Place.HERE:
        _tell(place)
    return place is Place.HERE


def release(session: Session, *, now: datetime) -> None:
    """Let mail leave from here; the caller has asked an operator."""
    queries.move_in(session, now=now)
    log.info("database.released")


def hold(session: Session, *, now: datetime) -> None:
    """Let no mail leave until `release`."""
    queries.hold(session, now=now)
    log.info("database.held")


def waiting(session: Session, *, now: datetime) -> Waiting:
    """Return what a release would let go."""
    return Waiting(
        editions=queries.on_their_way(session), notices=queries.open_notices(session, now=now)
    )


@cache
def _tell(place: Place) -> None:
    """Once in a process is enough: every tick asks."""
    log.warning("database.moved", place=place.value, advice=ADVICE[place])

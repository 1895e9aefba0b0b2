"""The sending guard: a copy of the database must not send the same messages a second time.

The first daemon, or the first edition, claims the database as the one that sends, unless it has
sent before and its owner is unknown. From then on nothing is handed to a relay from any other
database until an operator enables sending there: a forgotten step stops messages, and
never doubles one.
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
    """Whether this database sends.

    `active`: it does. `copied`: another database is claimed, and this one is a copy of it or was
    restored. `on_hold`: an operator has disabled sending. `unclaimed`: none was ever claimed.
    """

    ACTIVE = "active"
    COPIED = "copied"
    ON_HOLD = "on_hold"
    UNCLAIMED = "unclaimed"


ADVICE = {
    SendingStatus.COPIED: (
        "This database is a copy, or was restored: no mail leaves it. Cancel the editions that "
        "readers have already received, then run 'crieur sending enable'."
    ),
    SendingStatus.ON_HOLD: (
        "Sending is disabled: no mail leaves this database until 'crieur sending enable'."
    ),
    SendingStatus.UNCLAIMED: (
        "This database has sent mail before and it is unknown whether it is the only copy: "
        "no mail leaves it until 'crieur sending enable'."
    ),
}
"""What an operator should know and do, in a sentence, for every status in which nothing is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWork:
    """What would be sent if sending were enabled: unfinished editions, and a number of notices."""

    editions: list[PendingEdition]
    notices: int


def sending_status(session: Session) -> SendingStatus:
    """Return whether this database sends; changes nothing."""
    return SendingStatus(queries.sending_status(session))


def is_sending_allowed(session: Session) -> bool:
    """Return whether no operator has to decide: it sends already, or never sent anything."""
    status = sending_status(session)
    return status is SendingStatus.ACTIVE or (
        status is SendingStatus.UNCLAIMED and not queries.has_sent(session)
    )


def require_sending_allowed(session: Session) -> None:
    """Refuse work that would wait for messages that cannot leave.

    Raises:
        Conflict: this database is a copy, was restored or is on hold; the message says what to do.
    """
    if not is_sending_allowed(session):
        raise Conflict(ADVICE[sending_status(session)])


def claim_if_new(session: Session, *, now: datetime) -> SendingStatus:
    """Claim this database if none is claimed and nothing was ever sent; return its status."""
    status = sending_status(session)
    if status is not SendingStatus.UNCLAIMED:
        return status
    queries.claim_ownership_if_new(session, now=now)
    return sending_status(session)


def may_send(session: Session, *, now: datetime) -> bool:
    """Return whether messages may leave this database, claiming it first if it is new."""
    status = claim_if_new(session, now=now)
    if status is not SendingStatus.ACTIVE:
        _warn_blocked(status)
    return status is SendingStatus.ACTIVE


def enable_sending(session: Session, *, now: datetime) -> None:
    """Claim this database for sending; an operator has confirmed that it is the only one."""
    queries.claim_ownership(session, now=now)
    log.info("sending.enabled")


def disable_sending(session: Session, *, now: datetime) -> None:
    """Let no message leave this database until `enable_sending`."""
    queries.revoke_ownership(session, now=now)
    log.info("sending.disabled")


def pending_work(session: Session, *, now: datetime) -> PendingWork:
    """Return what would be sent if sending were enabled."""
    return PendingWork(
        editions=queries.pending_editions(session),
        notices=queries.count_pending_notices(session, now=now),
    )


@cache
def _warn_blocked(status: SendingStatus) -> None:
    """Log once per process and status: every scheduler tick comes here."""
    log.warning("sending.blocked_copy", status=status.value, advice=ADVICE[status])

"""Calls other worker processes to an edition that is too large for one of them.

A doorbell reaches any one process. Each run that begins and leaves much to do rings once more; a
call that reaches a process which is at the edition already is passed on, a moment later and for as
long as there is much to do, so that every idle process is there within a second or two.
"""

from datetime import datetime, timedelta

from service.delivery.queries import batches
from service.jobs import SEND_EDITION
from service.kit import outbox
from service.kit.db import Session

LARGE = 4
"""Batches that are in nobody's hands: more than one process can do in half a second."""

PASS_ON_IN = timedelta(seconds=0.3)
"""How long a call rests that found nobody new: where there is only one process, it comes back."""


def call(
    session: Session, edition_id: int, *, now: datetime, wait: timedelta = timedelta(0)
) -> bool:
    """Ring for others if there is enough for them to do; tell whether there was."""
    if batches.count_free(session, edition_id=edition_id, now=now, most=LARGE) < LARGE:
        return False
    # One call is enough: each is passed on as long as there is much to do, so they would add up.
    outbox.put_once(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now, wait=wait)
    return True


def pass_on(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Ring again in a moment, if there is enough for others to do; tell whether there was."""
    return call(session, edition_id, now=now, wait=PASS_ON_IN)

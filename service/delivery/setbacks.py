"""An edition that fails again where it failed before is paused, with a note that says why.

Whatever makes work on an edition fail stays in PostgreSQL and is found by every sweep: without an
end to it one poisoned edition would keep the workers busy, and bury the log, for ever.
"""

import errno
import traceback
from datetime import datetime

from service.delivery.queries import progress
from service.editions import desk
from service.editions.lifecycle import FINAL, State
from service.editions.tables import Edition
from service.kit.broker import BrokerAway
from service.kit.db import Begin, DatabaseAway, Session
from service.kit.errors import CrieurError, NotFound, Unavailable
from service.kit.log import get_logger

log = get_logger(__name__)

MOST = 3
"""Failures in a row, without progress between them, after which nobody tries any more."""

_PASSING = (*DatabaseAway, *BrokerAway, Unavailable, ConnectionError, TimeoutError, MemoryError)
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EAGAIN})
_OURS = ("/service/", "/workers/")


def meet(begin: Begin, edition_id: int, error: Exception, *, now: datetime) -> None:
    """Count a failure, and pause the edition when it is one too many.

    A refusal on purpose would come again just so: it pauses at once, with its own sentence. Of
    anything else the note has the kind and the place in the code, never the words, which may hold
    an address or a secret.
    """
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    with begin() as session:
        try:
            edition = desk.get(session, edition_id, lock=True)
        except NotFound:
            return
        if edition.paused_at is not None or State(edition.state) in FINAL:
            return
        standing = _standing(session, edition)
        edition.setbacks = edition.setbacks + 1 if edition.setback_at == standing else 1
        edition.setback_at = standing
        why = describe(error)
        log.warning("edition.failed", edition=edition_id, why=why, in_a_row=edition.setbacks)
        if isinstance(error, CrieurError):
            _stop(session, edition_id, str(error), now=now)
        elif edition.setbacks >= MOST:
            note = (
                f"Paused by itself: it failed {MOST} times in a row ({why}); "
                "see the log, then resume or cancel it."
            )
            _stop(session, edition_id, note, now=now)


def passes_by_itself(error: Exception) -> bool:
    """Tell whether something outside is the reason, and trying again later is all there is to do.

    >>> passes_by_itself(ConnectionResetError()), passes_by_itself(KeyError())
    (True, False)
    """
    if isinstance(error, ExceptionGroup):
        return all(map(passes_by_itself, error.exceptions))
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, _PASSING)


def _standing(session: Session, edition: Edition) -> str:
    """Tell how far an edition has come: it is another text after any progress.

    To put readers off is none: each run may do so before it fails at the same place.
    """
    settled = progress.settled(session, edition.id)
    return f"{edition.state} {edition.enrolled_to} {settled}"


def _stop(session: Session, edition_id: int, note: str, *, now: datetime) -> None:
    log.warning("edition.stopped", edition=edition_id, reason=note)
    desk.pause(session, edition_id, now=now, note=note)


def describe(error: Exception) -> str:
    """Name the kind of an error and the last place of ours that it went through.

    Never its words, which may hold an address or a secret.
    """
    places = [
        f"{frame.filename[frame.filename.rindex(part) + 1 :]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        for part in _OURS
        if part in frame.filename and "site-packages" not in frame.filename
    ]
    kind = type(error).__name__
    return f"{kind} in {places[-1]}" if places else kind

"""An edition that fails again where it failed before is paused, with a note that says why.

Whatever makes work on an edition fail stays in PostgreSQL and is found by every sweep: without an
end to it one poisoned edition would keep the workers busy, and bury the log, for ever.
"""

import errno
import traceback
from datetime import datetime

from service.delivery.progress.queries import counters
from service.editions import control, transitions
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL, MAX_SETBACKS, EditionState
from service.editions.tables import Edition
from service.jobs.broker import BrokerUnavailable
from service.kit.db import Begin, DatabaseUnavailable, Session, is_transient_error
from service.kit.errors import CrieurError, NotFound, Unavailable
from service.kit.log import get_logger

log = get_logger(__name__)

MAX_FAILURES = MAX_SETBACKS

DIED = "its process was killed or stood still"

_PASSING = (*BrokerUnavailable, Unavailable, ConnectionError, TimeoutError)
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EAGAIN})
_OURS = ("/service/", "/workers/")


def record_failure(begin: Begin, edition_id: int, error: Exception, *, now: datetime) -> None:
    """Count a failure, and pause the edition when it is one too many.

    A refusal on purpose would come again just so: it pauses at once, with its own sentence. Of
    anything else the note has the kind and the place in the code, never the words, which may hold
    an address or a secret. One that has ended, or is paused, stays so, and is not tried again.
    """
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    sentence = str(error) if isinstance(error, CrieurError) else None
    with begin() as session:
        _count(session, edition_id, describe_error(error), sentence=sentence, now=now)


def record_builder_death(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Count that whoever carried an edition on died at it; tell whether nobody is to go on.

    What a process dies of, such as too little memory, raises nothing that anybody could count.
    """
    return _count(session, edition_id, DIED, sentence=None, now=now)


def _count(
    session: Session, edition_id: int, why: str, *, sentence: str | None, now: datetime
) -> bool:
    """Count a failure, one that says why in a sentence as the last; return whether it was that."""
    try:
        edition = get_edition(session, edition_id, lock=True)
    except NotFound:
        return False
    standing = _standing(session, edition)
    times = edition.setbacks + 1 if edition.setback_at == standing else 1
    log.warning("edition.failed", edition=edition_id, why=why, in_a_row=times)
    is_told = times > MAX_FAILURES
    edition.setbacks = MAX_FAILURES if sentence is not None else min(times, MAX_FAILURES)
    edition.setback_at = standing
    if edition.setbacks < MAX_FAILURES:
        return False
    if not is_told:
        _end(session, edition, sentence or why, is_known=sentence is not None, now=now)
    return True


def _end(session: Session, edition: Edition, why: str, *, is_known: bool, now: datetime) -> None:
    """Write the note, and pause an edition that nobody has stopped yet."""
    if edition.paused_at is not None or EditionState(edition.state) in FINAL:
        note = f"Work on it failed {MAX_FAILURES} times in a row ({why}); see the log."
        if edition.revision != edition.rendered_revision:
            note = (
                f"{transitions.WEB_VERSION_FAILED} ({why.rstrip('.')}): what was withdrawn "
                "or corrected since still stands there as it was."
            )
        edition.note = f"{edition.note} {note}" if edition.note else note
        return
    note = why
    if why == DIED:
        note = (
            f"Paused by itself: {MAX_FAILURES} times in a row the process that built it was killed "
            "or stood still; see the log and the machine's memory, then resume or cancel it."
        )
    elif not is_known:
        note = (
            f"Paused by itself: it failed {MAX_FAILURES} times in a row ({why}); "
            "see the log, then resume or cancel it."
        )
    log.warning("edition.stopped", edition=edition.id, reason=note)
    control.pause(session, edition.id, now=now, note=note)


def is_transient(error: Exception) -> bool:
    """Tell whether something outside is the reason, and trying again later is all there is to do.

    >>> passes_by_itself(ConnectionResetError()), passes_by_itself(KeyError())
    (True, False)
    """
    if isinstance(error, ExceptionGroup):
        return all(map(is_transient, error.exceptions))
    if isinstance(error, DatabaseUnavailable):
        return is_transient_error(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, _PASSING)


def _standing(session: Session, edition: Edition) -> str:
    """Tell how far an edition has come: it is another text after any progress.

    To put readers off is none: each run may do so before it fails at the same place.
    """
    settled = counters.count_settled(session, edition.id)
    return f"{edition.state} {edition.enrolled_to} {settled}"


def describe_error(error: Exception) -> str:
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

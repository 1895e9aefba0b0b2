"""Pauses an edition that keeps failing at the same point, with a note that says why.

An edition whose work fails stays in PostgreSQL and is found by every sweep: without a limit one
poisoned edition would keep the workers busy, and flood the log, for ever.
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
    """Count a failure, and pause the edition after `MAX_FAILURES` in a row.

    A `CrieurError` would only repeat itself: it pauses immediately, with its own sentence. For any
    other error the note has its type and its place in the code, never its message, which may
    contain an address or a secret. An edition that has ended or is paused is not retried.
    """
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    sentence = str(error) if isinstance(error, CrieurError) else None
    with begin() as session:
        _count(session, edition_id, describe_error(error), sentence=sentence, now=now)


def record_builder_death(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Count that a process crashed while it advanced an edition; return whether to stop trying.

    A crash, such as running out of memory, raises no exception that could be counted.
    """
    return _count(session, edition_id, DIED, sentence=None, now=now)


def _count(
    session: Session, edition_id: int, why: str, *, sentence: str | None, now: datetime
) -> bool:
    """Count a failure, with a sentence as the last one; return whether the limit is reached."""
    try:
        edition = get_edition(session, edition_id, lock=True)
    except NotFound:
        return False
    position = _position(session, edition)
    times = edition.setbacks + 1 if edition.setback_at == position else 1
    log.warning("edition.failed", edition=edition_id, why=why, in_a_row=times)
    was_stopped = times > MAX_FAILURES
    edition.setbacks = MAX_FAILURES if sentence is not None else min(times, MAX_FAILURES)
    edition.setback_at = position
    if edition.setbacks < MAX_FAILURES:
        return False
    if not was_stopped:
        _stop(session, edition, sentence or why, is_known=sentence is not None, now=now)
    return True


def _stop(session: Session, edition: Edition, why: str, *, is_known: bool, now: datetime) -> None:
    """Write the note, and pause an edition that is neither paused nor ended."""
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
    """Return whether the cause is outside and retrying later is all there is to do.

    >>> is_transient(ConnectionResetError()), is_transient(KeyError())
    (True, False)
    """
    if isinstance(error, ExceptionGroup):
        return all(map(is_transient, error.exceptions))
    if isinstance(error, DatabaseUnavailable):
        return is_transient_error(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, _PASSING)


def _position(session: Session, edition: Edition) -> str:
    """Return how far an edition has come, as a text that changes with any progress.

    Deferring readers is no progress: each run may do so before it fails at the same point.
    """
    settled = counters.count_settled(session, edition.id)
    return f"{edition.state} {edition.enrolled_to} {settled}"


def describe_error(error: Exception) -> str:
    """Return an error's type and the innermost line of our own code in its traceback.

    Never its message, which may contain an address or a secret.
    """
    places = [
        f"{frame.filename[frame.filename.rindex(part) + 1 :]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        for part in _OURS
        if part in frame.filename and "site-packages" not in frame.filename
    ]
    kind = type(error).__name__
    return f"{kind} in {places[-1]}" if places else kind

"""Pauses an edition that keeps failing at the same point, with a note that says why.

An edition whose work fails stays in PostgreSQL and is found by every sweep: without a limit one
poisoned edition would keep the workers busy, and flood the log, for ever.
"""

import errno
import traceback
from datetime import datetime

from service.delivery.progress.queries import counters
from service.editions import control, transitions
from service.editions.lifecycle import FINAL, MAX_SETBACKS
from service.editions.locking import lock_edition
from service.editions.tables import Edition
from service.jobs.broker import BrokerUnavailable
from service.kit.db import Begin, DatabaseUnavailable, Session, is_transient_error
from service.kit.errors import CrieurError, NotFound, Unavailable
from service.kit.log import get_logger
from service.kit.translatable import TranslatableMessage, translatable

log = get_logger(__name__)

MAX_FAILURES = MAX_SETBACKS

DIED = translatable("edition.failed.process_died")

_PASSING = (*BrokerUnavailable, Unavailable, ConnectionError, TimeoutError)
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EAGAIN})
_OURS = ("/service/", "/workers/")


def record_failure(begin: Begin, edition_id: int, error: Exception, *, now: datetime) -> None:
    """Count a failure, and pause the edition after `MAX_FAILURES` in a row.

    A `CrieurError` would only repeat itself: it pauses immediately, with its own message. For any
    other error the note has its type and its place in the code, never its message, which may
    contain an address or a secret. An edition that has ended or is paused is not retried.
    """
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    known = error.message if isinstance(error, CrieurError) else None
    with begin() as session:
        _count(session, edition_id, describe_error(error), known=known, now=now)


def record_builder_death(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Count that a process crashed while it advanced an edition; return whether to stop trying.

    A crash, such as running out of memory, raises no exception that could be counted.
    """
    return _count(session, edition_id, DIED, known=None, now=now)


def _count(
    session: Session,
    edition_id: int,
    why: str | TranslatableMessage,
    *,
    known: TranslatableMessage | None,
    now: datetime,
) -> bool:
    """Count a failure, a known one as the last; return whether the limit is reached."""
    try:
        edition = lock_edition(session, edition_id)
    except NotFound:
        return False
    position = _position(session, edition)
    times = edition.setbacks + 1 if edition.setback_at == position else 1
    log.warning("edition.failed", edition=edition_id, why=str(why), in_a_row=times)
    was_stopped = times > MAX_FAILURES
    setbacks = MAX_FAILURES if known is not None else min(times, MAX_FAILURES)
    transitions.record_setback(edition, setbacks=setbacks, position=position)
    if setbacks < MAX_FAILURES:
        return False
    if not was_stopped:
        _stop(session, edition, why, known=known, now=now)
    return True


def _stop(
    session: Session,
    edition: Edition,
    why: str | TranslatableMessage,
    *,
    known: TranslatableMessage | None,
    now: datetime,
) -> None:
    """Write the note, and pause an edition that is neither paused nor ended."""
    if edition.paused_at is not None or edition.state in FINAL:
        if edition.revision != edition.rendered_revision:
            failure = translatable("edition.failed.web_version", why=known or why)
        else:
            failure = translatable(
                "edition.failed.afterwards", count=MAX_FAILURES, why=known or why
            )
        transitions.add_note(edition, failure)
        return
    if known is not None:
        note = known
    elif why is DIED:
        note = translatable("edition.failed.process", count=MAX_FAILURES)
    else:
        note = translatable("edition.failed.repeatedly", count=MAX_FAILURES, why=why)
    log.warning("edition.stopped", edition=edition.id, reason=str(note))
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

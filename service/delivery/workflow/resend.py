"""Sends an edition again to readers whose delivery was refused through no fault of theirs.

A relay's quota, or a mistake in our setup, costs readers an edition. Once it is repaired, an
operator takes those refusals back. From then on these deliveries are like any other: each reader is
rechecked just before the message, so that one who has unsubscribed meanwhile gets nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from service.delivery.progress.queries import counters
from service.delivery.workflow.queries import editions
from service.delivery.workflow.queries import refusals as queries
from service.editions import control
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.editions.state_words import STATE_WORDS
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters.draft import check_validity
from service.replies.classification import Fault

log = get_logger(__name__)

RESENDABLE_FAULTS = (Fault.SENDER, Fault.RELAY, Fault.UNKNOWN)
"""Faults whose refusals may be taken back; an unknown mailbox stays unknown."""

_ONLY_THESE = translatable("edition.resend.faults")


def parse_fault(text: str) -> Fault:
    """Return the fault that an operator named: sender, relay or unknown; else raise Invalid."""
    if text in RESENDABLE_FAULTS:
        return Fault(text)
    raise Invalid(_ONLY_THESE)


def resend_refused(
    session: Session,
    edition_id: int,
    *,
    faults: Collection[Fault],
    now: datetime,
    valid_for: timedelta | None = None,
) -> int:
    """Reopen the deliveries of an edition that were refused by `faults`; return how many.

    `valid_for` extends from now on how long the edition is news, if that time is over. Readers who
    may have a copy already are left out. A finished edition returns to sending; a paused one stays
    paused. Changes nothing if there is no such delivery.

    Raises:
        Invalid: a refusal by the reader's fault cannot be sent again, or `valid_for` is none that a
            newsletter may have.
        NotFound: there is no such edition.
        Conflict: it was never sent or was cancelled, or it is too old and `valid_for` is None.
    """
    if not set(faults) <= set(RESENDABLE_FAULTS):
        raise Invalid(_ONLY_THESE)
    if valid_for is not None:
        check_validity(valid_for)
    # Lock the edition first, as everything does that changes one; and raise before any change,
    # because the caller may commit after an error.
    edition = lock_edition(session, edition_id)
    status = editions.edition_send_status(session, edition_id=edition_id)
    expires_at = status.expires_at if status else None
    if edition.state not in {EditionState.SENDING, EditionState.FINISHED} or expires_at is None:
        raise Conflict(
            translatable(
                "edition.conflict.not_resendable",
                edition=str(edition_id),
                state=STATE_WORDS[edition.state],
            )
        )
    if valid_for is not None:
        expires_at = max(expires_at, now + valid_for)
    if now >= expires_at:
        raise Conflict(
            translatable(
                "edition.conflict.too_old_to_resend",
                edition=str(edition_id),
                since=f"{expires_at:%Y-%m-%d %H:%M}",
            )
        )
    count = queries.reopen_refused(session, edition_id, faults=faults, now=now)
    if not count:
        return 0
    control.reopen(session, edition_id, now=now, expires_at=expires_at if valid_for else None)
    counters.add_counts(session, edition_id, {counters.REOPENED: count}, now=now)
    counters.notify_progress(session, edition_id)
    log.info("delivery.resent", edition=edition_id, readers=count)
    return count

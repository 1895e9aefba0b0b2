"""Sends an edition again to those who were refused by no fault of theirs.

A relay's quota, or a mistake in how we are set up, costs readers an edition. Once it is repaired,
an operator takes those refusals back. Everything else is as with any delivery: each reader is
looked at just before the mail, so that whoever has left meanwhile gets nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from service.delivery.progress.queries import counters
from service.delivery.workflow.queries import editions
from service.delivery.workflow.queries import refusals as queries
from service.editions import control
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid
from service.kit.log import get_logger
from service.replies.classification import Fault

log = get_logger(__name__)

RESENDABLE_FAULTS = (Fault.SENDER, Fault.RELAY, Fault.UNKNOWN)
"""Whose refusals may be taken back; a mailbox that is not there will not be there again."""


_WHOSE = "Only what was refused by one of these can be sent again: sender, relay, unknown."


def parse_fault(word: str) -> Fault:
    """Return the fault that an operator names; raise Invalid with the words that there are."""
    if word in RESENDABLE_FAULTS:
        return Fault(word)
    raise Invalid(_WHOSE)


def resend_refused(
    session: Session,
    edition_id: int,
    *,
    faults: Collection[Fault],
    now: datetime,
    valid_for: timedelta | None = None,
) -> int:
    """Let an edition be sent again to those who were refused by `faults`; return how many.

    `valid_for` says for how long from now on it is still news, where its time is over. Whoever may
    have a copy already is left out. A finished edition goes back to sending; a paused one stays
    paused. With nobody to send it to nothing changes.

    Raises:
        Invalid: what is a reader's fault cannot be sent again.
        NotFound: there is no such edition.
        Conflict: it was never sent or was cancelled, or it is too old and `valid_for` is None.
    """
    if not set(faults) <= set(RESENDABLE_FAULTS):
        raise Invalid(_WHOSE)
    # The edition first, as everybody does who changes one; and every reason not to before a change,
    # because a page that is told of one still commits.
    edition = get_edition(session, edition_id, lock=True)
    standing = editions.edition_send_status(session, edition_id=edition_id)
    expires_at = standing.expires_at if standing else None
    if edition.state not in {EditionState.SENDING, EditionState.FINISHED} or expires_at is None:
        raise Conflict(f"Edition {edition_id} is {edition.state}: it cannot be sent again.")
    if valid_for is not None:
        expires_at = max(expires_at, now + valid_for)
    if now >= expires_at:
        raise Conflict(
            f"Edition {edition_id} has been too old to be news since {expires_at:%Y-%m-%d %H:%M} "
            "UTC. If readers should have it all the same, say for how many hours from now."
        )
    count = queries.reopen_refused(session, edition_id, faults=faults, now=now)
    if not count:
        return 0
    control.reopen(session, edition_id, now=now, expires_at=expires_at if valid_for else None)
    counters.add_counts(session, edition_id, {counters.REOPENED: count}, now=now)
    counters.notify_progress(session, edition_id)
    log.info("delivery.resent", edition=edition_id, readers=count)
    return count

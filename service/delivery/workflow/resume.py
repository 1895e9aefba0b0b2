"""Resumes a paused edition, and refuses to let copies expire silently by that.

A pause keeps pending deliveries for as long as it lasts. But a delivery that is too old when its
turn comes is not sent: after a repair that took longer than the news is valid, resuming would
expire all the rest immediately.
"""

from datetime import datetime, timedelta

from service.delivery.workflow.queries import editions as queries
from service.delivery.workflow.quiet_hours import wait_for_end
from service.editions import control
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL
from service.editions.locking import lock_edition
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.translatable import translatable
from service.newsletters.draft import check_validity


class EditionTooOld(Conflict):
    """Readers still wait for an edition that is too old to be news.

    `late`: how many; None means all, before the audience is enrolled. `since`: when it expired.
    """

    def __init__(self, edition_id: int, *, late: int | None, since: datetime) -> None:
        """Build the operator's sentence from how many readers would get nothing."""
        self.late = late
        self.since = since
        loss = (
            translatable("edition.too_old.for_all")
            if late is None
            else translatable("edition.too_old.for_some", count=late)
        )
        super().__init__(
            translatable(
                "edition.too_old.sentence",
                edition=str(edition_id),
                since=f"{since:%Y-%m-%d %H:%M}",
                loss=loss,
            )
        )


def resume_edition(
    session: Session, edition_id: int, *, now: datetime, valid_for: timedelta | None = None
) -> None:
    """Resume a paused edition; `valid_for` extends from now on how long it is news.

    None keeps the edition's own expiry; zero lets deliveries that are too old expire.

    Raises:
        Invalid: `valid_for` is none that a newsletter may have, and is not zero.
        EditionTooOld: deliveries would expire, and `valid_for` is None.
        Conflict: it has ended, or is not paused.
        NotFound: there is no such edition.
    """
    ensure_still_news(session, edition_id, now=now, valid_for=valid_for)
    control.resume(session, edition_id, now=now)
    wait_for_end(session, edition_id, now=now)


def approve_edition(
    session: Session, edition_id: int, *, now: datetime, operator_id: int | None = None
) -> None:
    """Approve an edition on hold, or resume a paused one; `operator_id` None is a command.

    Raises:
        EditionTooOld: it is paused, and deliveries would expire.
        Conflict: it has ended, or is both on hold and paused.
        NotFound: there is no such edition.
    """
    ensure_still_news(session, edition_id, now=now)
    was_paused = get_edition(session, edition_id).paused_at is not None
    control.approve(session, edition_id, now=now, operator_id=operator_id)
    if was_paused:
        wait_for_end(session, edition_id, now=now)


def ensure_still_news(
    session: Session, edition_id: int, *, now: datetime, valid_for: timedelta | None = None
) -> None:
    """Extend how long a paused edition is news, or refuse to let its deliveries expire silently.

    Raises as `resume_edition`.
    """
    if valid_for:
        check_validity(valid_for)
    edition = lock_edition(session, edition_id)
    if valid_for is None:
        found = find_too_old(session, edition_id, now=now)
        if found is not None:
            raise found
    elif valid_for and edition.paused_at is not None:
        expires_at = _expires_at(session, edition_id)
        # Never shorten it. An edition without an expiry yet gets the newsletter's at its freeze.
        if expires_at is not None:
            control.extend_validity(edition, until=max(expires_at, now + valid_for))


def find_too_old(session: Session, edition_id: int, *, now: datetime) -> EditionTooOld | None:
    """Return the error that resuming a paused edition now would raise; None if nothing expires."""
    edition = get_edition(session, edition_id)
    expires_at = _expires_at(session, edition_id)
    is_over = edition.paused_at is None or edition.state in FINAL
    if is_over or expires_at is None or now < expires_at:
        return None
    late = None
    if edition.readers is not None:
        late = queries.count_too_old(session, edition_id, expires_at=expires_at, now=now)
    return None if late == 0 else EditionTooOld(edition_id, late=late, since=expires_at)


def _expires_at(session: Session, edition_id: int) -> datetime | None:
    status = queries.edition_send_status(session, edition_id=edition_id)
    return status.expires_at if status else None

"""Lets a paused edition go on, and lets nobody's copy expire by that without a word.

A pause keeps what is left, for as long as it lasts. But what is too old when its turn comes is not
sent: somebody who repairs a relay for longer than the news is valid, and then resumes, would see
the rest expire at once.
"""

from datetime import datetime, timedelta

from service.delivery.workflow.queries import editions as queries
from service.editions import control
from service.editions.find import Edition, get_edition
from service.editions.lifecycle import FINAL, EditionState
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid


class EditionTooOld(Conflict):
    """Readers still wait for an edition that is too old to be news."""

    def __init__(self, edition_id: int, *, late: int | None, since: datetime) -> None:
        """Take how many readers would get nothing; None means all, who are not counted yet."""
        self.late = late
        self.since = since
        readers = "readers" if late is None else "reader" if late == 1 else f"{late:,} readers"
        super().__init__(
            f"Edition {edition_id} has been too old to be news since {since:%Y-%m-%d %H:%M} UTC. "
            f"If it went on now, {'1 ' * (late == 1)}{readers} would get nothing. For how many "
            f"hours from now is it news all the same? 'crieur edition resume {edition_id} "
            "--valid-hours 6' sends it; with --valid-hours 0 what is left expires."
        )


def resume_edition(
    session: Session, edition_id: int, *, now: datetime, valid_for: timedelta | None = None
) -> Edition:
    """Let a paused edition go on; `valid_for` says for how long from now on it is still news.

    Without it an edition goes on until the newsletter's news is too old; with no time at all what
    is too old expires.

    Raises:
        Invalid: a time before now.
        TooLate: copies would expire by it, and `valid_for` is None.
        Conflict: it has ended, or is held and was not paused.
        NotFound: there is no such edition.
    """
    ensure_still_news(session, edition_id, now=now, valid_for=valid_for)
    return control.resume(session, edition_id, now=now)


def approve_edition(session: Session, edition_id: int, *, now: datetime) -> Edition:
    """Let a held or paused edition go on; raises as `resume`, without a time."""
    ensure_still_news(session, edition_id, now=now)
    return control.approve(session, edition_id, now=now)


def ensure_still_news(
    session: Session, edition_id: int, *, now: datetime, valid_for: timedelta | None = None
) -> None:
    """Make a paused edition news for longer, or refuse to let copies expire without a word."""
    if valid_for is not None and valid_for < timedelta(0):
        raise Invalid("--valid-hours counts from now on, so it is no less than 0.")
    edition = get_edition(session, edition_id, lock=True)
    if valid_for is None:
        found = find_too_old(session, edition_id, now=now)
        if found is not None:
            raise found
    elif valid_for and edition.paused_at is not None:
        expires_at = _expires_at(session, edition_id)
        # Never shorter. What has no end yet, because it is not chosen, gets the newsletter's.
        edition.expires_at = expires_at and max(expires_at, now + valid_for)


def find_too_old(session: Session, edition_id: int, *, now: datetime) -> EditionTooOld | None:
    """Return what a paused edition's going on now would cost; None if it costs nothing."""
    edition = get_edition(session, edition_id)
    expires_at = _expires_at(session, edition_id)
    is_over = edition.paused_at is None or EditionState(edition.state) in FINAL
    if is_over or expires_at is None or now < expires_at:
        return None
    late = None
    if edition.readers is not None:
        late = queries.count_too_old(session, edition_id, expires_at=expires_at, now=now)
    return None if late == 0 else EditionTooOld(edition_id, late=late, since=expires_at)


def _expires_at(session: Session, edition_id: int) -> datetime | None:
    standing = queries.edition_send_status(session, edition_id=edition_id)
    return standing.expires_at if standing else None

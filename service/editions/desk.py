"""Find editions, and what an operator may do to one: hold, approve, pause, resume, cancel."""

from collections.abc import Sequence
from datetime import datetime

from service.articles.tables import Article
from service.editions import queries
from service.editions.lifecycle import FINAL, State
from service.editions.queries import OPEN_STATES
from service.editions.tables import Edition as Edition  # noqa: PLC0414  Entry points name it from here.
from service.editions.tables import EditionArticle
from service.jobs import outbox
from service.jobs.catalogue import BUILD_EDITION, SEND_EDITION
from service.kit.db import Session
from service.kit.errors import Conflict, NotFound
from service.kit.log import get_logger
from service.newsletters.tables import Section

log = get_logger(__name__)

LEFT_BEHIND = "Its web version could not be made anew"


def get(session: Session, edition_id: int, *, lock: bool = False) -> Edition:
    """Return an edition; raise NotFound."""
    edition = queries.by_id(session, edition_id, lock=lock)
    if edition is None:
        raise NotFound(f"There is no edition {edition_id}: see 'crieur edition list'.")
    return edition


def get_by_key(session: Session, key: str) -> Edition:
    """Return the edition of a public address; raise NotFound."""
    edition = queries.by_key(session, key)
    if edition is None:
        raise NotFound("This edition does not exist.")
    return edition


def recent(
    session: Session,
    newsletter_id: int | None = None,
    *,
    states: Sequence[State] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Edition]:
    """Return editions, newest first; `before_id` continues a list."""
    return queries.recent(
        session, newsletter_id=newsletter_id, states=states, before_id=before_id, limit=limit
    )


def articles_of(session: Session, edition_id: int) -> list[tuple[EditionArticle, Article, Section]]:
    """Return an edition's articles with their sections, in the order of the page."""
    return [(row[0], row[1], row[2]) for row in queries.articles_of(session, edition_id)]


def under_construction(session: Session) -> list[int]:
    """Return the editions that a build step should carry on."""
    return queries.under_construction(session)


def start_sending(session: Session, edition_id: int, *, subject: str, now: datetime) -> bool:
    """A rendered edition starts to be sent; False means it was not rendered or is paused."""
    edition = get(session, edition_id, lock=True)
    if edition.state != State.RENDERED or edition.paused_at is not None:
        return False
    edition.state = State.SENDING
    edition.subject = subject
    outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
    queries.tell(session, edition_id)
    return True


def mark_rendered(
    session: Session, edition_id: int, *, revision: int, subject: str, now: datetime
) -> None:
    """All parts of an edition's revision are stored; a frozen edition is `rendered` by that.

    A later revision of one that is being sent goes on going out, and its subject may be another.
    """
    edition = get(session, edition_id, lock=True)
    was = edition.rendered_revision
    edition.rendered_revision = revision
    if was != revision:
        edition.setbacks = 0
        # A note that it could not be done is no longer true.
        edition.note = (edition.note or "").partition(LEFT_BEHIND)[0].strip() or None
    if edition.state == State.FROZEN:
        edition.state = State.RENDERED
    elif edition.subject is not None:
        edition.subject = subject
    if edition.state == State.SENDING and was != revision:
        outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition_id}, now=now)
    queries.tell(session, edition_id)


def mark_lost(session: Session, edition_id: int) -> None:
    """Let an edition count as not rendered; nothing of it is sent until it is again."""
    get(session, edition_id, lock=True).rendered_revision = 0


def hold(session: Session, edition_id: int, *, now: datetime) -> Edition:
    """Stop an edition after its selection, until it is approved."""
    edition = get(session, edition_id, lock=True)
    if edition.state not in {State.PLANNED, State.SELECTED}:
        raise Conflict(f"Edition {edition_id} is {edition.state}: pause it instead.")
    edition.held_at = edition.held_at or now
    queries.tell(session, edition_id)
    log.info("edition.held", edition=edition_id)
    return edition


def approve(session: Session, edition_id: int, *, now: datetime) -> Edition:
    """Let a held or paused edition go on; harmless when it is on its way already."""
    edition = get(session, edition_id, lock=True)
    _go_on(session, edition, now=now)
    edition.held_at = None
    return edition


def pause(session: Session, edition_id: int, *, now: datetime, note: str | None = None) -> Edition:
    """Stop taking deliveries; mails in flight are finished. `note` says why, in a sentence."""
    edition = get(session, edition_id, lock=True)
    if State(edition.state) in FINAL:
        raise Conflict(f"Edition {edition_id} is {edition.state}: it cannot be paused any more.")
    edition.paused_at = edition.paused_at or now
    edition.note = note or edition.note
    queries.tell(session, edition_id)
    log.info("edition.paused", edition=edition_id)
    return edition


def pause_itself(session: Session, edition_id: int, *, now: datetime, reason: str) -> None:
    """Pause because of how it goes, once until somebody lets it go on.

    Harmless when it is paused or has ended already: several workers may see the same.
    """
    edition = get(session, edition_id, lock=True)
    if edition.paused_at is None and State(edition.state) not in FINAL:
        edition.own_pauses += 1
        # Beside edition.paused, which says the same of an operator's pause: nobody chose this one.
        log.warning("edition.stopped", edition=edition_id, reason=reason)
        pause(session, edition_id, now=now, note=reason)


def resume(session: Session, edition_id: int, *, now: datetime) -> Edition:
    """Go on after a pause; one that is held still waits for its approval.

    Raises:
        Conflict: it has ended, or is held and was not paused.
    """
    edition = get(session, edition_id, lock=True)
    is_over = State(edition.state) in FINAL
    if edition.held_at is not None and edition.paused_at is None and not is_over:
        raise Conflict(f"Edition {edition_id} is held, not paused: approve it instead.")
    _go_on(session, edition, now=now)
    return edition


def reopen(
    session: Session, edition_id: int, *, now: datetime, expires_at: datetime | None = None
) -> Edition:
    """Let an edition that was sent be sent again to some; a paused one stays paused.

    `expires_at` says until when it is news, where that is later than the newsletter says.

    Raises:
        Conflict: it was never sent, or was cancelled.
    """
    edition = get(session, edition_id, lock=True)
    if edition.state not in {State.SENDING, State.FINISHED}:
        raise Conflict(f"Edition {edition_id} is {edition.state}: it cannot be sent again.")
    if edition.state == State.FINISHED:
        edition.state = State.SENDING
        edition.finished_at = edition.paused_at = edition.note = None
    # What went wrong before is known, and was repaired, or it would not be tried again.
    edition.resumed_at = now
    edition.setbacks = 0
    edition.expires_at = expires_at or edition.expires_at
    outbox.enqueue(session, SEND_EDITION.name, {"edition_id": edition.id}, now=now)
    queries.tell(session, edition.id)
    log.info("edition.reopened", edition=edition.id)
    return edition


def _go_on(session: Session, edition: Edition, *, now: datetime) -> None:
    if State(edition.state) in FINAL:
        raise Conflict(f"Edition {edition.id} is {edition.state}: there is nothing left to send.")
    if edition.paused_at is not None:
        edition.resumed_at = now
    edition.paused_at = None
    edition.note = None
    edition.setbacks = 0
    job = SEND_EDITION if edition.state == State.SENDING else BUILD_EDITION
    outbox.enqueue(session, job.name, {"edition_id": edition.id}, now=now)
    queries.tell(session, edition.id)
    log.info("edition.approved", edition=edition.id)


def cancel(session: Session, edition_id: int, *, now: datetime) -> Edition:
    """Stop an edition for good.

    Before the freeze its articles are free again for the next one; later they count as carried,
    because some readers may have them. Its open deliveries expire when they are next looked at.
    """
    edition = get(session, edition_id, lock=True)
    if edition.state not in OPEN_STATES:
        raise Conflict(f"Edition {edition_id} is {edition.state}: it cannot be cancelled any more.")
    if edition.state in {State.PLANNED, State.SELECTED}:
        queries.release_articles(session, edition_id)
    edition.state = State.CANCELLED
    edition.note = "Cancelled by an operator."
    edition.finished_at = now
    queries.tell(session, edition_id)
    log.info("edition.cancelled", edition=edition_id)
    return edition

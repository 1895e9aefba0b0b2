"""A publisher moves readers to a less frequent series, in steps, and each gets one notice.

Readers choose for themselves: a publisher's move only lowers their frequency, and its notice leads
to a page with one button that brings back what they had. Who has chosen since the move began is
left alone. A step is a transaction, so that a move continues after a crash where it was.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.audience.queries import frequency as readers_queries
from service.audience.queries.frequency import SeriesReaders
from service.delivery.enrolment import change_frequency
from service.delivery.enrolment.change_frequency import MOVED_PER_STEP
from service.delivery.tables import ReaderMove
from service.delivery.workflow.queries import reader_moves as queries
from service.delivery.workflow.queries.reader_moves import NoticeBatch
from service.jobs import outbox
from service.jobs.catalogue import MOVE_READERS
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, offered_frequencies

log = get_logger(__name__)

NOTICE_KIND = "moved"
NOTICE_INTERVAL = timedelta(milliseconds=100)
"""Ten notices a second: the scheduler finds twice as many, so that no confirmation waits."""

NOTICE_VALID_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProgress:
    """Where a move stands."""

    id: int
    moved_from: Frequency
    moved_to: Frequency
    # How many there were when it started, and how many have been moved.
    readers: int
    moved: int
    started_at: datetime
    finished_at: datetime | None


def possible_moves(newsletter: NewsletterDetails) -> list[tuple[Frequency, Frequency]]:
    """Return from where to where a publisher may move readers: to what is offered and rarer."""
    offered = offered_frequencies(newsletter)
    return [
        (frequency, rarer)
        for number, frequency in enumerate(offered)
        for rarer in offered[number + 1 :]
    ]


def count_movable(session: Session, newsletter_id: int, frequency: Frequency) -> int:
    """Return how many readers a move would affect."""
    return readers_queries.count_by_frequency(session, newsletter_id).get(frequency, 0)


def start_move(
    session: Session,
    newsletter_id: int,
    frequency: Frequency,
    to: Frequency,
    *,
    now: datetime,
) -> MoveProgress:
    """Store a move and enqueue its job.

    Raises:
        Invalid: the newsletter does not offer both, or `to` is not the rarer one.
        Conflict: a move of this newsletter is running.
    """
    newsletter = catalogue.get_by_id(session, newsletter_id)
    if (frequency, to) not in possible_moves(newsletter):
        raise Invalid(translatable("audience.move.only_rarer"))
    move_id = queries.add_move(
        session,
        newsletter_id=newsletter_id,
        moved_from=frequency,
        moved_to=to,
        readers=count_movable(session, newsletter_id, frequency),
        started_at=now,
        notices_until=now,
    )
    if move_id is None:
        raise Conflict(translatable("audience.move.running"))
    outbox.enqueue(session, MOVE_READERS.name, {"move_id": move_id}, now=now)
    return _progress(_locked(session, move_id))


def continue_move(
    session: Session, move_id: int, *, now: datetime, limit: int = MOVED_PER_STEP
) -> MoveProgress:
    """Move up to `limit` more readers and write their notices; finished when none is left.

    Raises:
        NotFound: there is no such move.
    """
    move = _locked(session, move_id)
    if move.finished_at is not None:
        return _progress(move)
    # Before any reader's row.
    readers_queries.lock_series(session, move.newsletter_id, exclusive=True)
    series = SeriesReaders(newsletter_id=move.newsletter_id, frequency=move.moved_from)
    chosen = readers_queries.lock_movable(
        session,
        series,
        since_before=move.started_at,
        after=move.last_subscriber_id,
        limit=limit,
    )
    if chosen:
        _move_step(session, move, chosen, now=now)
    else:
        move.finished_at = now
        log.info("audience.move_finished", newsletter=move.newsletter_id, readers=move.moved)
    return _progress(move)


def _move_step(session: Session, move: ReaderMove, chosen: list[int], *, now: datetime) -> None:
    readers = SeriesReaders(
        newsletter_id=move.newsletter_id, frequency=move.moved_from, subscriber_ids=chosen
    )
    moved = change_frequency.move_some(session, readers, move.moved_to, now=now, limit=len(chosen))
    first_at = max(now, move.notices_until)
    batch = NoticeBatch(
        kind=NOTICE_KIND,
        newsletter_id=move.newsletter_id,
        subscriber_ids=chosen,
        facts=json.dumps({"frequency": move.moved_to, "before": move.moved_from}),
        first_at=first_at,
        interval=NOTICE_INTERVAL,
        valid_for=NOTICE_VALID_FOR,
    )
    notices = queries.add_notices(session, batch, now=now)
    move.notices_until = first_at + notices * NOTICE_INTERVAL
    move.moved += moved
    move.last_subscriber_id = chosen[-1]
    log.info("audience.readers_moved", newsletter=move.newsletter_id, readers=moved)


def last_move(session: Session, newsletter_id: int) -> MoveProgress | None:
    """Return a newsletter's newest move, None without one."""
    found = queries.last_move(session, newsletter_id)
    return None if found is None else _progress(found)


def unfinished_moves(session: Session) -> list[int]:
    """Return the moves that a worker should continue."""
    return queries.unfinished_moves(session)


def _locked(session: Session, move_id: int) -> ReaderMove:
    move = queries.lock_move(session, move_id)
    if move is None:
        raise NotFound("There is no such move of readers.")
    return move


def _progress(move: ReaderMove) -> MoveProgress:
    return MoveProgress(
        id=move.id,
        moved_from=move.moved_from,
        moved_to=move.moved_to,
        readers=move.readers,
        moved=move.moved,
        started_at=move.started_at,
        finished_at=move.finished_at,
    )

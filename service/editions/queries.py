"""Every SQL statement about editions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Row,
    Text,
    Time,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from service.articles.tables import Article
from service.editions.kind import EditionKind
from service.editions.lifecycle import MAX_SETBACKS, EditionState
from service.editions.series_queries import in_series
from service.editions.tables import Edition, EditionArticle, EditionBuildLease, EditionRevision
from service.kit.notify import notify
from service.newsletters.frequency import Frequency
from service.newsletters.tables import Newsletter, Section

GIVEN_UP_STATES = (EditionState.CANCELLED, EditionState.LAPSED)
"""States that release an edition's articles and window, if it was not frozen."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

PROGRESS_CHANNEL = "crieur_progress"
"""The NOTIFY channel that carries the id of an edition whose progress has changed."""


def by_id(session: Session, edition_id: int, *, lock: bool = False) -> Edition | None:
    """Return an edition; `lock` makes competing steps wait for each other."""
    statement = select(Edition).where(Edition.id == edition_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def by_key(session: Session, key: str) -> Edition | None:
    """Return the edition of a public key."""
    return session.scalar(select(Edition).where(Edition.key == key))


def kind_of(session: Session, edition_id: int) -> EditionKind | None:
    """Return what an edition is; None if there is no such edition."""
    return session.scalar(select(Edition.kind).where(Edition.id == edition_id))


def recent(
    session: Session,
    *,
    newsletter_id: int | None,
    states: Sequence[EditionState] | None,
    before_id: int | None,
    limit: int,
    with_catch_ups: bool = True,
) -> list[Edition]:
    """Return editions, newest first, of one newsletter or all, drafts only if asked for.

    Pages go by id.
    """
    statement = select(Edition).order_by(Edition.id.desc()).limit(limit)
    if states is None:
        statement = statement.where(Edition.state != EditionState.DRAFT)
    if newsletter_id is not None:
        statement = statement.where(Edition.newsletter_id == newsletter_id)
    if states is not None:
        statement = statement.where(Edition.state.in_(states))
    if before_id is not None:
        statement = statement.where(Edition.id < before_id)
    if not with_catch_ups:
        statement = statement.where(Edition.previous_edition_id.is_(None))
    return list(session.scalars(statement))


def add(session: Session, **values: object) -> int | None:
    """Insert an edition for a slot and return its id; None if the slot has one already."""
    return session.scalar(
        insert(Edition).values(**values).on_conflict_do_nothing().returning(Edition.id)
    )


def taken_slots(
    session: Session, slots: Sequence[tuple[int, str, date, time]]
) -> set[tuple[int, str, date, time]]:
    """Return which of these (newsletter, frequency, date, time) have an edition, no draft."""
    columns = (Edition.newsletter_id, Edition.frequency, Edition.slot_date, Edition.slot_time)
    # As arrays: a month may have 15,000 slots, and so long a list of rows is refused.
    kinds: Sequence[type[TypeEngine[Any]]] = (BigInteger, Text, Date, Time)
    arrays = [
        cast([slot[number] for slot in slots], ARRAY(kind)) for number, kind in enumerate(kinds)
    ]
    wanted = func.unnest(*arrays).table_valued(*(each.name for each in columns)).render_derived()
    rows = session.execute(
        select(*columns).where(
            tuple_(*columns).in_(select(*wanted.c)), Edition.state != EditionState.DRAFT
        )
    )
    return {(row.newsletter_id, row.frequency, row.slot_date, row.slot_time) for row in rows}


def last_window_end(session: Session, newsletter_id: int, frequency: Frequency) -> datetime | None:
    """Return where the next window of a series starts; None before its first edition.

    The window of an edition that was given up before its freeze goes to the next one, even if
    others were planned and skipped while it waited.
    """
    kept = Edition.state.not_in((*GIVEN_UP_STATES, EditionState.DRAFT))
    last_frozen = func.coalesce(func.max(Edition.frozen_at), _LONG_AGO)
    ours = in_series(newsletter_id, frequency)
    given_up = (
        select(func.min(Edition.window_from))
        .where(
            ours,
            Edition.state.in_(GIVEN_UP_STATES),
            Edition.frozen_at.is_(None),
            Edition.finished_at > select(last_frozen).where(ours).scalar_subquery(),
        )
        .scalar_subquery()
    )
    last = select(func.max(Edition.window_to)).where(ours, kept).scalar_subquery()
    return session.scalar(select(func.least(last, given_up)))


def awaiting_operator(session: Session) -> Sequence[Row[Edition, Newsletter]]:
    """Lock and return the editions that wait for an operator before their freeze."""
    return session.execute(
        select(Edition, Newsletter)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(
            Edition.state.in_([EditionState.PLANNED, EditionState.SELECTED]),
            Edition.finished_at.is_(None),
            or_(Edition.held_at.is_not(None), Edition.paused_at.is_not(None)),
        )
        .order_by(Edition.id)
        .with_for_update(of=Edition, skip_locked=True)
    ).all()


def insert_articles(session: Session, rows: Sequence[dict[str, object]]) -> list[int]:
    """Place articles in an edition; return the ids that no other edition has taken meanwhile."""
    if not rows:
        return []
    return list(
        session.scalars(
            insert(EditionArticle)
            .values(list(rows))
            .on_conflict_do_nothing()
            .returning(EditionArticle.article_id)
        )
    )


def save_audience(
    session: Session,
    edition_id: int,
    *,
    enrolled_to: int,
    waves: Mapping[str, int],
    masks: Mapping[str, int],
    complete_at: datetime | None,
) -> None:
    """Save how far an edition's audience is enrolled, counted by wave and by choice of sections.

    `complete_at` is set with the last reader; the edition then knows how many readers it has.
    """
    session.execute(
        update(Edition)
        .where(Edition.id == edition_id)
        .values(
            enrolled_to=enrolled_to,
            waves=dict(waves),
            masks=dict(masks),
            readers=None if complete_at is None else sum(waves.values()),
            enrolled_at=complete_at,
        )
    )


def release_articles(session: Session, edition_id: int) -> None:
    """Release an edition's articles for other editions of the newsletter."""
    session.execute(delete(EditionArticle).where(EditionArticle.edition_id == edition_id))


def articles_of(
    session: Session, edition_id: int
) -> Sequence[Row[EditionArticle, Article, Section]]:
    """Return an edition's articles with their sections, in the order of the page."""
    return session.execute(
        select(EditionArticle, Article, Section)
        .join(Article, Article.id == EditionArticle.article_id)
        .join(Section, Section.id == EditionArticle.section_id)
        .where(EditionArticle.edition_id == edition_id)
        .order_by(Section.position, Section.id, EditionArticle.position)
    ).all()


def remove_withdrawn(session: Session, edition_id: int) -> list[int]:
    """Remove articles that were withdrawn between selection and freeze; return their ids."""
    gone = select(Article.id).where(Article.withdrawn_at.is_not(None))
    return list(
        session.scalars(
            delete(EditionArticle)
            .where(EditionArticle.edition_id == edition_id, EditionArticle.article_id.in_(gone))
            .returning(EditionArticle.article_id)
        )
    )


def under_construction(session: Session) -> list[int]:
    """Return the editions that have a build step to run and that no process is building.

    These are open editions, neither held nor paused, that are not sending yet or are sending an old
    revision. Paused and ended editions count while their web version shows an old revision, unless
    rendering it has failed too often.
    """
    is_leased = exists().where(
        EditionBuildLease.edition_id == Edition.id,
        EditionBuildLease.leased_until > func.clock_timestamp(),
    )
    return list(
        session.scalars(
            select(Edition.id)
            .where(
                or_(
                    Edition.state.in_(
                        [
                            EditionState.PLANNED,
                            EditionState.SELECTED,
                            EditionState.FROZEN,
                            EditionState.RENDERED,
                        ]
                    ),
                    and_(
                        Edition.state == EditionState.SENDING,
                        Edition.revision != Edition.rendered_revision,
                    ),
                ),
                Edition.finished_at.is_(None),
                Edition.paused_at.is_(None),
                or_(Edition.held_at.is_(None), Edition.state != EditionState.SELECTED),
                ~is_leased,
            )
            .union(select(Edition.id).where(*_SHOWS_OLD_REVISION, ~is_leased))
            .order_by("id")
        )
    )


# Few editions have a revision, and nearly all of those were rendered with it.
_SHOWS_OLD_REVISION = (
    Edition.id.in_(select(EditionRevision.edition_id)),
    Edition.state.in_([EditionState.SENDING, EditionState.FINISHED, EditionState.CANCELLED]),
    or_(Edition.finished_at.is_not(None), Edition.paused_at.is_not(None)),
    Edition.revision != Edition.rendered_revision,
    Edition.setbacks < MAX_SETBACKS,
)


def notify_progress(session: Session, edition_id: int) -> None:
    """Notify listeners, once this transaction commits, that an edition's progress has changed."""
    notify(session, PROGRESS_CHANNEL, str(edition_id))

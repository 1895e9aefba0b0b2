"""Every SQL statement about editions."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.queries import is_publication_wide_in
from service.articles.tables import Article, ArticlePlacement, Feed
from service.editions.lifecycle import FINAL, MAX_SETBACKS, EditionState
from service.editions.tables import Edition, EditionArticle, EditionBuildLease, EditionRevision
from service.kit.notify import notify
from service.newsletters.tables import Newsletter, Section

GIVEN_UP_STATES = (EditionState.CANCELLED, EditionState.LAPSED)
"""States whose articles are free for the next edition, if they came before the freeze."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

PROGRESS_CHANNEL = "crieur_progress"
"""Where a listener hears the id of an edition that has got further, or stopped (LISTEN/NOTIFY)."""


def by_id(session: Session, edition_id: int, *, lock: bool = False) -> Edition | None:
    """One edition; locked so that competing steps wait for each other."""
    statement = select(Edition).where(Edition.id == edition_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def by_key(session: Session, key: str) -> Edition | None:
    """The edition of a public key."""
    return session.scalar(select(Edition).where(Edition.key == key))


def recent(
    session: Session,
    *,
    newsletter_id: int | None,
    states: Sequence[EditionState] | None,
    before_id: int | None,
    limit: int,
) -> list[Edition]:
    """Editions, newest first, of one newsletter or all, walked by id."""
    statement = select(Edition).order_by(Edition.id.desc()).limit(limit)
    if newsletter_id is not None:
        statement = statement.where(Edition.newsletter_id == newsletter_id)
    if states is not None:
        statement = statement.where(Edition.state.in_(states))
    if before_id is not None:
        statement = statement.where(Edition.id < before_id)
    return list(session.scalars(statement))


def add(session: Session, **values: object) -> int | None:
    """Insert an edition for a slot; None when the slot has one already."""
    return session.scalar(
        insert(Edition)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["newsletter_id", "slot_date", "slot_time"])
        .returning(Edition.id)
    )


def taken_slots(
    session: Session, slots: Sequence[tuple[int, date, time]]
) -> set[tuple[int, date, time]]:
    """Which of these (newsletter, date, time) have an edition."""
    columns = (Edition.newsletter_id, Edition.slot_date, Edition.slot_time)
    rows = session.execute(select(*columns).where(tuple_(*columns).in_(slots)))
    return {(row.newsletter_id, row.slot_date, row.slot_time) for row in rows}


def last_window_end(session: Session, newsletter_id: int) -> datetime | None:
    """Where the next window starts.

    The window of an edition that was given up before its freeze goes to the next one, also when
    others were planned, and skipped, while it still waited.
    """
    kept = Edition.state.not_in(GIVEN_UP_STATES)
    last_frozen = func.coalesce(func.max(Edition.frozen_at), _LONG_AGO)
    ours = Edition.newsletter_id == newsletter_id
    given_up = (
        select(func.min(Edition.window_from))
        .where(
            ours,
            ~kept,
            Edition.frozen_at.is_(None),
            Edition.finished_at > select(last_frozen).where(ours).scalar_subquery(),
        )
        .scalar_subquery()
    )
    last = select(func.max(Edition.window_to)).where(ours, kept).scalar_subquery()
    return session.scalar(select(func.least(last, given_up)))


def awaiting_operator(session: Session) -> Sequence[Row[Edition, Newsletter]]:
    """Editions before their freeze that go on only when an operator says so; each is locked."""
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


def candidates(
    session: Session,
    *,
    newsletter_id: int,
    language: str,
    horizon: timedelta,
    seen: tuple[datetime | None, datetime],
    limit: int,
) -> Sequence[Any]:
    """News seen in a window that this newsletter has not carried, filed for it or for all.

    What was older than the horizon when it was first seen is no news. The columns are what the
    newsletter's rules file an article by.
    """
    filing = and_(
        ArticlePlacement.article_id == Article.id, ArticlePlacement.newsletter_id == newsletter_id
    )
    carried = (
        select(EditionArticle.article_id)
        .where(
            EditionArticle.newsletter_id == newsletter_id,
            EditionArticle.article_id == Article.id,
        )
        .exists()
    )
    statement = (
        select(
            Article.id,
            Article.section_key,
            Article.categories,
            Article.tags,
            Article.authors,
            Article.url,
            Article.published_at,
            Article.first_seen_at,
            ArticlePlacement.section_key.label("filing_key"),
            ArticlePlacement.feed_id,
            Feed.section_key.label("feed_section"),
        )
        .outerjoin(ArticlePlacement, filing)
        .outerjoin(Feed, Feed.id == ArticlePlacement.feed_id)
        .where(
            Article.withdrawn_at.is_(None),
            Article.backlog.is_(False),
            or_(Article.dated_at.is_(None), Article.dated_at >= Article.first_seen_at - horizon),
            Article.first_seen_at < seen[1],
            or_(ArticlePlacement.article_id.is_not(None), is_publication_wide_in(language)),
            ~carried,
        )
        .order_by(Article.first_seen_at.desc(), Article.id.desc())
        .limit(limit)
    )
    if seen[0] is not None:
        statement = statement.where(Article.first_seen_at >= seen[0])
    return session.execute(statement).all()


def insert_articles(session: Session, rows: Sequence[dict[str, object]]) -> list[int]:
    """Place articles in an edition; those that another edition just took are left out."""
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


def release_articles(session: Session, edition_id: int) -> None:
    """Let other editions of the newsletter take this one's articles."""
    session.execute(delete(EditionArticle).where(EditionArticle.edition_id == edition_id))


def articles_of(
    session: Session, edition_id: int
) -> Sequence[Row[EditionArticle, Article, Section]]:
    """An edition's articles with their sections, in the order of the page."""
    return session.execute(
        select(EditionArticle, Article, Section)
        .join(Article, Article.id == EditionArticle.article_id)
        .join(Section, Section.id == EditionArticle.section_id)
        .where(EditionArticle.edition_id == edition_id)
        .order_by(Section.position, Section.id, EditionArticle.position)
    ).all()


def remove_withdrawn(session: Session, edition_id: int) -> list[int]:
    """Take out what the publisher withdrew between selection and freeze."""
    gone = select(Article.id).where(Article.withdrawn_at.is_not(None))
    return list(
        session.scalars(
            delete(EditionArticle)
            .where(EditionArticle.edition_id == edition_id, EditionArticle.article_id.in_(gone))
            .returning(EditionArticle.article_id)
        )
    )


def under_construction(session: Session) -> list[int]:
    """Editions that a build step should carry on, and that nobody carries on at this moment.

    They are open, neither held nor paused, and not yet sending, or sending an old revision; or they
    are paused or have ended with a web version of an old one, unless it cannot be made anew.
    """
    is_built = exists().where(
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
                ~is_built,
            )
            .union(select(Edition.id).where(*_SHOWS_WHAT_WAS, ~is_built))
            .order_by("id")
        )
    )


# Few have a revision; of those that stand still nearly all were rendered with it.
_SHOWS_WHAT_WAS = (
    Edition.id.in_(select(EditionRevision.edition_id)),
    Edition.state.in_([EditionState.SENDING, EditionState.FINISHED, EditionState.CANCELLED]),
    or_(Edition.finished_at.is_not(None), Edition.paused_at.is_not(None)),
    Edition.revision != Edition.rendered_revision,
    Edition.setbacks < MAX_SETBACKS,
)


def mark(
    session: Session, edition_id: int, *, before: Sequence[EditionState], **values: object
) -> int | None:
    """Change an edition if it is in one of the states; None when it was not."""
    return session.scalar(
        update(Edition)
        .where(Edition.id == edition_id, Edition.state.in_(before))
        .values(**values)
        .returning(Edition.id)
    )


def notify_progress(session: Session, edition_id: int) -> None:
    """Tell whoever watches an edition, once this transaction commits, that it has changed."""
    notify(session, PROGRESS_CHANNEL, str(edition_id))


OPEN_STATES = tuple(state for state in EditionState if state not in FINAL)
"""States in which an operator may still pause or cancel."""

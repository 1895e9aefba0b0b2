"""Every SQL statement about editions."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.tables import Article, ArticleFiling
from service.editions.lifecycle import FINAL, State
from service.editions.tables import Building, Edition, EditionArticle, EditionRevision
from service.kit.notify import notify
from service.newsletters.tables import Section

PROGRESS = "crieur_progress"
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
    states: Sequence[State] | None,
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
    """Where the next window starts; a cancelled edition's articles are free again."""
    return session.scalar(
        select(func.max(Edition.window_to)).where(
            Edition.newsletter_id == newsletter_id, Edition.state != State.CANCELLED
        )
    )


def candidates(
    session: Session,
    *,
    newsletter_id: int,
    language: str,
    seen_from: datetime | None,
    seen_before: datetime,
    limit: int,
) -> Sequence[Row[int, str, datetime | None, datetime]]:
    """Articles that this newsletter has not carried, filed for it or publication-wide.

    An article's section is the one its filing names, or its own.
    """
    filing = and_(
        ArticleFiling.article_id == Article.id, ArticleFiling.newsletter_id == newsletter_id
    )
    section_key = func.coalesce(ArticleFiling.section_key, Article.section_key)
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
            section_key.label("section_key"),
            Article.published_at,
            Article.first_seen_at,
        )
        .outerjoin(ArticleFiling, filing)
        .where(
            Article.withdrawn_at.is_(None),
            Article.backlog.is_(False),
            Article.first_seen_at < seen_before,
            section_key.is_not(None),
            or_(ArticleFiling.article_id.is_not(None), _is_for_all_in(language)),
            ~carried,
        )
        .order_by(Article.first_seen_at.desc(), Article.id.desc())
        .limit(limit)
    )
    if seen_from is not None:
        statement = statement.where(Article.first_seen_at >= seen_from)
    return session.execute(statement).all()


def _is_for_all_in(language: str) -> ColumnElement[bool]:
    return and_(
        Article.publication_wide,
        or_(
            Article.language.is_(None),
            func.lower(func.left(Article.language, 2)) == language,
        ),
    )


def put_articles(session: Session, rows: Sequence[dict[str, object]]) -> list[int]:
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


def drop_withdrawn(session: Session, edition_id: int) -> list[int]:
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

    They are open, neither held nor paused, and not yet sending, or sending an old revision.
    """
    is_built = exists().where(
        Building.edition_id == Edition.id, Building.leased_until > func.clock_timestamp()
    )
    return list(
        session.scalars(
            select(Edition.id)
            .where(
                or_(
                    Edition.state.in_(
                        [State.PLANNED, State.SELECTED, State.FROZEN, State.RENDERED]
                    ),
                    and_(
                        Edition.state == State.SENDING,
                        Edition.revision != Edition.rendered_revision,
                    ),
                ),
                Edition.finished_at.is_(None),
                Edition.paused_at.is_(None),
                or_(Edition.held_at.is_(None), Edition.state != State.SELECTED),
                ~is_built,
            )
            .order_by(Edition.id)
        )
    )


# Two statements: a lease that somebody's step has locked is passed over, not waited for, as even an
# insert that does nothing would do.
_MAKE_BUILDING = text("""
    INSERT INTO building (edition_id, fence)
    SELECT id, 0 FROM edition
    WHERE id = :edition_id
      AND NOT EXISTS (SELECT FROM building WHERE building.edition_id = edition.id)
    ON CONFLICT DO NOTHING
    """)
_CLAIM_BUILDING = text("""
    WITH free AS MATERIALIZED (
        SELECT edition_id FROM building
        WHERE edition_id = :edition_id
          AND (leased_until IS NULL OR leased_until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED
    )
    UPDATE building SET fence = fence + 1, leased_until = clock_timestamp() + :lease_for
    FROM free WHERE building.edition_id = free.edition_id
    RETURNING fence
    """)
_KEEP_BUILDING = text("""
    UPDATE building SET leased_until = clock_timestamp() + :lease_for
    WHERE edition_id = :edition_id AND fence = :fence AND leased_until IS NOT NULL
    RETURNING fence
    """)
_LET_GO_BUILDING = text("""
    UPDATE building SET leased_until = NULL WHERE edition_id = :edition_id AND fence = :fence
    """)


def claim_building(session: Session, edition_id: int, *, lease_for: timedelta) -> int | None:
    """Lease the building of an edition unless somebody has it; return the fence."""
    session.execute(_MAKE_BUILDING, {"edition_id": edition_id})
    values = {"edition_id": edition_id, "lease_for": lease_for}
    fence: int | None = session.scalar(_CLAIM_BUILDING, values)
    return fence


def keep_building(session: Session, edition_id: int, fence: int, *, lease_for: timedelta) -> bool:
    """Prolong a lease and lock it; False means that it is somebody else's."""
    values = {"edition_id": edition_id, "fence": fence, "lease_for": lease_for}
    return session.scalar(_KEEP_BUILDING, values) is not None


def let_go_building(session: Session, edition_id: int, fence: int) -> None:
    """End a lease that still holds."""
    session.execute(_LET_GO_BUILDING, {"edition_id": edition_id, "fence": fence})


HAS_WITHDRAWN = """
    EXISTS (SELECT FROM edition_article JOIN article ON article.id = edition_article.article_id
            WHERE edition_article.edition_id = edition.id
              AND edition_article.left_out_in IS NULL AND article.withdrawn_at IS NOT NULL)
    """
"""A condition on an edition: an article was withdrawn that its latest revision still has."""

_IS_WITHDRAWN = "article.withdrawn_at IS NOT NULL"
# A headline that changes every minute does not stop a send every minute.
_IS_CORRECTED = """
    (article.withdrawn_at IS NULL AND article.title <> edition_article.frozen->>'title'
     AND NOT EXISTS (SELECT FROM edition_revision
                     WHERE edition_revision.edition_id = edition_article.edition_id
                       AND edition_revision.made_at > :rested))
    """
_TO_REVISE = text(f"""
    SELECT DISTINCT edition.id
    FROM article
    JOIN edition_article ON edition_article.article_id = article.id
    JOIN edition ON edition.id = edition_article.edition_id
    WHERE (article.withdrawn_at > :since OR article.revised_at > :since)
      AND edition_article.left_out_in IS NULL
      AND (edition.enrolled_at IS NOT NULL OR edition.finished_at IS NOT NULL)
      AND edition.frozen_at IS NOT NULL
      AND ({_IS_WITHDRAWN} OR {_IS_CORRECTED})
      AND NOT EXISTS (SELECT FROM building WHERE building.edition_id = edition.id
                                             AND building.leased_until > clock_timestamp())
    ORDER BY edition.id
    """)  # noqa: S608  only constants of this module are put in.


def to_revise(session: Session, *, since: datetime, rested: datetime) -> list[int]:
    """Frozen editions with an article that was withdrawn or got another headline since."""
    return list(session.scalars(_TO_REVISE, {"since": since, "rested": rested}))


_CHANGED = text(f"""
    SELECT edition_article.article_id, {_IS_WITHDRAWN} AS withdrawn
    FROM edition_article JOIN article ON article.id = edition_article.article_id
    WHERE edition_article.edition_id = :edition_id AND edition_article.left_out_in IS NULL
      AND ({_IS_WITHDRAWN} OR {_IS_CORRECTED})
    """)  # noqa: S608  only constants of this module are put in.


def changed_articles(session: Session, edition_id: int, *, rested: datetime) -> dict[int, bool]:
    """Articles that are not as an edition shows them; the value tells whether it was withdrawn."""
    rows = session.execute(_CHANGED, {"edition_id": edition_id, "rested": rested})
    return {row.article_id: row.withdrawn for row in rows}


def revisions_of(session: Session, edition_id: int) -> list[EditionRevision]:
    """What was changed after an edition's freeze, the first change first."""
    return list(
        session.scalars(
            select(EditionRevision)
            .where(EditionRevision.edition_id == edition_id)
            .order_by(EditionRevision.number)
        )
    )


def tellable(session: Session, article_ids: Sequence[int]) -> list[int]:
    """Frozen editions that carry one of these articles."""
    return list(
        session.scalars(
            select(EditionArticle.edition_id)
            .join(Edition, Edition.id == EditionArticle.edition_id)
            .where(EditionArticle.article_id.in_(article_ids), Edition.frozen_at.is_not(None))
            .distinct()
        )
    )


def mark(
    session: Session, edition_id: int, *, before: Sequence[State], **values: object
) -> int | None:
    """Change an edition if it is in one of the states; None when it was not."""
    return session.scalar(
        update(Edition)
        .where(Edition.id == edition_id, Edition.state.in_(before))
        .values(**values)
        .returning(Edition.id)
    )


def tell(session: Session, edition_id: int) -> None:
    """Tell whoever watches an edition, once this transaction commits, that it has changed."""
    notify(session, PROGRESS, str(edition_id))


OPEN_STATES = tuple(state for state in State if state not in FINAL)
"""States in which an operator may still pause or cancel."""

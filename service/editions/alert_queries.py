"""The SQL statements on alerts: what a newsletter has had, and which articles made one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from service.editions.alert_timing import RecentAlerts
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.tables import AlertedArticle, CuratedArticleRow, Edition, EditionArticle

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('crieur.alert'), CAST(:newsletter_id AS int))")

_GIVEN_UP = (EditionState.CANCELLED, EditionState.LAPSED, EditionState.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAlert:
    """The alert that an article made; `is_given_up` if it ended before its freeze."""

    edition_id: int
    is_given_up: bool


def lock_alerts(session: Session, newsletter_id: int) -> None:
    """Let one transaction at a time make alerts of a newsletter.

    Locks of articles come before it.
    """
    session.execute(_LOCK, {"newsletter_id": newsletter_id})


def recent_alerts(session: Session, newsletter_id: int, *, midnight: datetime) -> RecentAlerts:
    """Return a newsletter's alerts since midnight, without those that wait or were given up."""
    began = func.coalesce(Edition.frozen_at, Edition.planned_at)
    row = session.execute(
        select(
            func.max(began).label("last_at"),
            func.count().filter(began >= midnight).label("today"),
        ).where(
            _is_alert_of(newsletter_id),
            Edition.state != EditionState.DRAFT,
            Edition.held_at.is_(None),
            or_(Edition.state.not_in(_GIVEN_UP), Edition.frozen_at.is_not(None)),
        )
    ).one()
    return RecentAlerts(last_at=row.last_at, today=row.today)


def open_alert(
    session: Session, newsletter_id: int, *, midnight: datetime, now: datetime, lock: bool = True
) -> Edition | None:
    """Return the alert that what is breaking now is added to, locked; None without one.

    It is a draft whose time has not come, or one that has waited for a person since midnight.
    """
    waits = and_(
        Edition.held_at.is_not(None),
        Edition.planned_at >= midnight,
        Edition.state.in_([EditionState.DRAFT, EditionState.PLANNED, EditionState.SELECTED]),
    )
    comes = and_(Edition.state == EditionState.DRAFT, Edition.window_to > now)
    statement = (
        select(Edition)
        .where(_is_alert_of(newsletter_id), or_(waits, comes))
        .order_by(Edition.id.desc())
        .limit(1)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def count_articles(session: Session, edition_id: int) -> int:
    """Count the articles that an alert has before its freeze."""
    found = session.scalar(
        select(func.count()).where(
            CuratedArticleRow.edition_id == edition_id, CuratedArticleRow.is_pinned
        )
    )
    return found or 0


def earlier_alerts(
    session: Session, newsletter_id: int, article_ids: Collection[int]
) -> dict[int, EarlierAlert]:
    """Return the alerts of a newsletter that some articles have made, by article."""
    given_up = and_(Edition.state.in_(_GIVEN_UP), Edition.frozen_at.is_(None))
    rows = session.execute(
        select(AlertedArticle.article_id, Edition.id, given_up.label("is_given_up"))
        .join(Edition, Edition.id == AlertedArticle.edition_id)
        .where(
            AlertedArticle.newsletter_id == newsletter_id,
            AlertedArticle.article_id.in_(article_ids),
        )
    )
    return {
        row.article_id: EarlierAlert(edition_id=row.id, is_given_up=row.is_given_up) for row in rows
    }


def put_alerted(
    session: Session, edition: Edition, article_ids: Collection[int], *, now: datetime
) -> None:
    """Store that articles make this alert; an alert of theirs that was given up counts no more."""
    statement = insert(AlertedArticle).values(
        [
            {
                "newsletter_id": edition.newsletter_id,
                "article_id": article_id,
                "edition_id": edition.id,
                "alerted_at": now,
            }
            for article_id in sorted(article_ids)
        ]
    )
    new = {name: getattr(statement.excluded, name) for name in ("edition_id", "alerted_at")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["newsletter_id", "article_id"], set_=new)
    )


def carrying_alerts(session: Session, edition: Edition) -> dict[int, int]:
    """Return the frozen alert of its newsletter that has carried each article of an edition.

    Articles that no alert has carried are left out.
    """
    carried = aliased(EditionArticle)
    rows = session.execute(
        select(EditionArticle.article_id, AlertedArticle.edition_id)
        .join(
            AlertedArticle,
            and_(
                AlertedArticle.article_id == EditionArticle.article_id,
                AlertedArticle.newsletter_id == EditionArticle.newsletter_id,
            ),
        )
        .join(Edition, Edition.id == AlertedArticle.edition_id)
        .join(
            carried,
            and_(
                carried.edition_id == AlertedArticle.edition_id,
                carried.article_id == AlertedArticle.article_id,
            ),
        )
        .where(EditionArticle.edition_id == edition.id, Edition.frozen_at.is_not(None))
    )
    return {row.article_id: row.edition_id for row in rows}


def frozen_since(session: Session, *, since: datetime) -> dict[int, datetime]:
    """Return the alerts of all newsletters that were frozen since an instant, and when each was."""
    rows = session.execute(
        select(Edition.id, Edition.frozen_at).where(
            Edition.kind == EditionKind.ALERT, Edition.frozen_at > since
        )
    )
    return {row.id: row.frozen_at for row in rows}


def _is_alert_of(newsletter_id: int) -> ColumnElement[bool]:
    return and_(Edition.newsletter_id == newsletter_id, Edition.kind == EditionKind.ALERT)

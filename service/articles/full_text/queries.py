"""Every SQL statement about full-text requests and the hosts that are visited for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.articles.tables import Article, FullTextRequest, VisitedHost


def add_requests(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert requests; one for an article that has one already starts anew."""
    if not rows:
        return
    statement = insert(FullTextRequest).values([dict(row) for row in rows])
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["article_id"],
            set_={
                "next_try_at": statement.excluded.next_try_at,
                "host": statement.excluded.host,
                "tries": 0,
            },
        )
    )


def due_article_ids(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of articles whose page may be asked for now: the newest of each free host."""
    statement = (
        select(func.max(FullTextRequest.article_id))
        .outerjoin(VisitedHost, VisitedHost.host == FullTextRequest.host)
        .where(
            FullTextRequest.next_try_at <= now,
            or_(VisitedHost.next_visit_at.is_(None), VisitedHost.next_visit_at <= now),
        )
        .group_by(FullTextRequest.host)
        .limit(limit)
    )
    return list(session.scalars(statement))


def next_of_host(session: Session, host: str, *, before: datetime) -> int | None:
    """Return the newest article of a host that is due by a time, or None."""
    return session.scalar(
        select(FullTextRequest.article_id)
        .where(FullTextRequest.host == host, FullTextRequest.next_try_at <= before)
        .order_by(FullTextRequest.article_id.desc())
        .limit(1)
    )


def claim_request(
    session: Session, article_id: int, *, now: datetime
) -> tuple[FullTextRequest, Article] | None:
    """Lock a due request and return it with its article; None if there is none, or it is locked."""
    found = session.execute(
        select(FullTextRequest, Article)
        .join(Article, Article.id == FullTextRequest.article_id)
        .where(FullTextRequest.article_id == article_id, FullTextRequest.next_try_at <= now)
        .with_for_update(of=FullTextRequest, skip_locked=True)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def claim_host(
    session: Session, host: str, *, now: datetime, until: datetime
) -> VisitedHost | None:
    """Claim a host until a time; None if another process visits it, or has just done so."""
    statement = insert(VisitedHost).values(host=host, next_visit_at=until)
    return session.scalar(
        statement.on_conflict_do_update(
            index_elements=["host"],
            set_={"next_visit_at": until},
            where=VisitedHost.next_visit_at <= now,
        )
        .returning(VisitedHost)
        .execution_options(populate_existing=True)
    )


def update_host(session: Session, host: str, **values: Any) -> None:
    """Update columns of a host."""
    session.execute(update(VisitedHost).where(VisitedHost.host == host).values(**values))


def update_request(session: Session, article_id: int, **values: Any) -> None:
    """Update columns of a request."""
    session.execute(
        update(FullTextRequest).where(FullTextRequest.article_id == article_id).values(**values)
    )

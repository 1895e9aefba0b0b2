"""Every SQL statement about renditions, and what rendering reads of editions and audience."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience.lifecycle import State as SubscriptionState
from service.audience.tables import Subscriber, Subscription
from service.editions.tables import Edition, EditionArticle
from service.newsletters.tables import Section
from service.rendering.tables import Rendition

EVERY_SECTION = -1


def edition(session: Session, edition_id: int) -> Edition | None:
    """One edition."""
    return session.get(Edition, edition_id)


def frozen_articles(session: Session, edition_id: int) -> list[dict[str, Any]]:
    """What was frozen of an edition's articles, in the order of the page."""
    return list(
        session.scalars(
            select(EditionArticle.frozen)
            .join(Section, Section.id == EditionArticle.section_id)
            .where(EditionArticle.edition_id == edition_id)
            .order_by(Section.position, Section.id, EditionArticle.position)
        )
    )


def wanted_masks(session: Session, *, newsletter_id: int, section_mask: int) -> set[int]:
    """Each distinct set of this edition's sections that some active reader has chosen."""
    chosen = func.coalesce(Subscription.section_mask, EVERY_SECTION).op("&")(section_mask)
    rows = session.scalars(
        select(chosen)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
        .distinct()
    )
    return {mask for mask in rows if mask}


def stored_masks(session: Session, edition_id: int) -> set[int]:
    """The variants that are rendered already."""
    return set(session.scalars(select(Rendition.mask).where(Rendition.edition_id == edition_id)))


def put_renditions(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store variants; one that is there already stays as it is. Return how many were new."""
    if not rows:
        return 0
    statement = insert(Rendition).values(list(rows)).on_conflict_do_nothing()
    return len(session.scalars(statement.returning(Rendition.mask)).all())


def rendition(session: Session, *, edition_id: int, mask: int) -> Rendition | None:
    """One variant of an edition."""
    return session.get(Rendition, (edition_id, mask))


def reader_mask(session: Session, *, newsletter_id: int, address_key: str) -> int | None:
    """The sections that an active reader has chosen; None means that there is no such reader."""
    return session.scalar(
        select(func.coalesce(Subscription.section_mask, EVERY_SECTION))
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscriber.address_key == address_key,
        )
    )

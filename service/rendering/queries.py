"""Every SQL statement about parts and renditions, and rendering's reads of other rooms."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscriber, Subscription
from service.editions.frozen import FrozenArticle
from service.editions.tables import EditionArticle
from service.newsletters.tables import Section
from service.rendering.tables import FRAME, WEB_MASK, Rendition, StoredPart

EVERY_SECTION = -1


def frozen_articles(session: Session, edition_id: int) -> list[FrozenArticle]:
    """Return an edition's frozen articles, in the order of the page."""
    stored = session.scalars(
        select(EditionArticle.frozen)
        .join(Section, Section.id == EditionArticle.section_id)
        .where(EditionArticle.edition_id == edition_id, EditionArticle.left_out_in.is_(None))
        .order_by(Section.position, Section.id, EditionArticle.position)
    )
    return [FrozenArticle.from_json(each) for each in stored]


def parts(session: Session, edition_id: int, revision: int) -> list[StoredPart]:
    """Return the stored parts of a revision."""
    return list(
        session.scalars(
            select(StoredPart).where(
                StoredPart.edition_id == edition_id, StoredPart.revision == revision
            )
        )
    )


def is_stored(session: Session, edition_id: int, revision: int) -> bool:
    """Return whether a revision's frame, or variants from before there were parts, are stored."""
    frame = exists().where(
        StoredPart.edition_id == edition_id,
        StoredPart.revision == revision,
        StoredPart.bit == FRAME,
    )
    variant = exists().where(Rendition.edition_id == edition_id, Rendition.mask != WEB_MASK)
    return bool(session.scalar(select(or_(frame, variant))))


def put_parts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store parts; existing ones are never replaced."""
    if rows:
        session.execute(insert(StoredPart).values(list(rows)).on_conflict_do_nothing())


def stored_masks(session: Session, edition_id: int) -> set[int]:
    """Return the masks that have a rendition of their own."""
    return set(session.scalars(select(Rendition.mask).where(Rendition.edition_id == edition_id)))


def put_rendition(session: Session, row: dict[str, Any]) -> None:
    """Store a rendition; it replaces an existing one."""
    statement = insert(Rendition).values(row)
    changed = {name: statement.excluded[name] for name in row if name not in {"edition_id", "mask"}}
    session.execute(
        statement.on_conflict_do_update(index_elements=["edition_id", "mask"], set_=changed)
    )


def rendition(session: Session, *, edition_id: int, mask: int) -> Rendition | None:
    """Return the web version of an edition, or a variant from before there were parts."""
    return session.get(Rendition, (edition_id, mask))


def reader_mask(session: Session, *, newsletter_id: int, address_key: str) -> int | None:
    """Return the section mask of an active reader; None if there is no such reader."""
    return session.scalar(
        select(func.coalesce(Subscription.section_mask, EVERY_SECTION))
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscriber.address_key == address_key,
        )
    )

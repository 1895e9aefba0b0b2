"""One reader's story, and lists of readers."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.tables import Subscriber, Subscription, Suppression
from service.delivery.tables import Attempt, Delivery, Notice
from service.editions.tables import Edition
from service.newsletters.tables import Newsletter
from service.outcomes.tables import Outcome


def subscribers_page(
    session: Session,
    *,
    newsletter_id: int | None,
    search: str,
    before_id: int | None,
    limit: int,
) -> list[Subscriber]:
    """List readers, newest first, by newsletter and a part of the address."""
    statement = select(Subscriber).order_by(Subscriber.id.desc()).limit(limit)
    if newsletter_id is not None:
        statement = statement.where(
            Subscriber.id.in_(
                select(Subscription.subscriber_id).where(
                    Subscription.newsletter_id == newsletter_id
                )
            )
        )
    if search:
        statement = statement.where(Subscriber.address.icontains(search, autoescape=True))
    if before_id is not None:
        statement = statement.where(Subscriber.id < before_id)
    return list(session.scalars(statement))


def subscriptions_of(
    session: Session, subscriber_ids: Sequence[int]
) -> dict[int, list[tuple[str, str]]]:
    """The newsletter's name and the state of each subscription of some readers, by reader."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = session.execute(
        select(Subscription.subscriber_id, Newsletter.name, Subscription.state)
        .join(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .where(Subscription.subscriber_id.in_(subscriber_ids))
        .order_by(Newsletter.name)
    )
    for subscriber_id, name, state in rows:
        found[subscriber_id].append((name, state))
    return found


def suppressed_among(session: Session, subscriber_ids: Sequence[int]) -> set[int]:
    """Which of some readers are suppressed."""
    rows = session.scalars(
        select(Suppression.subscriber_id).where(Suppression.subscriber_id.in_(subscriber_ids))
    )
    return {subscriber_id for subscriber_id in rows if subscriber_id is not None}


def deliveries_of(
    session: Session, subscriber_id: int, *, limit: int
) -> list[tuple[Delivery, Edition, str]]:
    """List a reader's newest deliveries with edition and newsletter's name.

    Deliveries are found by edition: the newsletters that the reader ever asked for have few.
    """
    rows = session.execute(
        select(Delivery, Edition, Newsletter.name)
        .select_from(Subscription)
        .join(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .join(Edition, Edition.newsletter_id == Newsletter.id)
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(Subscription.subscriber_id == subscriber_id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.edition_id.desc())
        .limit(limit)
    )
    return [(delivery, edition, name) for delivery, edition, name in rows]


def attempts_of(session: Session, subscriber_id: int, edition_ids: Sequence[int]) -> list[Attempt]:
    """List a reader's attempts of some editions, oldest first."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.edition_id.in_(edition_ids), Attempt.subscriber_id == subscriber_id)
            .order_by(Attempt.id)
        )
    )


def notices_of(session: Session, subscriber_id: int) -> list[tuple[Notice, str]]:
    """List a reader's newest transactional messages with the newsletter's name."""
    rows = session.execute(
        select(Notice, Newsletter.name)
        .join(Newsletter, Newsletter.id == Notice.newsletter_id)
        .where(Notice.subscriber_id == subscriber_id)
        .order_by(Notice.id.desc())
        .limit(50)
    )
    return [(notice, name) for notice, name in rows]


def outcomes_of(session: Session, subscriber_id: int) -> list[Outcome]:
    """List what came back about a reader, newest first."""
    return list(
        session.scalars(
            select(Outcome)
            .where(Outcome.subscriber_id == subscriber_id)
            .order_by(Outcome.at.desc())
            .limit(50)
        )
    )

"""The SQL statements of the room; those on suppression hashes and counts have own modules."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience.lifecycle import SUBSCRIPTION
from service.audience.tables import (
    Consent,
    ConsentTextRow,
    MailboxMessageCount,
    Subscriber,
    Subscription,
    Suppression,
)
from service.newsletters.frequency import Frequency
from service.newsletters.tables import Newsletter


def upsert_subscriber(session: Session, *, address: str, key: str, now: datetime) -> Subscriber:
    """Return the subscriber, created if new, locked until the transaction ends."""
    statement = insert(Subscriber).values(address=address, address_key=key, created_at=now)
    return session.scalars(
        statement.on_conflict_do_update(
            # Writing the key again changes nothing but takes the row's lock.
            index_elements=[Subscriber.address_key],
            set_={"address_key": statement.excluded.address_key},
        ).returning(Subscriber),
        execution_options={"populate_existing": True},
    ).one()


def subscriber_by_key(session: Session, key: str, *, lock: bool = False) -> Subscriber | None:
    """Find a subscriber by the normal form of the address."""
    statement = select(Subscriber).where(Subscriber.address_key == key)
    return session.scalar(statement.with_for_update() if lock else statement)


def subscriber_by_id(session: Session, subscriber_id: int) -> Subscriber | None:
    """Find a subscriber."""
    return session.get(Subscriber, subscriber_id)


def subscription(
    session: Session, *, newsletter_id: int, subscriber_id: int, lock: bool = False
) -> Subscription | None:
    """Find the subscription of a reader to a newsletter."""
    return session.scalar(
        _subscription(newsletter_id=newsletter_id, subscriber_id=subscriber_id, lock=lock)
    )


def _subscription(*, newsletter_id: int, subscriber_id: int, lock: bool) -> Select[Subscription]:
    statement = select(Subscription).where(
        Subscription.newsletter_id == newsletter_id, Subscription.subscriber_id == subscriber_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return statement


def upsert_subscription(
    session: Session,
    *,
    newsletter_id: int,
    subscriber_id: int,
    now: datetime,
    frequency: Frequency | None = None,
) -> Subscription:
    """Return the subscription, created as pending in generation 0 if new, locked.

    `frequency` is that of a new one; None means what the newsletter proposes.
    """
    proposed = (
        select(Newsletter.default_frequency).where(Newsletter.id == newsletter_id).scalar_subquery()
    )
    session.execute(
        insert(Subscription)
        .values(
            newsletter_id=newsletter_id,
            subscriber_id=subscriber_id,
            state=SUBSCRIPTION.initial,
            generation=0,
            requested_at=now,
            frequency=frequency or proposed,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(
        _subscription(newsletter_id=newsletter_id, subscriber_id=subscriber_id, lock=True)
    ).one()


def subscriptions_of(session: Session, subscriber_id: int) -> Sequence[Subscription]:
    """All subscriptions of one reader, the oldest first."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.subscriber_id == subscriber_id)
        .order_by(Subscription.id)
    ).all()


def count_message(session: Session, mailbox: str, *, now: datetime, window: timedelta) -> int:
    """Count one more message to a mailbox; return how many there were within the window."""
    forgotten = (
        select(MailboxMessageCount.mailbox)
        .where(MailboxMessageCount.since <= now - window, MailboxMessageCount.mailbox != mailbox)
        .limit(100)
        # Concurrent sign-ups must not wait for each other here.
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(MailboxMessageCount).where(MailboxMessageCount.mailbox.in_(forgotten)))
    is_over = MailboxMessageCount.since <= now - window
    statement = insert(MailboxMessageCount).values(mailbox=mailbox, since=now, count=1)
    counted = session.scalar(
        statement.on_conflict_do_update(
            index_elements=[MailboxMessageCount.mailbox],
            set_={
                "count": case((is_over, 1), else_=MailboxMessageCount.count + 1),
                "since": case((is_over, now), else_=MailboxMessageCount.since),
            },
        ).returning(MailboxMessageCount.count)
    )
    return int(counted or 0)


def record_consent(session: Session, consent: Consent) -> None:
    """Store a consent proof."""
    session.add(consent)


def add_consent_text(session: Session, values: dict[str, Any]) -> None:
    """Store a consent text, unless it is stored already."""
    session.execute(insert(ConsentTextRow).values(**values).on_conflict_do_nothing())


def consent_text(session: Session, key: str) -> ConsentTextRow | None:
    """Find a consent text by its key."""
    return session.get(ConsentTextRow, key)


def consents_of(
    session: Session, subscription_ids: Sequence[int]
) -> Sequence[Row[Consent, ConsentTextRow]]:
    """The proofs of some subscriptions, the oldest first, each with its text or None."""
    return session.execute(
        select(Consent, ConsentTextRow)
        .outerjoin(ConsentTextRow, ConsentTextRow.key == Consent.text_key)
        .where(Consent.subscription_id.in_(subscription_ids))
        .order_by(Consent.at, Consent.id)
    ).all()


def add_suppression(session: Session, values: dict[str, Any]) -> bool:
    """Store a suppression; False if the address had one already."""
    stored = session.scalar(
        insert(Suppression)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(Suppression.address_hash)
    )
    return stored is not None


def address_keys(session: Session, subscriber_ids: Sequence[int]) -> dict[int, str]:
    """The normal forms of some subscribers' addresses; the erased have none."""
    rows = session.execute(
        select(Subscriber.id, Subscriber.address_key).where(
            Subscriber.id.in_(subscriber_ids), Subscriber.address_key.is_not(None)
        )
    )
    return {subscriber_id: key for subscriber_id, key in rows if key is not None}


def add_suppressions(session: Session, values: Sequence[dict[str, Any]]) -> set[int]:
    """Store suppressions; return the subscribers whose addresses had none before."""
    stored = session.scalars(
        insert(Suppression)
        .values(values)
        .on_conflict_do_nothing()
        .returning(Suppression.subscriber_id)
    )
    return {subscriber_id for subscriber_id in stored if subscriber_id is not None}


def suppressions(session: Session, hashes: Sequence[str]) -> Sequence[Suppression]:
    """The suppressions under any of the hashes."""
    return session.scalars(select(Suppression).where(Suppression.address_hash.in_(hashes))).all()


def suppression_of_reader(
    session: Session, hashes: Sequence[str], subscriber_id: int
) -> Suppression | None:
    """The suppression under any of the hashes, or else the subscriber's own."""
    by_hash = Suppression.address_hash.in_(hashes)
    return session.scalars(
        select(Suppression)
        .where(or_(by_hash, Suppression.subscriber_id == subscriber_id))
        .order_by(by_hash.desc())
        .limit(1)
    ).first()


def remove_suppressions(session: Session, hashes: Sequence[str]) -> bool:
    """Delete suppressions; False if there was none."""
    removed = session.scalars(
        delete(Suppression)
        .where(Suppression.address_hash.in_(hashes))
        .returning(Suppression.address_hash)
    ).all()
    return bool(removed)


def remove_suppressions_of(
    session: Session, subscriber_ids: Sequence[int], *, reason: str, since: datetime
) -> set[int]:
    """Delete suppressions of some subscribers, of a reason and since a time; return whose."""
    removed = session.scalars(
        delete(Suppression)
        .where(
            Suppression.subscriber_id.in_(subscriber_ids),
            Suppression.reason == reason,
            Suppression.since >= since,
        )
        .returning(Suppression.subscriber_id)
    )
    return {subscriber_id for subscriber_id in removed if subscriber_id is not None}


def suppression_reasons_of(session: Session, subscriber_id: int) -> set[str]:
    """The reasons why a subscriber is suppressed; empty if not suppressed."""
    return set(
        session.scalars(
            select(Suppression.reason).where(Suppression.subscriber_id == subscriber_id)
        )
    )


def suppression_page(
    session: Session,
    *,
    before: tuple[datetime, str] | None,
    limit: int,
    reasons: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Row[Suppression, str | None]]:
    """Suppressions with the address where it is still known, the latest first.

    Of those with one of the reasons, made in [since, until).
    """
    statement = (
        select(Suppression, Subscriber.address)
        .outerjoin(Subscriber, Subscriber.id == Suppression.subscriber_id)
        .order_by(Suppression.since.desc(), Suppression.address_hash.desc())
        .limit(limit)
    )
    if reasons is not None:
        statement = statement.where(Suppression.reason.in_(reasons))
    if since is not None:
        statement = statement.where(Suppression.since >= since)
    if until is not None:
        statement = statement.where(Suppression.since < until)
    if before is not None:
        # One row comparison, so that the index finds where the page begins.
        place = tuple_(Suppression.since, Suppression.address_hash)
        statement = statement.where(place < before)
    return session.execute(statement).all()


def reader_page(
    session: Session,
    *,
    conditions: Sequence[ColumnElement[bool]],
    before_id: int | None,
    limit: int,
) -> Sequence[Row[Subscription, Subscriber, str]]:
    """Subscriptions with their readers and suppression reasons, the newest first."""
    statement = (
        select(Subscription, Subscriber, Suppression.reason)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(Suppression, Suppression.subscriber_id == Subscriber.id)
        .where(*conditions)
        .order_by(Subscription.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(Subscription.id < before_id)
    return session.execute(statement).all()


def reader_conditions(
    *, newsletter_id: int | None, state: str | None, search: str
) -> list[ColumnElement[bool]]:
    """The conditions of a reader list; `search` is a part of the address."""
    conditions: list[ColumnElement[bool]] = [Subscriber.erased_at.is_(None)]
    if newsletter_id is not None:
        conditions.append(Subscription.newsletter_id == newsletter_id)
    if state is not None:
        conditions.append(Subscription.state == state)
    if search:
        conditions.append(Subscriber.address_key.contains(search.lower(), autoescape=True))
    return conditions


def clear_networks(session: Session, subscription_ids: Sequence[int]) -> None:
    """Remove the networks from proofs; action and time remain."""
    session.execute(
        update(Consent).where(Consent.subscription_id.in_(subscription_ids)).values(network=None)
    )

"""The SQL statements that count subscriptions or store the counts."""

from typing import Any

from sqlalchemy import Text, case, exists, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience import subscriber_counts
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import StoredSubscriberCounts, Subscription, Suppression


def count_by_state(session: Session) -> list[subscriber_counts.CountedRow]:
    """Count by newsletter, state, frequency and, for active ones, section mask; and the suppressed.

    One statement, so that both halves see one instant. The first has no join, so PostgreSQL can run
    it in parallel; the second starts from the suppressions, which are few.
    """
    chosen = case(
        (Subscription.state == SubscriptionState.ACTIVE, Subscription.section_mask)
    ).label("chosen")
    # As text: the second half has a word in this column that is no state.
    state = type_coerce(Subscription.state, Text())
    frequency = type_coerce(Subscription.frequency, Text())
    all_rows = select(Subscription.newsletter_id, state, chosen, frequency, func.count()).group_by(
        Subscription.newsletter_id, Subscription.state, chosen, Subscription.frequency
    )
    # An address may have hashes of two secrets: its reader must not be counted twice.
    suppressed_ids = (
        select(Suppression.subscriber_id)
        .where(Suppression.subscriber_id.is_not(None))
        .distinct()
        .subquery()
    )
    suppressed = (
        select(
            Subscription.newsletter_id,
            literal(subscriber_counts.SUPPRESSED),
            Subscription.section_mask,
            frequency,
            func.count(),
        )
        .join(suppressed_ids, suppressed_ids.c.subscriber_id == Subscription.subscriber_id)
        .where(Subscription.state == SubscriptionState.ACTIVE)
        .group_by(Subscription.newsletter_id, Subscription.section_mask, Subscription.frequency)
    )
    rows = session.execute(all_rows.union_all(suppressed))
    return [
        (newsletter_id, state, section_mask, frequency, count)
        for newsletter_id, state, section_mask, frequency, count in rows
    ]


def count_choices(session: Session, newsletter_id: int) -> list[tuple[str, int | None, int]]:
    """Count who would get a newsletter now, by frequency and section mask; one index scan."""
    is_suppressed = exists().where(Suppression.subscriber_id == Subscription.subscriber_id)
    rows = session.execute(
        select(Subscription.frequency, Subscription.section_mask, func.count())
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
            ~is_suppressed,
        )
        .group_by(Subscription.frequency, Subscription.section_mask)
    )
    return [(str(frequency), mask, count) for frequency, mask, count in rows]


def count_emptied_choices(session: Session, newsletter_id: int, *, before: int, after: int) -> int:
    """Count active readers whose section mask has a bit of `before` and none of `after`."""
    chosen = Subscription.section_mask
    statement = select(func.count()).where(
        Subscription.newsletter_id == newsletter_id,
        Subscription.state == SubscriptionState.ACTIVE,
        chosen.bitwise_and(before) != 0,
        chosen.bitwise_and(after) == 0,
    )
    return session.scalars(statement).one()


def try_lock_counts(session: Session) -> bool:
    """Lock counting until the transaction ends; False if another process is counting."""
    key = func.hashtext("crieur.headcount")
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def stored_counts(session: Session) -> StoredSubscriberCounts | None:
    """Find the stored counts, refreshed from the database."""
    return session.get(StoredSubscriberCounts, 1, populate_existing=True)


def store_counts(session: Session, values: dict[str, Any]) -> None:
    """Replace the stored counts."""
    session.execute(
        insert(StoredSubscriberCounts)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=[StoredSubscriberCounts.id], set_=values)
    )

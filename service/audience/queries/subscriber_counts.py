"""Every SQL statement that counts readers, or keeps what was counted."""

from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience import subscriber_counts
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import StoredSubscriberCounts, Subscription, Suppression


def count_by_state(session: Session) -> list[subscriber_counts.CountedRow]:
    """Count by newsletter, state and, of the active, choice; and who of them is suppressed.

    One statement, so that both halves are of one instant. The first has nothing to look up, so
    PostgreSQL shares it out; the second begins at the suppressions, which are few.
    """
    chosen = case(
        (Subscription.state == SubscriptionState.ACTIVE, Subscription.section_mask)
    ).label("chosen")
    everybody = select(
        Subscription.newsletter_id, Subscription.state, chosen, func.count()
    ).group_by(Subscription.newsletter_id, Subscription.state, chosen)
    # Under a new secret an address has a second hash: its reader must not be counted twice.
    silenced = (
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
            func.count(),
        )
        .join(silenced, silenced.c.subscriber_id == Subscription.subscriber_id)
        .where(Subscription.state == SubscriptionState.ACTIVE)
        .group_by(Subscription.newsletter_id, Subscription.section_mask)
    )
    rows = session.execute(everybody.union_all(suppressed))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def try_lock_counts(session: Session) -> bool:
    """Become the only one that counts until the transaction ends; False means somebody is."""
    key = func.hashtext("crieur.headcount")
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def stored_counts(session: Session) -> StoredSubscriberCounts | None:
    """Find what was counted last, read anew."""
    return session.get(StoredSubscriberCounts, 1, populate_existing=True)


def store_counts(session: Session, values: dict[str, Any]) -> None:
    """Put a count in the place of the last one."""
    session.execute(
        insert(StoredSubscriberCounts)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=[StoredSubscriberCounts.id], set_=values)
    )

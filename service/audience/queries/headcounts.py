"""Every SQL statement that counts readers, or keeps what was counted."""

from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.audience import heads
from service.audience.lifecycle import State
from service.audience.tables import KeptHeadcount, Subscription, Suppression


def count_heads(session: Session) -> list[heads.Row]:
    """Count by newsletter, state and, of the active, choice; and who of them is suppressed.

    One statement, so that both halves are of one instant. The first has nothing to look up, so
    PostgreSQL shares it out; the second begins at the suppressions, which are few.
    """
    chosen = case((Subscription.state == State.ACTIVE, Subscription.section_mask)).label("chosen")
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
            literal(heads.SUPPRESSED),
            Subscription.section_mask,
            func.count(),
        )
        .join(silenced, silenced.c.subscriber_id == Subscription.subscriber_id)
        .where(Subscription.state == State.ACTIVE)
        .group_by(Subscription.newsletter_id, Subscription.section_mask)
    )
    rows = session.execute(everybody.union_all(suppressed))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def take_turn_to_count(session: Session) -> bool:
    """Become the only one that counts until the transaction ends; False means somebody is."""
    key = func.hashtext("crieur.headcount")
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def kept_headcount(session: Session) -> KeptHeadcount | None:
    """Find what was counted last, read anew."""
    return session.get(KeptHeadcount, 1, populate_existing=True)


def keep_headcount(session: Session, values: dict[str, Any]) -> None:
    """Put a count in the place of the last one."""
    session.execute(
        insert(KeptHeadcount)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=[KeptHeadcount.id], set_=values)
    )

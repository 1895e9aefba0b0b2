"""SQL statements on suppression hashes: to change the secret, export and import."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Text, Values, column, delete, exists, func, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from service.audience.tables import Subscriber, Suppression


def suppressions_by_hash(
    session: Session, *, after: str, limit: int
) -> Sequence[Row[Suppression, str | None]]:
    """Suppressions after a hash, in the order of their hashes, with addresses if known."""
    return session.execute(
        select(Suppression, Subscriber.address)
        .outerjoin(Subscriber, Subscriber.id == Suppression.subscriber_id)
        .where(Suppression.address_hash > after)
        .order_by(Suppression.address_hash)
        .limit(limit)
    ).all()


def hashes_to_renew(
    session: Session, *, newest: str, after: str, limit: int
) -> list[tuple[str, str]]:
    """Hashes of older secrets with their addresses, where known; the rows are locked."""
    rows = session.execute(
        select(Suppression.address_hash, Subscriber.address_key)
        .join(Subscriber, Subscriber.id == Suppression.subscriber_id)
        .where(
            Suppression.address_hash > after,
            Suppression.imprint_key.is_distinct_from(newest),
            Subscriber.address_key.is_not(None),
        )
        .order_by(Suppression.address_hash)
        .limit(limit)
        .with_for_update(of=Suppression)
    )
    return [(address_hash, key) for address_hash, key in rows if key is not None]


def replace_hashes(session: Session, codes: Mapping[str, str], *, key: str) -> None:
    """Replace old hashes by new ones; where the new one exists, the old row is deleted."""
    if not codes:
        return
    changes = _changes(codes)
    newer = aliased(Suppression)
    session.execute(
        delete(Suppression).where(
            Suppression.address_hash == changes.c.old,
            changes.c.old != changes.c.new,
            exists().where(newer.address_hash == changes.c.new),
        ),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Suppression)
        .where(Suppression.address_hash == changes.c.old)
        .values(address_hash=changes.c.new, imprint_key=key),
        execution_options={"synchronize_session": False},
    )


def _changes(pairs: Mapping[str, str]) -> Values:
    """Old and new hashes as rows to join with."""
    columns = column("old", Text()), column("new", Text())
    return values(*columns, name="changes").data(list(pairs.items()))


def count_by_secret(session: Session) -> dict[str | None, int]:
    """How many suppressions each secret made, by the secret's name."""
    rows = session.execute(
        select(Suppression.imprint_key, func.count()).group_by(Suppression.imprint_key)
    )
    return dict(iter(rows))


def subscribers_by_keys(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Subscriber ids by the normal forms of addresses."""
    rows = session.execute(
        select(Subscriber.address_key, Subscriber.id).where(Subscriber.address_key.in_(keys))
    )
    return {key: number for key, number in rows if key is not None}


def add_missing_suppressions(session: Session, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Store suppressions; return the hashes that are new."""
    if not rows:
        return []
    return list(
        session.scalars(
            insert(Suppression)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(Suppression.address_hash)
        )
    )

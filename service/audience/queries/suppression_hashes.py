"""Suppressions by their imprints: for a change of the secret, and for the way to another server."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Text, Values, column, delete, exists, func, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from service.audience.tables import Subscriber, Suppression


def suppressions_by_hash(
    session: Session, *, after: str, limit: int
) -> Sequence[Row[Suppression, str | None]]:
    """Suppressions behind an imprint, in the order of their imprints, with addresses if known."""
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
    """Imprints that the newest secret did not make, with the addresses that are known."""
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
    return [(imprint, key) for imprint, key in rows if key is not None]


def replace_hashes(session: Session, codes: Mapping[str, str], *, key: str) -> None:
    """Put new imprints in the place of old ones; where the new one is known, the old one goes."""
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
    """Old and new imprints as rows that a statement can be joined with."""
    columns = column("old", Text()), column("new", Text())
    return values(*columns, name="changes").data(list(pairs.items()))


def count_by_secret(session: Session) -> dict[str | None, int]:
    """How many suppressions each secret made, by its name."""
    rows = session.execute(
        select(Suppression.imprint_key, func.count()).group_by(Suppression.imprint_key)
    )
    return {row[0]: row[1] for row in rows}


def subscribers_by_keys(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """The subscribers of some addresses' normal forms."""
    rows = session.execute(
        select(Subscriber.address_key, Subscriber.id).where(Subscriber.address_key.in_(keys))
    )
    return {key: number for key, number in rows if key is not None}


def add_missing_suppressions(session: Session, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Store suppressions by their imprints; return those that were not there."""
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

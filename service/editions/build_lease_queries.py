"""SQL of the lease under which an edition is built."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# Two statements: a lease that another step has locked is skipped. An upsert would wait for it, even
# where it changes nothing.
_INSERT_LEASE = text("""
    INSERT INTO building (edition_id, fence)
    SELECT id, 0 FROM edition
    WHERE id = :edition_id
      AND NOT EXISTS (SELECT FROM building WHERE building.edition_id = edition.id)
    ON CONFLICT DO NOTHING
    """)
_CLAIM_LEASE = text("""
    WITH free AS MATERIALIZED (
        SELECT edition_id, leased_until IS NOT NULL AS was_left FROM building
        WHERE edition_id = :edition_id
          AND (leased_until IS NULL OR leased_until <= clock_timestamp())
        FOR UPDATE SKIP LOCKED
    )
    UPDATE building SET fence = fence + 1, leased_until = clock_timestamp() + :lease_for
    FROM free WHERE building.edition_id = free.edition_id
    RETURNING fence, was_left
    """)
_RENEW_LEASE = text("""
    UPDATE building SET leased_until = clock_timestamp() + :lease_for
    WHERE edition_id = :edition_id AND fence = :fence AND leased_until IS NOT NULL
    RETURNING fence
    """)
_RELEASE_LEASE = text("""
    UPDATE building SET leased_until = NULL WHERE edition_id = :edition_id AND fence = :fence
    """)


def claim_build_lease(
    session: Session, edition_id: int, *, lease_for: timedelta
) -> tuple[int, bool] | None:
    """Claim the lease unless another process holds it.

    Returns the fence, and whether the previous holder let its lease expire.
    """
    session.execute(_INSERT_LEASE, {"edition_id": edition_id})
    values = {"edition_id": edition_id, "lease_for": lease_for}
    row = session.execute(_CLAIM_LEASE, values).one_or_none()
    return None if row is None else (row.fence, row.was_left)


def renew_build_lease(
    session: Session, edition_id: int, fence: int, *, lease_for: timedelta
) -> bool:
    """Renew a lease and lock it; False means that it was lost."""
    values = {"edition_id": edition_id, "fence": fence, "lease_for": lease_for}
    return session.scalar(_RENEW_LEASE, values) is not None


def release_build_lease(session: Session, edition_id: int, fence: int) -> None:
    """End a lease, if it is still held under this fence."""
    session.execute(_RELEASE_LEASE, {"edition_id": edition_id, "fence": fence})

"""SQL of batches: claiming, renewing, splitting and releasing leases of a few hundred deliveries.

Every statement that writes for a holder names the lease's fence. If another worker has claimed the
batch since, its fence is higher and the statement changes nothing. Leases run by PostgreSQL's
clock: a worker whose clock is fast must not claim what another one holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from service.delivery.guard.queries import SENDING_ALLOWED
from service.delivery.lifecycle import DELIVERY, DeliveryState
from service.editions.lifecycle import UNDECIDED
from service.kit.db import Session
from service.kit.lifecycle import sql_list

QUARANTINE_AT = 2
"""Crashes after which a batch is quarantined: sent while its worker does nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedBatch:
    """A leased batch; `fence` proves the lease.

    `members` is None when the batch has every pending row between `first_id` and `last_id`.
    `abandoned`: its last holder let the lease expire, most likely because it crashed.
    """

    id: int
    edition_id: int
    first_id: int
    last_id: int
    members: Sequence[int] | None
    fence: int
    crash_count: int
    abandoned: bool = False

    @property
    def is_quarantined(self) -> bool:
        """Whether so many holders crashed that it is sent while its worker does nothing else."""
        return self.crash_count >= QUARANTINE_AT


MAY_BEGIN = f"""
    NOT (batch.awaits_test AND EXISTS (
        SELECT FROM subject_test
        WHERE subject_test.edition_id = batch.edition_id
          AND subject_test.state IN {sql_list(UNDECIDED)}))
    """
"""SQL condition on a batch: its readers do not wait for the winner of a subject test."""

# Batches whose holders crashed come last: one of their deliveries may be the reason. They keep
# their revision, because any of their readers may have received it.
_CLAIM = text(f"""
    WITH free AS MATERIALIZED (
        SELECT batch.id, batch.leased_until IS NOT NULL AS abandoned, edition.revision AS latest
        FROM batch JOIN edition ON edition.id = batch.edition_id
        WHERE batch.edition_id = :edition_id AND batch.done_at IS NULL AND batch.due_at <= :now
          AND (batch.leased_until IS NULL OR batch.leased_until <= clock_timestamp())
          AND batch.deaths <= :max_crashes AND {MAY_BEGIN}
          AND edition.state = 'sending' AND edition.paused_at IS NULL AND {SENDING_ALLOWED}
          AND edition.revision = edition.rendered_revision
        ORDER BY batch.deaths, batch.due_at, batch.id
        LIMIT 1
        FOR UPDATE OF batch SKIP LOCKED
    )
    UPDATE batch
    SET fence = batch.fence + 1, leased_until = clock_timestamp() + :lease_for,
        deaths = batch.deaths + free.abandoned::int,
        revision = CASE WHEN free.abandoned OR batch.deaths > 0 THEN coalesce(batch.revision, 1)
                        ELSE free.latest END
    FROM free WHERE batch.id = free.id
    RETURNING batch.id, batch.edition_id, batch.first_id, batch.last_id, batch.members,
              batch.fence, batch.deaths AS crash_count, free.abandoned
    """)  # noqa: S608  only a constant is put in.


def claim_due_batch(
    session: Session, *, edition_id: int, now: datetime, lease_for: timedelta, max_crashes: int
) -> LeasedBatch | None:
    """Lease the next due and unleased batch with at most `max_crashes`; None if there is none."""
    rows = session.execute(
        _CLAIM,
        {"edition_id": edition_id, "now": now, "lease_for": lease_for, "max_crashes": max_crashes},
    )
    row = rows.mappings().one_or_none()
    return None if row is None else LeasedBatch(**row)


_COUNT_UNLEASED = text(f"""
    SELECT count(*) FROM (
        SELECT FROM batch
        WHERE batch.edition_id = :edition_id AND batch.done_at IS NULL AND batch.due_at <= :now
          AND batch.leased_until IS NULL AND {MAY_BEGIN}
        LIMIT :most
    ) AS free
    """)  # noqa: S608  only a constant of this module is put in.


def count_unleased(session: Session, *, edition_id: int, now: datetime, most: int) -> int:
    """Return how many batches are due and not leased, counting up to `most`."""
    values = {"edition_id": edition_id, "now": now, "most": most}
    return int(session.execute(_COUNT_UNLEASED, values).scalar_one())


_WAITING = DELIVERY.sql_from(
    DeliveryState.DEFERRED, DeliveryState.UNCERTAIN, to=DeliveryState.LEASED
)
_BATCH_RETRIES = text(f"""
    WITH due AS MATERIALIZED (
        SELECT delivery.subscriber_id, edition.revision
        FROM delivery JOIN edition ON edition.id = delivery.edition_id
        WHERE delivery.edition_id = :edition_id AND delivery.next_at <= :now
          AND delivery.state IN {_WAITING}
          AND edition.state = 'sending' AND edition.paused_at IS NULL AND {SENDING_ALLOWED}
          AND edition.revision = edition.rendered_revision
        ORDER BY delivery.next_at, delivery.subscriber_id
        LIMIT :limit
        FOR UPDATE OF delivery SKIP LOCKED
    ), made AS (
        INSERT INTO batch (edition_id, first_id, last_id, members, due_at, fence, leased_until,
                           revision)
        SELECT :edition_id, min(subscriber_id), max(subscriber_id),
               array_agg(subscriber_id ORDER BY subscriber_id), :now, 1,
               clock_timestamp() + :lease_for, max(revision)
        FROM due HAVING count(*) > 0
        RETURNING *
    ), moved AS (
        UPDATE delivery SET state = 'pending', next_at = NULL, batch_id = made.id
        FROM made, due
        WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = due.subscriber_id
    )
    SELECT made.id, made.edition_id, made.first_id, made.last_id, made.members, made.fence,
           made.deaths AS crash_count, false AS abandoned
    FROM made
    """)  # noqa: S608  only a constant is put in.


def batch_due_retries(
    session: Session, *, edition_id: int, now: datetime, lease_for: timedelta, limit: int
) -> LeasedBatch | None:
    """Put deferred deliveries that are due into a new batch and lease it; None without any."""
    rows = session.execute(
        _BATCH_RETRIES,
        {"edition_id": edition_id, "now": now, "lease_for": lease_for, "limit": limit},
    )
    row = rows.mappings().one_or_none()
    return None if row is None else LeasedBatch(**row)


_RENEW = text("""
    UPDATE batch SET leased_until = clock_timestamp() + :lease_for
    FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS int[])) AS held (id, fence)
    WHERE batch.id = held.id AND batch.fence = held.fence AND batch.leased_until IS NOT NULL
    RETURNING batch.id
    """)


def renew_leases(
    session: Session, batches: Sequence[LeasedBatch], *, lease_for: timedelta
) -> set[int]:
    """Extend leases; return the ids of the batches whose lease was still valid."""
    values = {
        "ids": [batch.id for batch in batches],
        "fences": [batch.fence for batch in batches],
        "lease_for": lease_for,
    }
    return set(session.scalars(_RENEW, values))


_IN_RANGE = "delivery.subscriber_id BETWEEN batch.first_id AND batch.last_id"
_IN_MEMBERS = "delivery.subscriber_id = ANY (batch.members)"

_RELEASE = """
    UPDATE batch
    SET leased_until = NULL, due_at = greatest(due_at, :due_at),
        done_at = CASE WHEN NOT EXISTS (
            SELECT FROM delivery
            WHERE delivery.edition_id = batch.edition_id AND {scope}
              AND delivery.batch_id = batch.id AND delivery.state = 'pending'
        ) THEN CAST(:now AS timestamptz) END
    WHERE batch.id = :id AND batch.fence = :fence AND batch.leased_until IS NOT NULL
    RETURNING done_at
    """
_RELEASE_RANGE = text(_RELEASE.format(scope=_IN_RANGE))
_RELEASE_MEMBERS = text(_RELEASE.format(scope=_IN_MEMBERS))


def release_batch(session: Session, batch: LeasedBatch, *, now: datetime, due_at: datetime) -> bool:
    """End a lease; its pending deliveries can be claimed again from `due_at` on.

    Returns False if the lease was lost before.
    """
    row = session.execute(
        _RELEASE_RANGE if batch.members is None else _RELEASE_MEMBERS,
        {"id": batch.id, "fence": batch.fence, "now": now, "due_at": due_at},
    ).one_or_none()
    return row is not None


_SPLIT = """
    WITH pending AS MATERIALIZED (
        SELECT delivery.subscriber_id, batch.revision,
               (row_number() OVER (ORDER BY delivery.subscriber_id) - 1) / :size AS part
        FROM batch JOIN delivery ON delivery.edition_id = batch.edition_id AND {scope}
                                AND delivery.batch_id = batch.id AND delivery.state = 'pending'
        WHERE batch.id = :id
    ), made AS (
        INSERT INTO batch (edition_id, first_id, last_id, members, due_at, deaths, revision)
        SELECT :edition_id, min(subscriber_id), max(subscriber_id),
               array_agg(subscriber_id ORDER BY subscriber_id), :now, :deaths, max(revision)
        FROM pending GROUP BY part
        RETURNING id, members
    ), moved AS (
        UPDATE delivery SET batch_id = made.id
        FROM made CROSS JOIN unnest(made.members) AS member
        WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = member
    ), closed AS (
        UPDATE batch SET done_at = :now, leased_until = NULL WHERE id = :id
    )
    SELECT count(*) FROM made
    """
_SPLIT_RANGE = text(_SPLIT.format(scope=_IN_RANGE))
_SPLIT_MEMBERS = text(_SPLIT.format(scope=_IN_MEMBERS))


def split_batch(session: Session, batch: LeasedBatch, *, size: int, now: datetime) -> int:
    """Move the pending deliveries of a leased batch into new ones of `size`; return how many."""
    return int(
        session.execute(
            _SPLIT_RANGE if batch.members is None else _SPLIT_MEMBERS,
            {
                "edition_id": batch.edition_id,
                "id": batch.id,
                "size": size,
                "deaths": batch.crash_count,
                "now": now,
            },
        ).scalar_one()
    )

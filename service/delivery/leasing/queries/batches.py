"""SQL about batches: the right to hand over some hundred deliveries, taken for a time.

Every statement that writes for a holder names the lease's fence; whoever took the batch over in
between has a higher one, and the statement changes nothing. Leases run by PostgreSQL's own clock:
a worker whose clock is fast must not take what another one holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, text

from service.delivery.guard.queries import SENDING_ALLOWED
from service.kit.db import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedBatch:
    """A leased batch; `fence` proves the lease.

    `members` is None when it has every pending row between `first_id` and `last_id`. `abandoned`
    tells that its last holder never came back.
    """

    id: int
    edition_id: int
    first_id: int
    last_id: int
    members: Sequence[int] | None
    fence: int
    deaths: int
    abandoned: bool = False


# Batches that have outlived their holders come last: one of their readers may be the reason. They
# keep their revision, because any of their readers may have been sent it.
_CLAIM = text(f"""
    WITH free AS MATERIALIZED (
        SELECT batch.id, batch.leased_until IS NOT NULL AS abandoned, edition.revision AS latest
        FROM batch JOIN edition ON edition.id = batch.edition_id
        WHERE batch.edition_id = :edition_id AND batch.done_at IS NULL AND batch.due_at <= :now
          AND (batch.leased_until IS NULL OR batch.leased_until <= clock_timestamp())
          AND batch.deaths <= :most_deaths
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
              batch.fence, batch.deaths, free.abandoned
    """)  # noqa: S608  only a constant is put in.


def claim_due_batch(
    session: Session, *, edition_id: int, now: datetime, lease_for: timedelta, most_deaths: int
) -> LeasedBatch | None:
    """Lease the next batch that is due and in nobody's hands, with at most so many deaths."""
    row = session.execute(
        _CLAIM,
        {"edition_id": edition_id, "now": now, "lease_for": lease_for, "most_deaths": most_deaths},
    ).one_or_none()
    return None if row is None else _batch(row)


_COUNT_FREE = text("""
    SELECT count(*) FROM (
        SELECT FROM batch
        WHERE batch.edition_id = :edition_id AND batch.done_at IS NULL AND batch.due_at <= :now
          AND batch.leased_until IS NULL
        LIMIT :most
    ) AS free
    """)


def count_free(session: Session, *, edition_id: int, now: datetime, most: int) -> int:
    """Return how many batches are due and in nobody's hands; it counts to `most` only."""
    values = {"edition_id": edition_id, "now": now, "most": most}
    return int(session.execute(_COUNT_FREE, values).scalar_one())


_GATHER = text(f"""
    WITH due AS MATERIALIZED (
        SELECT delivery.subscriber_id, edition.revision
        FROM delivery JOIN edition ON edition.id = delivery.edition_id
        WHERE delivery.edition_id = :edition_id AND delivery.next_at <= :now
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
           made.deaths, false AS abandoned
    FROM made
    """)  # noqa: S608  only a constant is put in.


def batch_due_retries(
    session: Session, *, edition_id: int, now: datetime, lease_for: timedelta, limit: int
) -> LeasedBatch | None:
    """Put deliveries whose time to be tried again has come into a batch of their own, leased."""
    row = session.execute(
        _GATHER, {"edition_id": edition_id, "now": now, "lease_for": lease_for, "limit": limit}
    ).one_or_none()
    return None if row is None else _batch(row)


_RENEW = text("""
    UPDATE batch SET leased_until = clock_timestamp() + :lease_for
    FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS int[])) AS held (id, fence)
    WHERE batch.id = held.id AND batch.fence = held.fence AND batch.leased_until IS NOT NULL
    RETURNING batch.id
    """)


def renew_leases(
    session: Session, batches: Sequence[LeasedBatch], *, lease_for: timedelta
) -> set[int]:
    """Keep leases for longer; return the batches whose lease still held."""
    values = {
        "ids": [batch.id for batch in batches],
        "fences": [batch.fence for batch in batches],
        "lease_for": lease_for,
    }
    return set(session.scalars(_RENEW, values))


_OF_RANGE = "delivery.subscriber_id BETWEEN batch.first_id AND batch.last_id"
_OF_MEMBERS = "delivery.subscriber_id = ANY (batch.members)"

_LET_GO = """
    UPDATE batch
    SET leased_until = NULL, due_at = greatest(due_at, :due_at),
        done_at = CASE WHEN NOT EXISTS (
            SELECT FROM delivery
            WHERE delivery.edition_id = batch.edition_id AND {whose}
              AND delivery.batch_id = batch.id AND delivery.state = 'pending'
        ) THEN CAST(:now AS timestamptz) END
    WHERE batch.id = :id AND batch.fence = :fence AND batch.leased_until IS NOT NULL
    RETURNING done_at
    """
_LET_GO_RANGE = text(_LET_GO.format(whose=_OF_RANGE))
_LET_GO_MEMBERS = text(_LET_GO.format(whose=_OF_MEMBERS))


def release_batch(session: Session, batch: LeasedBatch, *, now: datetime, due_at: datetime) -> bool:
    """End a lease; what is still pending in it may be leased from `due_at` on.

    False means that the lease was lost before.
    """
    row = session.execute(
        _LET_GO_RANGE if batch.members is None else _LET_GO_MEMBERS,
        {"id": batch.id, "fence": batch.fence, "now": now, "due_at": due_at},
    ).one_or_none()
    return row is not None


_SPLIT = """
    WITH alive AS MATERIALIZED (
        SELECT delivery.subscriber_id, batch.revision,
               (row_number() OVER (ORDER BY delivery.subscriber_id) - 1) / :size AS part
        FROM batch JOIN delivery ON delivery.edition_id = batch.edition_id AND {whose}
                                AND delivery.batch_id = batch.id AND delivery.state = 'pending'
        WHERE batch.id = :id
    ), made AS (
        INSERT INTO batch (edition_id, first_id, last_id, members, due_at, deaths, revision)
        SELECT :edition_id, min(subscriber_id), max(subscriber_id),
               array_agg(subscriber_id ORDER BY subscriber_id), :now, :deaths, max(revision)
        FROM alive GROUP BY part
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
_SPLIT_RANGE = text(_SPLIT.format(whose=_OF_RANGE))
_SPLIT_MEMBERS = text(_SPLIT.format(whose=_OF_MEMBERS))


def split_batch(session: Session, batch: LeasedBatch, *, size: int, now: datetime) -> int:
    """Put the pending readers of a leased batch into batches of `size`; return how many."""
    return int(
        session.execute(
            _SPLIT_RANGE if batch.members is None else _SPLIT_MEMBERS,
            {
                "edition_id": batch.edition_id,
                "id": batch.id,
                "size": size,
                "deaths": batch.deaths,
                "now": now,
            },
        ).scalar_one()
    )


def _batch(row: Row[tuple[object, ...]]) -> LeasedBatch:
    return LeasedBatch(
        id=row.id,
        edition_id=row.edition_id,
        first_id=row.first_id,
        last_id=row.last_id,
        members=row.members,
        fence=row.fence,
        deaths=row.deaths,
        abandoned=row.abandoned,
    )

"""Counts for gauges: sums and partial indexes, so that a scrape costs no scan of deliveries."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.delivery.leasing.queries.batches import MAY_BEGIN

# A row each for what is counted; ages in seconds, 0 where nothing is due.
_WORKLOAD = text(f"""
    WITH open_batch AS (
        SELECT due_at, leased_until FROM batch JOIN edition ON edition.id = batch.edition_id
        WHERE batch.done_at IS NULL AND edition.state = 'sending' AND edition.paused_at IS NULL
          AND {MAY_BEGIN}
    )
    SELECT (SELECT count(*) FROM outbox) AS outbox_messages,
           (SELECT min(due_at) FROM outbox) AS outbox_due_at,
           (SELECT count(*) FROM edition
            WHERE paused_at IS NOT NULL AND finished_at IS NULL) AS editions_paused,
           (SELECT min(due_at) FROM open_batch WHERE leased_until IS NULL) AS batch_due_at,
           (SELECT count(*) FROM open_batch WHERE leased_until >= :now) AS leased_batches,
           (SELECT count(*) FROM open_batch WHERE leased_until < :now) AS expired_leases,
           (SELECT min(leased_until) FROM open_batch WHERE leased_until < :now)
               AS lease_expired_at,
           (SELECT count(*) FROM notice WHERE state IN ('pending', 'leased', 'deferred'))
               AS notices_waiting,
           (SELECT min(next_at) FROM notice WHERE state IN ('pending', 'leased', 'deferred'))
               AS notice_due_at,
           (SELECT count(*) FROM report WHERE processed_at IS NULL) AS reports_waiting,
           (SELECT min(received_at) FROM report WHERE processed_at IS NULL) AS report_received_at
    """)  # noqa: S608  only a constant is put in.


class WorkloadRow(NamedTuple):
    """What waits, and since when the oldest of each does."""

    outbox_messages: int
    outbox_due_at: datetime | None
    editions_paused: int
    batch_due_at: datetime | None
    leased_batches: int
    expired_leases: int
    lease_expired_at: datetime | None
    notices_waiting: int
    notice_due_at: datetime | None
    reports_waiting: int
    report_received_at: datetime | None


def workload(session: Session, *, now: datetime) -> WorkloadRow:
    """Count what waits, with the instant since when the oldest of each does."""
    return WorkloadRow(**session.execute(_WORKLOAD, {"now": now}).mappings().one())


_EDITIONS = text("""
    SELECT state, count(*)::int AS editions FROM edition WHERE finished_at IS NULL GROUP BY state
    """)


def open_editions(session: Session) -> Mapping[str, int]:
    """Count the editions that have not ended, by state."""
    return {row.state: row.editions for row in session.execute(_EDITIONS)}


_PENDING = text("""
    SELECT coalesce(sum(edition.readers - settled.count), 0)::bigint
    FROM edition CROSS JOIN LATERAL (
        SELECT coalesce(sum(accepted + refused - reopened + suppressed + expired + uncertain), 0)
                   AS count
        FROM tally WHERE tally.edition_id = edition.id
    ) AS settled
    WHERE edition.finished_at IS NULL AND edition.state = 'sending'
    """)


def pending_deliveries(session: Session) -> int:
    """Count deliveries without a final state by what senders have added up."""
    return int(session.execute(_PENDING).scalar_one())


_FEEDS = text("""
    SELECT CASE WHEN paused_at IS NOT NULL THEN 'paused' WHEN failures > 0 THEN 'failing'
                ELSE 'polled' END AS state,
           count(*)::int AS feeds
    FROM feed GROUP BY 1
    """)


def feeds(session: Session) -> Mapping[str, int]:
    """Count feeds as polled, failing or paused."""
    return {row.state: row.feeds for row in session.execute(_FEEDS)}

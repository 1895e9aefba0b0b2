"""How far editions are, from sums that senders have kept: no delivery is counted one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.kit.db import typed_rows

# What came back, and what waits for another attempt, has partial indexes of its own.
_SUMS = text("""
    SELECT edition.id, edition.state, edition.readers, edition.waves, edition.enrolled_at,
           edition.paused_at, edition.held_at, edition.note, edition.finished_at,
           newsletter.per_minute, sums.*,
           coalesce(back.bounced, 0) AS bounced, coalesce(back.complained, 0) AS complained
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(accepted), 0)::bigint AS accepted,
               coalesce(sum(refused - reopened), 0)::bigint AS refused,
               coalesce(sum(suppressed), 0)::bigint AS suppressed,
               coalesce(sum(expired - cancelled), 0)::bigint AS expired,
               coalesce(sum(cancelled), 0)::bigint AS cancelled,
               coalesce(sum(uncertain), 0)::bigint AS uncertain,
               min(at) AS first_at, max(at) AS last_at
        FROM tally WHERE tally.edition_id = edition.id
    ) AS sums
    LEFT JOIN (
        SELECT edition_id,
               count(*) FILTER (WHERE outcome IN ('bounced', 'soft_bounced')) AS bounced,
               count(*) FILTER (WHERE outcome = 'complained') AS complained
        FROM delivery
        WHERE outcome IS NOT NULL AND edition_id = ANY (CAST(:edition_ids AS bigint[]))
        GROUP BY edition_id
    ) AS back ON back.edition_id = edition.id
    WHERE edition.id = ANY (CAST(:edition_ids AS bigint[]))
    """)


class EditionTotalsRow(NamedTuple):
    """An edition and the sums of its counters; without counters there is no `first_at`."""

    id: int
    state: str
    readers: int | None
    waves: Mapping[str, int]
    enrolled_at: datetime | None
    paused_at: datetime | None
    held_at: datetime | None
    note: Mapping[str, Any] | None
    finished_at: datetime | None
    per_minute: int | None
    accepted: int
    refused: int
    suppressed: int
    expired: int
    cancelled: int
    uncertain: int
    first_at: datetime | None
    last_at: datetime | None
    bounced: int
    complained: int


def edition_totals(session: Session, edition_ids: Sequence[int]) -> list[EditionTotalsRow]:
    """Add up what has become of some editions so far, each in a row."""
    rows = session.execute(_SUMS, {"edition_ids": list(edition_ids)})
    return typed_rows(rows, EditionTotalsRow)


_WAITING = text("""
    SELECT count(*) FROM (
        SELECT FROM delivery WHERE edition_id = :edition_id AND next_at IS NOT NULL LIMIT :most
    ) AS waiting
    """)


def count_waiting_retries(session: Session, edition_id: int, *, most: int) -> int:
    """Count the deliveries that wait for another attempt, up to `most`."""
    return int(session.execute(_WAITING, {"edition_id": edition_id, "most": most}).scalar_one())


_SERIES = text("""
    SELECT floor(extract(epoch FROM at - CAST(:since AS timestamptz))::float8 / :seconds)::int
               AS point,
           sum(accepted + refused + uncertain + deferred)::bigint AS messages
    FROM tally
    WHERE edition_id = :edition_id AND at >= :since AND at < :until
    GROUP BY point ORDER BY point
    """)


def throughput(
    session: Session, edition_id: int, *, since: datetime, until: datetime, step: timedelta
) -> dict[int, int]:
    """Count the messages of equal stretches of time from `since` on, by their number from 0.

    Empty ones are left out.
    """
    rows = session.execute(
        _SERIES,
        {
            "edition_id": edition_id,
            "since": since,
            "until": until,
            "seconds": step.total_seconds(),
        },
    )
    return {row.point: row.messages for row in rows}


_LATELY = text("""
    SELECT coalesce(sum(accepted + refused + uncertain + deferred), 0)::bigint AS messages,
           coalesce(sum(accepted + refused + suppressed + expired + uncertain), 0)::bigint
               AS settled
    FROM tally WHERE edition_id = :edition_id AND at > :since
    """)


def recent_totals(session: Session, edition_id: int, *, since: datetime) -> tuple[int, int]:
    """Count the messages handed over since an instant, and the deliveries that ended."""
    row = session.execute(_LATELY, {"edition_id": edition_id, "since": since}).one()
    return int(row.messages), int(row.settled)

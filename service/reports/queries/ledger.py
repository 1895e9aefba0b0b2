"""An edition's deliveries, counted."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.kit.db import typed_rows

# Candidates are counted by themselves and not as the sum of the states: a row in an unknown state
# would otherwise balance.
_LEDGER = text("""
    SELECT edition.id AS edition, newsletter.slug AS newsletter, edition.state,
           edition.slot_date, edition.slot_time, edition.paused_at, edition.note,
           edition.enrolled_at, edition.finished_at, tally.*
    FROM edition
    JOIN newsletter ON newsletter.id = edition.newsletter_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS candidates,
               count(*) FILTER (WHERE state = 'accepted') AS accepted,
               count(*) FILTER (WHERE state = 'refused') AS refused,
               count(*) FILTER (WHERE state = 'suppressed') AS suppressed,
               count(*) FILTER (WHERE state = 'expired') AS expired,
               count(*) FILTER (WHERE state = 'expired' AND reason = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE state = 'uncertain') AS uncertain,
               count(*) FILTER (WHERE state IN ('pending', 'deferred')) AS pending,
               count(*) FILTER (WHERE state = 'pending' AND batch_id IN (
                   SELECT batch.id FROM batch
                   WHERE batch.edition_id = edition.id AND batch.done_at IS NULL
                     AND batch.leased_until > clock_timestamp())) AS leased,
               count(*) FILTER (WHERE state = 'deferred') AS deferred,
               count(*) FILTER (WHERE outcome IN ('bounced', 'soft_bounced')) AS bounced,
               count(*) FILTER (WHERE outcome = 'complained') AS complained,
               coalesce(sum(attempts), 0)::bigint AS attempts
        FROM delivery WHERE delivery.edition_id = edition.id
    ) AS tally
    WHERE edition.id = :edition_id
    """)


class LedgerRow(NamedTuple):
    """An edition, and its deliveries by state."""

    edition: int
    newsletter: str
    state: str
    slot_date: date
    slot_time: time
    paused_at: datetime | None
    note: Mapping[str, Any] | None
    enrolled_at: datetime | None
    finished_at: datetime | None
    candidates: int
    accepted: int
    refused: int
    suppressed: int
    expired: int
    cancelled: int
    uncertain: int
    pending: int
    leased: int
    deferred: int
    bounced: int
    complained: int
    attempts: int


# Acceptances from before revisions were kept: until the first one, all had what was frozen.
_BY_REVISION = text("""
    SELECT coalesce(delivery.revision,
                    CASE WHEN edition.revision = 1 OR delivery.settled_at < second.made_at
                         THEN 1 END) AS revision,
           count(*) FILTER (WHERE delivery.state = 'accepted') AS accepted,
           count(*) FILTER (WHERE delivery.state = 'uncertain') AS uncertain
    FROM edition
    JOIN delivery ON delivery.edition_id = edition.id
    LEFT JOIN edition_revision AS second
      ON second.edition_id = edition.id AND second.number = 2
    WHERE edition.id = :edition_id AND delivery.state IN ('accepted', 'uncertain')
    GROUP BY 1 ORDER BY 1
    """)


class RevisionRow(NamedTuple):
    """A revision, None if unknown, and how many deliveries had it."""

    revision: int | None
    accepted: int
    uncertain: int


def by_revision(session: Session, edition_id: int) -> list[RevisionRow]:
    """Count an edition's accepted and uncertain deliveries by revision."""
    return typed_rows(session.execute(_BY_REVISION, {"edition_id": edition_id}), RevisionRow)


def ledger(session: Session, edition_id: int) -> LedgerRow | None:
    """Count an edition's deliveries by state in one statement, so that the parts fit together."""
    row = session.execute(_LEDGER, {"edition_id": edition_id}).mappings().one_or_none()
    return None if row is None else LedgerRow(**row)

"""An edition's deliveries, counted."""

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

# Candidates are counted by themselves and not as the sum of the states: a row in a state that
# no state knows would otherwise balance.
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


def ledger(session: Session, edition_id: int) -> Row[tuple[object, ...]] | None:
    """Count an edition's deliveries by state in one statement, so that the parts fit together."""
    return session.execute(_LEDGER, {"edition_id": edition_id}).one_or_none()

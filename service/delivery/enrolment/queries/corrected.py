"""SQL of who gets a correction: readers who have an older revision of what it is about."""

from sqlalchemy import text

from service.kit.db import Session

# A delivery's revision is what its reader has, or may have: it is also set while an uncertain
# message waits for another attempt. An acceptance from before it was kept has an older revision if
# it was earlier than the revision. A reader gets one correction for a revision, unless that was
# not delivered. It is a set and no condition on each reader, and `OFFSET 0` keeps the planner to
# the deliveries of these editions: it would read those of all.
HAS_OLDER_REVISION = """
    subscription.subscriber_id IN (
        SELECT received.subscriber_id
        FROM corrected_revision AS corrected
        JOIN edition_revision AS made
          ON made.edition_id = corrected.edition_id AND made.number = corrected.number
        CROSS JOIN LATERAL (
            SELECT delivery.* FROM delivery
            WHERE delivery.edition_id = corrected.edition_id AND delivery.subscriber_id > :after
            OFFSET 0
        ) AS received
        WHERE corrected.correction_id = :correction_id
          AND received.mask & corrected.section_mask <> 0
          AND (received.revision < corrected.number
               OR (received.revision IS NULL AND received.state IN ('accepted', 'uncertain')
                   AND received.settled_at < made.made_at))
          AND NOT EXISTS (
              SELECT FROM corrected_revision AS other
              JOIN delivery AS told
                ON told.edition_id = other.correction_id
               AND told.subscriber_id = received.subscriber_id
              WHERE other.edition_id = corrected.edition_id AND other.number = corrected.number
                AND other.correction_id <> corrected.correction_id
                AND told.state NOT IN ('refused', 'suppressed', 'expired')))
    """
"""SQL condition on a subscription, with `correction_id` and the last enrolled reader, `after`."""

_COUNT = text(f"""
    SELECT count(*)
    FROM subscription
    WHERE subscription.newsletter_id = (SELECT newsletter_id FROM edition WHERE id = :correction_id)
      AND subscription.state = 'active' AND {HAS_OLDER_REVISION}
      AND NOT EXISTS (SELECT FROM suppression
                      WHERE suppression.subscriber_id = subscription.subscriber_id)
    """)  # noqa: S608  only a constant of this module is put in.


def count_readers(session: Session, correction_id: int) -> int:
    """Count the readers who would get a correction now."""
    return int(session.execute(_COUNT, {"correction_id": correction_id, "after": 0}).scalar_one())


# A batch that is leased under an older revision may hand over more messages of it; so may one that
# outlived its holder, because it keeps its revision.
_OPEN_OLDER = text("""
    SELECT DISTINCT corrected.edition_id
    FROM corrected_revision AS corrected
    JOIN batch ON batch.edition_id = corrected.edition_id
    WHERE corrected.correction_id = :correction_id AND batch.done_at IS NULL
      AND coalesce(batch.revision, 1) < corrected.number
      AND (batch.leased_until IS NOT NULL OR batch.deaths > 0)
    ORDER BY corrected.edition_id
    """)


def editions_with_older_batches(session: Session, correction_id: int) -> list[int]:
    """Return the editions that still hand over an older revision than is corrected."""
    return list(session.scalars(_OPEN_OLDER, {"correction_id": correction_id}))

"""SQL of an edition as a whole: whether it may be sent, its end, and finding due work."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from service.delivery.guard.queries import SENDING_ALLOWED
from service.delivery.leasing.queries.batches import MAY_BEGIN
from service.delivery.lifecycle import DELIVERY, DeliveryState
from service.editions.lifecycle import EDITION, EditionState
from service.editions.revision_queries import HAS_WITHDRAWN
from service.kit.db import Session

_SEND_STATUS = text(f"""
    SELECT edition.state, edition.paused_at IS NOT NULL AS paused,
           {SENDING_ALLOWED} AS sending_allowed,
           edition.newsletter_id, edition.own_pauses,
           edition.revision <> edition.rendered_revision OR {HAS_WITHDRAWN} AS needs_revision,
           coalesce(edition.expires_at, edition.frozen_at + newsletter.valid_for) AS expires_at,
           newsletter.per_minute,
           split_part(coalesce(edition.frozen->>'sender_address', newsletter.sender_address),
                      '@', 2) AS sender_domain
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.id = :edition_id
    """)  # noqa: S608  only constants are put in.


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSendStatus:
    """Whether an edition may be sent now, until when, how fast, and in whose name."""

    state: str
    paused: bool
    # False in a copy of the database.
    sending_allowed: bool
    # Whether something in it was withdrawn: it must be revised before it continues.
    needs_revision: bool
    newsletter_id: int
    own_pauses: int
    expires_at: datetime | None
    per_minute: int | None
    sender_domain: str

    @property
    def is_sendable(self) -> bool:
        """Whether it may be sent at this moment."""
        is_sending = self.state == "sending" and not self.paused
        return is_sending and self.sending_allowed and not self.needs_revision


def edition_send_status(session: Session, *, edition_id: int) -> EditionSendStatus | None:
    """Return whether and how an edition may be sent; None if there is no such edition."""
    row = session.execute(_SEND_STATUS, {"edition_id": edition_id}).one_or_none()
    if row is None:
        return None
    return EditionSendStatus(
        state=row.state,
        paused=row.paused,
        sending_allowed=row.sending_allowed,
        needs_revision=row.needs_revision,
        newsletter_id=row.newsletter_id,
        own_pauses=row.own_pauses,
        expires_at=row.expires_at,
        per_minute=row.per_minute,
        sender_domain=row.sender_domain,
    )


# Readers who get it at their local time have that much longer.
_COUNT_TOO_OLD = text("""
    SELECT count(*) FROM delivery
    WHERE edition_id = :edition_id AND (state = 'pending' OR next_at IS NOT NULL)
      AND CAST(:expires_at AS timestamptz) + make_interval(mins => wave::int) <= :now
    """)


def count_too_old(session: Session, edition_id: int, *, expires_at: datetime, now: datetime) -> int:
    """Return for how many waiting readers the news is too old; reads all deliveries."""
    values = {"edition_id": edition_id, "expires_at": expires_at, "now": now}
    return int(session.execute(_COUNT_TOO_OLD, values).scalar_one())


# Leased batches end by themselves; the fences of the others grow, so that a holder that comes back
# late writes nothing. A message that may have left stays uncertain. Each member of a scattered
# batch is a range of one, so that all are found the same way; batches that were due together lie
# together, and the range over all of them keeps the planner from reading the whole edition.
_EXPIRE = """
    SET state = CASE WHEN doubts > 0 THEN 'uncertain' ELSE 'expired' END, reason = 'cancelled',
        next_at = NULL, settled_at = :now
    """
_UNSENT = DELIVERY.sql_from(
    DeliveryState.PENDING,
    DeliveryState.LEASED,
    to=(DeliveryState.EXPIRED, DeliveryState.UNCERTAIN),
)
_DEFERRED = DELIVERY.sql_from(DeliveryState.DEFERRED, to=DeliveryState.EXPIRED)
_EXPIRE_CANCELLED = text(f"""
    WITH ended_batch AS (
        UPDATE batch SET done_at = :now, leased_until = NULL, fence = batch.fence + 1
        WHERE batch.id IN (
            SELECT batch.id FROM batch JOIN edition ON edition.id = batch.edition_id
            WHERE batch.edition_id = :edition_id AND batch.done_at IS NULL
              AND edition.state = 'cancelled'
              AND (batch.leased_until IS NULL OR batch.leased_until <= clock_timestamp())
            ORDER BY batch.deaths, batch.due_at, batch.id
            LIMIT :batches
            FOR UPDATE OF batch SKIP LOCKED)
        RETURNING batch.id, batch.first_id, batch.last_id, batch.members
    ), scope AS (
        SELECT id AS batch_id, first_id, last_id FROM ended_batch WHERE members IS NULL
        UNION ALL
        SELECT ended_batch.id, member, member
        FROM ended_batch CROSS JOIN unnest(ended_batch.members) AS member
    ), pending AS (
        UPDATE delivery {_EXPIRE} FROM scope
        WHERE delivery.edition_id = :edition_id
          AND delivery.subscriber_id BETWEEN scope.first_id AND scope.last_id
          AND delivery.subscriber_id BETWEEN (SELECT min(first_id) FROM ended_batch)
                                         AND (SELECT max(last_id) FROM ended_batch)
          AND delivery.batch_id = scope.batch_id AND delivery.state IN {_UNSENT}
        RETURNING delivery.state, delivery.revision
    ), waiting AS (
        UPDATE delivery {_EXPIRE}
        WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id IN (
            SELECT delivery.subscriber_id
            FROM delivery JOIN edition ON edition.id = delivery.edition_id
            WHERE delivery.edition_id = :edition_id AND delivery.next_at IS NOT NULL
              AND (delivery.state IN {_DEFERRED} OR delivery.doubts > 0)
              AND edition.state = 'cancelled'
            LIMIT :rows
            FOR UPDATE OF delivery SKIP LOCKED)
        RETURNING delivery.state, delivery.revision
    ), counted AS (
        SELECT CASE WHEN state = 'uncertain' THEN revision END AS revision,
               count(*) FILTER (WHERE state = 'expired') AS expired,
               count(*) FILTER (WHERE state = 'uncertain') AS uncertain
        FROM (SELECT * FROM pending UNION ALL SELECT * FROM waiting) AS ended
        GROUP BY 1
    )
    SELECT counted.*, (SELECT count(*) FROM ended_batch) AS batches,
           (SELECT count(*) FROM waiting) AS waited
    FROM (SELECT) AS always LEFT JOIN counted ON true
    """)  # noqa: S608  only a constant of this module is put in.

BATCHES_PER_CALL = 100
"""Batches ended in one transaction: tens of thousands of deliveries."""

ROWS_PER_CALL = 50_000


def expire_cancelled(
    session: Session,
    *,
    edition_id: int,
    now: datetime,
    batches: int = BATCHES_PER_CALL,
    rows: int = ROWS_PER_CALL,
) -> tuple[dict[int | None, Counter[str]], bool]:
    """Expire some deliveries that a cancelled edition has not sent.

    Returns the number of deliveries by their new state, and whether there may be more. Uncertain
    ones are counted by the revision that their message had.
    """
    values = _parameters(edition_id, now) | {"batches": batches, "rows": rows}
    found = session.execute(_EXPIRE_CANCELLED, values).all()
    ended = {
        each.revision: +Counter(expired=each.expired, uncertain=each.uncertain)
        for each in found
        if each.expired is not None
    }
    return ended, found[0].batches == batches or found[0].waited == rows


_NOTHING_LEFT = """
    NOT EXISTS (SELECT FROM batch WHERE batch.edition_id = edition.id AND batch.done_at IS NULL)
    AND NOT EXISTS (SELECT FROM delivery WHERE delivery.edition_id = edition.id
                    AND delivery.next_at IS NOT NULL)
    """
_MAY_FINISH = text(f"""
    SELECT EXISTS (SELECT FROM edition
                   WHERE id = :edition_id AND state = 'sending' AND enrolled_at IS NOT NULL
                     AND {_NOTHING_LEFT})
    """)  # noqa: S608  only a constant of this module is put in.

_SENDING = EDITION.sql_from(EditionState.SENDING, to=EditionState.FINISHED)
# The deliveries decide, not the batches.
_FINISH = text(f"""
    UPDATE edition SET state = 'finished', finished_at = :now
    WHERE id = :edition_id AND state IN {_SENDING}
      AND NOT EXISTS (SELECT FROM delivery
                      WHERE edition_id = :edition_id AND delivery.state IN ('pending', 'deferred'))
    RETURNING id
    """)  # noqa: S608  only a constant is put in.


def finish_edition(session: Session, *, edition_id: int, now: datetime) -> bool:
    """Finish an edition unless a delivery is pending; return whether it changed."""
    if not session.scalar(_MAY_FINISH, {"edition_id": edition_id}):
        return False
    return session.scalar(_FINISH, _parameters(edition_id, now)) is not None


_DUE_BATCH = """
    EXISTS (SELECT FROM batch
            WHERE batch.edition_id = edition.id AND batch.done_at IS NULL AND batch.due_at <= :now
              AND (batch.leased_until IS NULL OR batch.leased_until <= clock_timestamp()))
    """
_DUE_RETRY = """
    EXISTS (SELECT FROM delivery
            WHERE delivery.edition_id = edition.id AND delivery.next_at <= :now)
    """
_MAY_LEASE_BATCH = f"""
    EXISTS (SELECT FROM batch
            WHERE batch.edition_id = edition.id AND batch.done_at IS NULL AND batch.due_at <= :now
              AND (batch.leased_until IS NULL OR batch.leased_until <= clock_timestamp())
              AND {MAY_BEGIN})
    """
# A sending edition without open work was interrupted just before its end. A cancelled one must
# still expire its open deliveries, however long ago it was cancelled; small indexes find both.
_DUE = text(f"""
    SELECT edition.id FROM edition
    WHERE (edition.state = 'sending' AND edition.paused_at IS NULL AND {SENDING_ALLOWED}
           AND ({_MAY_LEASE_BATCH} OR {_DUE_RETRY} OR {_NOTHING_LEFT}))
       OR (edition.state = 'cancelled'
           AND ({_DUE_BATCH} OR EXISTS (
               SELECT FROM delivery
               WHERE delivery.edition_id = edition.id AND delivery.next_at IS NOT NULL)))
    ORDER BY edition.id
    """)  # noqa: S608  only constants are put in.


def due_editions(session: Session, *, now: datetime) -> list[int]:
    """Return ids of editions with due work that no worker holds."""
    return list(session.scalars(_DUE, {"now": now}))


_HAS_DUE = text(f"""
    SELECT EXISTS (
        SELECT FROM edition
        WHERE edition.id = :edition_id AND edition.state = 'sending' AND edition.paused_at IS NULL
          AND edition.revision = edition.rendered_revision
          AND {SENDING_ALLOWED} AND ({_MAY_LEASE_BATCH} OR {_DUE_RETRY}))
    """)  # noqa: S608  only constants are put in.


def has_due_deliveries(session: Session, *, edition_id: int, now: datetime) -> bool:
    """Return whether a delivery of a sendable edition could be leased now."""
    return bool(session.scalar(_HAS_DUE, _parameters(edition_id, now)))


def _parameters(edition_id: int, now: datetime) -> dict[str, object]:
    return {"edition_id": edition_id, "now": now}

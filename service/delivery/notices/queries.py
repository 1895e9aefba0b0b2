"""SQL about transactional messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, text

from service.delivery.lifecycle import NOTICE, DeliveryState
from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.retry import DeliveryUpdate
from service.delivery.tables import Notice
from service.editions.lifecycle import MAX_SETBACKS
from service.kit.db import Session
from service.kit.translatable import TranslatableMessage, translatable

_OPEN = NOTICE.sql_from(
    DeliveryState.PENDING,
    DeliveryState.LEASED,
    DeliveryState.DEFERRED,
    to=(DeliveryState.LEASED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED),
)
_LEASED = NOTICE.sql_from(
    DeliveryState.LEASED,
    to=(
        DeliveryState.ACCEPTED,
        DeliveryState.DEFERRED,
        DeliveryState.REFUSED,
        DeliveryState.UNCERTAIN,
        DeliveryState.EXPIRED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotice:
    """A leased notice with what writing and sending it needs."""

    id: int
    kind: str
    newsletter_id: int
    subscriber_id: int
    facts: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    fence: int
    attempts: int
    address: str
    address_key: str
    # Which relays may carry it.
    sender_domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckNotices:
    """How many notices wait for one reason, and since when."""

    reason: TranslatableMessage
    count: int
    since: datetime


def add_notice(session: Session, values: Mapping[str, object]) -> int:
    """Write a pending notice and return its id."""
    statement = insert(Notice).values(**values, state=NOTICE.initial).returning(Notice.id)
    return session.execute(statement).scalar_one()


# Each lease has a fence of its own, and each that came to an end is an attempt.
_CLAIM = text(f"""
    WITH due AS MATERIALIZED (
        SELECT notice.id, subscriber.address, subscriber.address_key,
               split_part(newsletter.sender_address, '@', 2) AS sender_domain,
               CASE WHEN subscriber.address IS NULL THEN 'erased'
                    -- Who has left or chosen for themselves since has no use for it.
                    WHEN notice.kind = 'moved' AND NOT EXISTS (
                        SELECT FROM subscription
                        WHERE subscription.newsletter_id = notice.newsletter_id
                          AND subscription.subscriber_id = notice.subscriber_id
                          AND subscription.state = 'active'
                          AND subscription.frequency = notice.facts ->> 'frequency'
                    ) THEN 'unsubscribed'
                    ELSE (SELECT suppression.reason FROM suppression
                          WHERE suppression.subscriber_id = notice.subscriber_id
                            AND suppression.reason <> 'erased'
                            -- A reader who confirms has a mailbox again.
                            AND NOT (notice.kind = 'confirm'
                                     AND suppression.reason IN ('hard_bounce', 'soft_bounces'))
                          LIMIT 1)
               END AS gone
        FROM notice JOIN subscriber ON subscriber.id = notice.subscriber_id
                    JOIN newsletter ON newsletter.id = notice.newsletter_id
        WHERE notice.id = :notice_id AND notice.state IN {_OPEN} AND notice.next_at <= :now
        FOR UPDATE OF notice SKIP LOCKED
    ), decided AS (
        SELECT due.*, CASE WHEN due.gone IS NOT NULL THEN 'suppressed'
                           WHEN notice.expires_at <= :now THEN 'expired'
                           WHEN notice.state IN {_LEASED}
                                AND notice.fence - notice.attempts >= :most THEN 'deferred'
                           ELSE 'leased' END AS state
        FROM due JOIN notice ON notice.id = due.id
    )
    UPDATE notice
    SET state = decided.state,
        fence = notice.fence + 1,
        next_at = CASE decided.state WHEN 'leased' THEN :until
                                     WHEN 'deferred' THEN notice.expires_at
                                     ELSE notice.next_at END,
        settled_at = CASE WHEN decided.state IN ('suppressed', 'expired')
                          THEN CAST(:now AS timestamptz) END,
        reason = CASE WHEN decided.state = 'deferred' THEN '{DeliveryReason.GIVEN_UP}'
                      ELSE coalesce(decided.gone, notice.reason) END
    FROM decided WHERE notice.id = decided.id
    RETURNING notice.id, notice.kind, notice.newsletter_id, notice.subscriber_id, notice.facts,
              notice.created_at, notice.expires_at, notice.fence, notice.attempts, notice.state,
              decided.address, decided.address_key, decided.sender_domain
    """)  # noqa: S608  only constants of this module are put in.


def claim_notice(
    session: Session, *, notice_id: int, now: datetime, until: datetime
) -> ClaimedNotice | None:
    """Lease one notice; None means that there is nothing to send (any more, or yet).

    One with which several workers have died, or that they could not settle, is set aside until it
    expires.
    """
    values = {"notice_id": notice_id, "now": now, "until": until}
    row = session.execute(_CLAIM, values | {"most": MAX_SETBACKS}).one_or_none()
    if row is None or row.state != "leased":
        return None
    return ClaimedNotice(
        id=row.id,
        kind=row.kind,
        newsletter_id=row.newsletter_id,
        subscriber_id=row.subscriber_id,
        facts=row.facts,
        created_at=row.created_at,
        expires_at=row.expires_at,
        fence=row.fence,
        attempts=row.attempts,
        address=row.address,
        address_key=row.address_key or row.address,
        sender_domain=row.sender_domain,
    )


_SETTLE = text(f"""
    UPDATE notice
    SET state = :state, attempts = attempts + 1,
        next_at = coalesce(CAST(:next_at AS timestamptz), next_at),
        settled_at = CASE WHEN CAST(:next_at AS timestamptz) IS NULL
                          THEN CAST(:now AS timestamptz) END,
        reason = :reason, reply = :reply
    WHERE id = :id AND fence = :fence AND state IN {_LEASED}
    RETURNING id
    """)  # noqa: S608  only a constant of this module is put in.


def settle_notice(
    session: Session, *, claimed: ClaimedNotice, settlement: DeliveryUpdate, now: datetime
) -> bool:
    """Write what became of a leased notice; False means that the lease was lost."""
    row = session.scalar(
        _SETTLE,
        {
            "id": claimed.id,
            "fence": claimed.fence,
            "state": NOTICE.transition(DeliveryState.LEASED, settlement.state).value,
            "next_at": settlement.next_at,
            "reason": settlement.reason,
            "reply": settlement.reply,
            "now": now,
        },
    )
    return row is not None


_DUE = text(f"""
    SELECT id FROM notice WHERE state IN {_OPEN} AND next_at <= :now
    ORDER BY next_at, id LIMIT :limit
    """)  # noqa: S608  only a constant of this module is put in.


def due_notices(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return notices that may be leased, oldest first."""
    return list(session.scalars(_DUE, {"now": now, "limit": limit}))


_STUCK = text(f"""
    SELECT reason, CASE reason WHEN '{DeliveryReason.UNWRITABLE}' THEN reply END AS error,
           count(*) AS many, min(created_at) AS since
    FROM notice
    WHERE state IN {_OPEN}
      AND reason IN ('{DeliveryReason.UNWRITABLE}', '{DeliveryReason.GIVEN_UP}')
    GROUP BY 1, 2 ORDER BY 1, 2
    """)  # noqa: S608  only a constant of this module is put in.


def stuck_notices(session: Session) -> list[StuckNotices]:
    """Return which notices cannot be sent because of errors of our own."""
    return [
        StuckNotices(
            reason=translatable("notice.unwritable", error=row.error or "?")
            if row.reason == DeliveryReason.UNWRITABLE
            else translatable("notice.given_up"),
            count=row.many,
            since=row.since,
        )
        for row in session.execute(_STUCK)
    ]


_RENEW = text("""
    UPDATE notice SET next_at = :until WHERE id = :id AND fence = :fence AND state = 'leased'
    """)


def renew_notice(session: Session, *, claimed: ClaimedNotice, until: datetime) -> None:
    """Keep the lease of a notice for longer."""
    session.execute(_RENEW, {"id": claimed.id, "fence": claimed.fence, "until": until})

"""SQL about single deliveries: leasing them, and writing what became of them.

Every statement is set-based and fenced: a writer says which leases it speaks for, and asks which
rows came back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, text

from service.delivery.lifecycle import State
from service.delivery.retry import Settlement
from service.kit.db import Session

_OPEN = "('pending', 'leased', 'deferred')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A time-limited right to one delivery; `fence` proves it."""

    subscriber_id: int
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Lease):
    """A leased delivery with what handing it over needs."""

    mask: int
    attempts: int
    address: str
    address_key: str


# The reader is looked at again at the moment of the lease (promise 4). A lease that has run out
# is due like any other row: whoever held it has died or lost its right.
_CLAIM = text(f"""
    WITH due AS MATERIALIZED (
        SELECT delivery.subscriber_id, edition.newsletter_id,
               edition.frozen_at + newsletter.valid_for <= :now AS late
        FROM delivery
        JOIN edition ON edition.id = delivery.edition_id
        JOIN newsletter ON newsletter.id = edition.newsletter_id
        WHERE delivery.edition_id = :edition_id
          AND delivery.state IN {_OPEN} AND delivery.next_at <= :now
          AND edition.state = 'sending' AND edition.paused_at IS NULL
        ORDER BY delivery.next_at, delivery.subscriber_id
        LIMIT :limit
        FOR UPDATE OF delivery SKIP LOCKED
    ), looked_at AS (
        SELECT due.subscriber_id, due.late, subscriber.address, subscriber.address_key,
               CASE WHEN subscriber.address IS NULL THEN 'erased'
                    WHEN suppressed.reason IS NOT NULL THEN suppressed.reason
                    WHEN subscription.state IS DISTINCT FROM 'active' THEN 'unsubscribed'
               END AS gone
        FROM due
        JOIN subscriber ON subscriber.id = due.subscriber_id
        LEFT JOIN subscription ON subscription.subscriber_id = due.subscriber_id
                              AND subscription.newsletter_id = due.newsletter_id
        LEFT JOIN LATERAL (
            SELECT suppression.reason FROM suppression
            WHERE suppression.subscriber_id = due.subscriber_id LIMIT 1
        ) AS suppressed ON true
    ), decided AS (
        SELECT looked_at.*, CASE WHEN gone IS NOT NULL THEN 'suppressed'
                                 WHEN late THEN 'expired' ELSE 'leased' END AS state
        FROM looked_at
    )
    UPDATE delivery
    SET state = decided.state,
        fence = delivery.fence + 1,
        attempts = delivery.attempts + (decided.state = 'leased')::int,
        next_at = CASE WHEN decided.state = 'leased' THEN :until ELSE delivery.next_at END,
        settled_at = CASE WHEN decided.state <> 'leased' THEN CAST(:now AS timestamptz) END,
        reason = CASE decided.state WHEN 'suppressed' THEN decided.gone
                                    WHEN 'expired' THEN 'too late to be news'
                                    ELSE delivery.reason END
    FROM decided
    WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = decided.subscriber_id
    RETURNING delivery.subscriber_id, delivery.fence, delivery.mask, delivery.attempts,
              delivery.state, decided.address, decided.address_key
    """)  # noqa: S608  only constants of this module are put in.


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one claim changed: leases to work on, and rows that it settled on the spot."""

    leased: list[Claimed]
    suppressed: int = 0
    expired: int = 0

    @property
    def settled(self) -> int:
        """Count the rows that are final now."""
        return self.suppressed + self.expired


def claim_due(
    session: Session, *, edition_id: int, now: datetime, until: datetime, limit: int
) -> Taken:
    """Lease due deliveries, and settle those whose reader has left or whose news is stale."""
    rows = session.execute(
        _CLAIM, {"edition_id": edition_id, "now": now, "until": until, "limit": limit}
    ).all()
    return Taken(
        leased=[_claimed(row) for row in rows if row.state == "leased"],
        suppressed=sum(row.state == "suppressed" for row in rows),
        expired=sum(row.state == "expired" for row in rows),
    )


def _claimed(row: Row[tuple[object, ...]]) -> Claimed:
    return Claimed(
        subscriber_id=row.subscriber_id,
        fence=row.fence,
        mask=row.mask,
        attempts=row.attempts,
        address=row.address,
        address_key=row.address_key or row.address,
    )


_KNOWN_HASHES = text("""
    SELECT address_hash, reason FROM suppression
    WHERE address_hash = ANY (CAST(:hashes AS text[]))
    """)


def suppression_reasons(session: Session, *, hashes: Sequence[str]) -> dict[str, str]:
    """Return the reasons of those address hashes that are suppressed."""
    rows = session.execute(_KNOWN_HASHES, {"hashes": list(hashes)}).all()
    return {row.address_hash: row.reason for row in rows}


_SETTLE = text("""
    UPDATE delivery
    SET state = news.state,
        next_at = coalesce(news.next_at, delivery.next_at),
        settled_at = CASE WHEN news.next_at IS NULL THEN CAST(:now AS timestamptz) END,
        reason = news.reason,
        reply = news.reply
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:fences AS int[]),
                CAST(:states AS text[]), CAST(:next_ats AS timestamptz[]),
                CAST(:reasons AS text[]), CAST(:replies AS text[]))
         AS news (subscriber_id, fence, state, next_at, reason, reply)
    WHERE delivery.edition_id = :edition_id
      AND delivery.subscriber_id = news.subscriber_id
      AND delivery.fence = news.fence AND delivery.state = 'leased'
    RETURNING delivery.subscriber_id, delivery.attempts, delivery.state
    """)

_KEEP_ATTEMPTS = text("""
    INSERT INTO attempt (edition_id, subscriber_id, at, result, reply)
    SELECT :edition_id, news.subscriber_id, :now, news.result, news.reply
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:results AS text[]),
                CAST(:replies AS text[])) AS news (subscriber_id, result, reply)
    """)


def settle_leased(
    session: Session,
    *,
    edition_id: int,
    settlements: Sequence[tuple[Lease, Settlement]],
    now: datetime,
) -> set[int]:
    """Write outcomes under their fences; return whose lease still held.

    A simple success leaves no attempt behind; everything else does, also what came too late to
    count, because a mail may have gone out.
    """
    if not settlements:
        return set()
    rows = session.execute(
        _SETTLE,
        {
            "edition_id": edition_id,
            "now": now,
            "subscriber_ids": [lease.subscriber_id for lease, _ in settlements],
            "fences": [lease.fence for lease, _ in settlements],
            "states": [settled.state.value for _, settled in settlements],
            "next_ats": [settled.next_at for _, settled in settlements],
            "reasons": [settled.reason for _, settled in settlements],
            "replies": [settled.reply for _, settled in settlements],
        },
    ).all()
    simple = {row.subscriber_id for row in rows if row.attempts == 1 and row.state == "accepted"}
    told = [
        (lease, settled)
        for lease, settled in settlements
        if lease.subscriber_id not in simple and settled.state is not State.SUPPRESSED
    ]
    if told:
        session.execute(
            _KEEP_ATTEMPTS,
            {
                "edition_id": edition_id,
                "now": now,
                "subscriber_ids": [lease.subscriber_id for lease, _ in told],
                "results": [settled.state.value for _, settled in told],
                "replies": [settled.reply or settled.reason or "" for _, settled in told],
            },
        )
    return {row.subscriber_id for row in rows}


_RELEASE = text("""
    UPDATE delivery
    SET state = 'deferred', attempts = delivery.attempts - 1, next_at = held.next_at
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:fences AS int[]),
                CAST(:next_ats AS timestamptz[])) AS held (subscriber_id, fence, next_at)
    WHERE delivery.edition_id = :edition_id
      AND delivery.subscriber_id = held.subscriber_id
      AND delivery.fence = held.fence AND delivery.state = 'leased'
    """)


def release(session: Session, *, edition_id: int, unused: Sequence[tuple[Lease, datetime]]) -> None:
    """Give leases back that were not used, each until it is due again; not counted as attempts."""
    if unused:
        values = _held(edition_id, [each for each, _ in unused])
        session.execute(_RELEASE, values | {"next_ats": [next_at for _, next_at in unused]})


_RENEW = text("""
    UPDATE delivery SET next_at = :until
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:fences AS int[]))
         AS held (subscriber_id, fence)
    WHERE delivery.edition_id = :edition_id
      AND delivery.subscriber_id = held.subscriber_id
      AND delivery.fence = held.fence AND delivery.state = 'leased'
    RETURNING delivery.subscriber_id
    """)


def renew(
    session: Session, *, edition_id: int, leases: Sequence[Lease], until: datetime
) -> set[int]:
    """Keep leases for longer; return whose lease still held."""
    return set(session.scalars(_RENEW, _held(edition_id, leases) | {"until": until}))


def _held(edition_id: int, leases: Sequence[Lease]) -> dict[str, object]:
    return {
        "edition_id": edition_id,
        "subscriber_ids": [lease.subscriber_id for lease in leases],
        "fences": [lease.fence for lease in leases],
    }

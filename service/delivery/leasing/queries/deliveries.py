"""SQL of single deliveries: rechecking their readers, and writing their outcomes.

Every statement is set-based and acts for a leased batch: it checks the lease's fence and locks the
batch's row, so that no other worker can claim the batch between the check and the write.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import text

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.lifecycle import DELIVERY, DeliveryState
from service.delivery.smtp.retry import DeliveryUpdate
from service.editions.subject_test_rules import FIRST, SECOND
from service.kit.db import Session, typed_rows


class ClaimedDelivery(NamedTuple):
    """A leased delivery with what sending it needs (a tuple: there are millions)."""

    subscriber_id: int
    mask: int
    attempts: int
    ambiguous_attempts: int
    wave: int
    address: str
    address_key: str
    # The edition's revision that this reader gets.
    revision: int = 1
    # Which of the edition's subjects.
    subject: int = FIRST
    # Whether it is in the sample of a subject test: then its links are counted.
    is_sample: bool = False


class RecheckResult(NamedTuple):
    """What rechecking some readers of a batch found."""

    ready: list[ClaimedDelivery]
    # Who no longer gets the edition, and the reason.
    suppressed: list[tuple[ClaimedDelivery, str]]
    # For whom it is too late to be news.
    expired: list[ClaimedDelivery]
    # Whose sections are empty, because everything in them was withdrawn.
    withdrawn: list[ClaimedDelivery]
    # The last reader that was checked; None means that none was left.
    last_id: int | None
    # Whether suppressed addresses exist that belong to no subscriber.
    has_unowned_suppressions: bool

    @classmethod
    def empty(cls, *, has_unowned_suppressions: bool = False) -> Self:
        """Return a result without readers."""
        return cls([], [], [], [], None, has_unowned_suppressions)


_HELD = """
    held AS MATERIALIZED (
        SELECT batch.id, batch.deaths, coalesce(batch.revision, 1) AS revision FROM batch
        WHERE batch.id = :batch_id AND batch.fence = :fence AND batch.leased_until IS NOT NULL
        FOR SHARE
    )
    """

# Each reader is rechecked within a second before their message begins (promise 4). A lease has one
# revision: once there is a later one, no reader is found, and the batch is released and claimed
# again. A reader who may have received an older revision gets that one: a batch whose holder
# crashed keeps its revision.
_RECHECK = """
    WITH {held}
    SELECT delivery.subscriber_id, delivery.mask, delivery.attempts,
           delivery.doubts AS ambiguous_attempts,
           delivery.wave, coalesce(subscriber.address, '') AS address,
           coalesce(subscriber.address_key, subscriber.address, '') AS address_key,
           coalesce(delivery.revision, held.revision) AS revision,
           coalesce(delivery.sample, subject_test.winner, {FIRST}) AS subject,
           delivery.sample IS NOT NULL AS is_sample,
           coalesce(edition.expires_at, edition.frozen_at + newsletter.valid_for)
               + make_interval(mins => delivery.wave::int) <= :now AS is_expired,
           CASE WHEN subscriber.address IS NULL THEN 'erased'
                WHEN suppressed.reason IS NOT NULL THEN suppressed.reason
                WHEN subscription.state IS DISTINCT FROM 'active' THEN 'unsubscribed'
           END AS suppressed_for,
           EXISTS (SELECT FROM suppression WHERE subscriber_id IS NULL)
               AS has_unowned_suppressions,
           delivery.revision IS NULL AND held.deaths = 0
               AND delivery.mask & edition.section_mask = 0 AS is_withdrawn
    FROM held
    JOIN edition ON edition.id = :edition_id
                AND (held.deaths > 0 OR held.revision = edition.revision)
    JOIN newsletter ON newsletter.id = edition.newsletter_id
    LEFT JOIN subject_test ON subject_test.edition_id = edition.id
    JOIN delivery ON delivery.edition_id = :edition_id AND {scope}
                 AND delivery.batch_id = held.id AND delivery.state = 'pending'
    JOIN subscriber ON subscriber.id = delivery.subscriber_id
    LEFT JOIN subscription ON subscription.subscriber_id = delivery.subscriber_id
                          AND subscription.newsletter_id = edition.newsletter_id
    LEFT JOIN LATERAL (
        SELECT suppression.reason FROM suppression
        WHERE suppression.subscriber_id = delivery.subscriber_id LIMIT 1
    ) AS suppressed ON true
    ORDER BY delivery.subscriber_id
    LIMIT :limit
    """


class _RecheckRow(NamedTuple):
    """The columns of a recheck: a delivery, then what speaks against its message."""

    subscriber_id: int
    mask: int
    attempts: int
    ambiguous_attempts: int
    wave: int
    address: str
    address_key: str
    revision: int
    subject: int
    is_sample: bool
    is_expired: bool
    suppressed_for: str | None
    has_unowned_suppressions: bool
    is_withdrawn: bool


_RECHECK_RANGE = text(
    _RECHECK.format(
        held=_HELD,
        FIRST=FIRST,
        scope="delivery.subscriber_id > :after AND delivery.subscriber_id <= :last_id",
    )
)
_RECHECK_MEMBERS = text(
    _RECHECK.format(
        held=_HELD,
        FIRST=FIRST,
        scope="delivery.subscriber_id = ANY (CAST(:members AS bigint[]))",
    )
)


def recheck_readers(
    session: Session, batch: LeasedBatch, *, after: int, limit: int, now: datetime
) -> RecheckResult:
    """Check the next readers of a leased batch after subscriber `after`, in the order of their ids.

    Finds no reader if the lease was lost.
    """
    values: dict[str, object] = {
        "batch_id": batch.id,
        "fence": batch.fence,
        "edition_id": batch.edition_id,
        "now": now,
        "limit": limit,
    }
    if batch.members is None:
        # Without the lower bound of the batch the planner expects to read a whole edition.
        after = max(after, batch.first_id - 1)
        result = session.execute(
            _RECHECK_RANGE, values | {"after": after, "last_id": batch.last_id}
        )
    else:
        some = [member for member in batch.members if member > after][:limit]
        result = session.execute(_RECHECK_MEMBERS, values | {"members": some})
        # Members that already have a final state are skipped, or the run would never get past them.
        after = some[-1] if some else after
    rows = typed_rows(result, _RecheckRow)
    found = RecheckResult.empty(
        has_unowned_suppressions=bool(rows and rows[0].has_unowned_suppressions)
    )
    for row in rows:
        claimed = ClaimedDelivery(
            row.subscriber_id,
            row.mask,
            row.attempts,
            row.ambiguous_attempts,
            row.wave,
            row.address,
            row.address_key,
            row.revision,
            row.subject,
            row.is_sample,
        )
        if row.suppressed_for is not None:
            found.suppressed.append((claimed, row.suppressed_for))
        elif row.is_expired:
            found.expired.append(claimed)
        elif row.is_withdrawn:
            found.withdrawn.append(claimed)
        else:
            found.ready.append(claimed)
    last_id = rows[-1].subscriber_id if rows else None
    if batch.members is not None and after < batch.members[-1]:
        last_id = after
    return found._replace(last_id=last_id)


_KNOWN_HASHES = text("""
    SELECT address_hash, reason FROM suppression
    WHERE address_hash = ANY (CAST(:hashes AS text[]))
    """)


def suppression_reasons(session: Session, *, hashes: Sequence[str]) -> dict[str, str]:
    """Return the suppression reason by address hash, for those hashes that are suppressed."""
    rows = session.execute(_KNOWN_HASHES, {"hashes": list(hashes)}).all()
    return {row.address_hash: row.reason for row in rows}


_OUTCOMES = (
    DeliveryState.ACCEPTED,
    DeliveryState.DEFERRED,
    DeliveryState.REFUSED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SUPPRESSED,
    DeliveryState.EXPIRED,
)
_LEASED = DELIVERY.sql_from(DeliveryState.LEASED, to=_OUTCOMES)

# One statement that returns hardly anything: it runs for every group of outcomes of a send.
_WRITE_ACCEPTANCES = text(f"""
    WITH {_HELD}, accepted AS (
        UPDATE delivery
        SET state = 'accepted', attempts = delivery.attempts + 1, settled_at = :now,
            reason = NULL, reply = incoming.reply,
            revision = coalesce(delivery.revision, held.revision)
        FROM held, unnest(CAST(CAST(:subscriber_ids AS text) AS bigint[]),
                          ARRAY(SELECT json_array_elements_text(CAST(:replies AS json))))
                     AS incoming (subscriber_id, reply)
        WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = incoming.subscriber_id
          AND delivery.batch_id = held.id AND delivery.state IN {_LEASED}
        RETURNING delivery.subscriber_id, delivery.revision, delivery.sample
    ), counted AS (
        INSERT INTO tally (edition_id, at, accepted, revision, first_subject, second_subject)
        SELECT :edition_id, :now, count(*), revision, count(*) FILTER (WHERE sample = {FIRST}),
               count(*) FILTER (WHERE sample = {SECOND})
        FROM accepted GROUP BY revision
    )
    SELECT count(*) AS written, CASE WHEN count(*) < :offered THEN array_agg(subscriber_id) END
           AS some_ids
    FROM accepted
    """)  # noqa: S608  only a constant of this module is put in.


def write_acceptances(
    session: Session,
    batch: LeasedBatch,
    accepted: Sequence[tuple[ClaimedDelivery, str]],
    *,
    now: datetime,
) -> set[int]:
    """Write that the relay accepted messages, each with its reply, and count them.

    Returns the ids of the subscribers for whom the lease was still valid.
    """
    offered = [claimed.subscriber_id for claimed, _ in accepted]
    values = {
        "batch_id": batch.id,
        "fence": batch.fence,
        "edition_id": batch.edition_id,
        "now": now,
        "offered": len(offered),
        # In PostgreSQL's array notation and as JSON: the driver would adapt every single element.
        "subscriber_ids": "{" + ",".join(map(str, offered)) + "}",
        "replies": json.dumps([reply for _, reply in accepted]),
    }
    row = session.execute(_WRITE_ACCEPTANCES, values).one()
    return set(offered) if row.written == len(offered) else set(row.some_ids or ())


_WRITE_OUTCOMES = text(f"""
    WITH {_HELD}
    UPDATE delivery
    SET state = incoming.state, attempts = delivery.attempts + incoming.counted,
        doubts = delivery.doubts + incoming.doubts,
        next_at = incoming.next_at, reason = incoming.reason, reply = incoming.reply,
        -- A reader who may have received this revision gets no other one.
        revision = CASE WHEN incoming.doubts > 0
                             OR (incoming.next_at IS NOT NULL AND held.deaths > 0)
                        THEN coalesce(delivery.revision, held.revision)
                        ELSE delivery.revision END,
        settled_at = CASE WHEN incoming.next_at IS NULL THEN CAST(:now AS timestamptz) END
    FROM held, unnest(CAST(:subscriber_ids AS bigint[]), CAST(:states AS text[]),
                      CAST(:next_ats AS timestamptz[]), CAST(:reasons AS text[]),
                      CAST(:replies AS text[]), CAST(:counted AS int[]), CAST(:doubts AS int[]))
                 AS incoming (subscriber_id, state, next_at, reason, reply, counted, doubts)
    WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = incoming.subscriber_id
      AND delivery.batch_id = held.id AND delivery.state IN {_LEASED}
    RETURNING delivery.subscriber_id
    """)  # noqa: S608  only a constant of this module is put in.


def write_outcomes(
    session: Session,
    batch: LeasedBatch,
    outcomes: Sequence[tuple[int, DeliveryUpdate]],
    *,
    now: datetime,
) -> set[int]:
    """Write outcomes of any kind by subscriber id; return for whom the lease was still valid."""
    if not outcomes:
        return set()
    return set(
        session.scalars(
            _WRITE_OUTCOMES,
            {
                "batch_id": batch.id,
                "fence": batch.fence,
                "edition_id": batch.edition_id,
                "now": now,
                "subscriber_ids": [subscriber_id for subscriber_id, _ in outcomes],
                "states": [_outcome_state(settled) for _, settled in outcomes],
                "next_ats": [settled.next_at for _, settled in outcomes],
                "reasons": [settled.reason for _, settled in outcomes],
                "replies": [settled.reply for _, settled in outcomes],
                "counted": [int(settled.counted) for _, settled in outcomes],
                "doubts": [int(settled.is_ambiguous) for _, settled in outcomes],
            },
        )
    )


def _outcome_state(settled: DeliveryUpdate) -> str:
    return DELIVERY.transition(DeliveryState.LEASED, settled.state).value

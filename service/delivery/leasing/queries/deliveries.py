"""SQL about single deliveries: a last look at each reader, and writing what became of them.

Every statement is set-based and speaks for a leased batch: it proves the lease by its fence and
locks the batch's row, so that nobody can take the batch over between the proof and the write.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.smtp.retry import DeliveryUpdate
from service.kit.db import Session
from service.replies.classification import RefusalClassification


class ClaimedDelivery(NamedTuple):
    """A leased delivery with what handing it over needs (a tuple: there are millions)."""

    subscriber_id: int
    mask: int
    attempts: int
    doubts: int
    wave: int
    address: str
    address_key: str
    # The edition's revision that they get.
    revision: int = 1


class RecheckResult(NamedTuple):
    """What a look at some readers of a batch found."""

    ready: list[ClaimedDelivery]
    # Who gets nothing, and why: gone from the audience, or too late to be news.
    gone: list[tuple[ClaimedDelivery, str]]
    late: list[ClaimedDelivery]
    # Whose sections have nothing left, because everything in them was withdrawn.
    empty: list[ClaimedDelivery]
    # The last reader that was looked at; None means that there was nobody left.
    last_id: int | None
    # Whether addresses are suppressed that belong to no subscriber.
    orphans: bool


_HELD = """
    held AS MATERIALIZED (
        SELECT batch.id, batch.deaths, coalesce(batch.revision, 1) AS revision FROM batch
        WHERE batch.id = :batch_id AND batch.fence = :fence AND batch.leased_until IS NOT NULL
        FOR SHARE
    )
    """

# The reader is looked at again within a second before their mail begins (promise 4). A lease has
# one revision: once there is a later one nobody is found, the lease is given back and taken anew.
# Who may have been sent an older one gets that: a batch that outlived a holder keeps its revision.
_LOOK = """
    WITH {held}
    SELECT delivery.subscriber_id, delivery.mask, delivery.attempts, delivery.doubts,
           delivery.wave, coalesce(subscriber.address, '') AS address,
           coalesce(subscriber.address_key, subscriber.address, '') AS address_key,
           coalesce(delivery.revision, held.revision) AS revision,
           coalesce(edition.expires_at, edition.frozen_at + newsletter.valid_for)
               + make_interval(mins => delivery.wave::int) <= :now AS late,
           CASE WHEN subscriber.address IS NULL THEN 'erased'
                WHEN suppressed.reason IS NOT NULL THEN suppressed.reason
                WHEN subscription.state IS DISTINCT FROM 'active' THEN 'unsubscribed'
           END AS gone,
           EXISTS (SELECT FROM suppression WHERE subscriber_id IS NULL) AS orphans,
           delivery.revision IS NULL AND held.deaths = 0
               AND delivery.mask & edition.section_mask = 0 AS is_empty
    FROM held
    JOIN edition ON edition.id = :edition_id
                AND (held.deaths > 0 OR held.revision = edition.revision)
    JOIN newsletter ON newsletter.id = edition.newsletter_id
    JOIN delivery ON delivery.edition_id = :edition_id AND {whose}
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
_LOOK_RANGE = text(
    _LOOK.format(
        held=_HELD,
        whose="delivery.subscriber_id > :after AND delivery.subscriber_id <= :last_id",
    )
)
_LOOK_MEMBERS = text(
    _LOOK.format(held=_HELD, whose="delivery.subscriber_id = ANY (CAST(:members AS bigint[]))")
)


def recheck_readers(
    session: Session, batch: LeasedBatch, *, after: int, limit: int, now: datetime
) -> RecheckResult:
    """Look at the next readers of a leased batch behind subscriber `after`, in their order.

    Nobody is found under a lease that was lost.
    """
    values: dict[str, object] = {
        "batch_id": batch.id,
        "fence": batch.fence,
        "edition_id": batch.edition_id,
        "now": now,
        "limit": limit,
    }
    if batch.members is None:
        # From where the batch begins, or the planner takes a whole edition for what is looked at.
        after = max(after, batch.first_id - 1)
        rows = session.execute(
            _LOOK_RANGE, values | {"after": after, "last_id": batch.last_id}
        ).all()
    else:
        some = [member for member in batch.members if member > after][:limit]
        rows = session.execute(_LOOK_MEMBERS, values | {"members": some}).all()
        # Members that are settled already are passed over, not looked at for ever.
        after = some[-1] if some else after
    found = RecheckResult(
        ready=[],
        gone=[],
        late=[],
        empty=[],
        last_id=None,
        orphans=bool(rows and rows[0].orphans),
    )
    for row in rows:
        claimed = ClaimedDelivery(*row[:8])
        if row.gone is not None:
            found.gone.append((claimed, row.gone))
        elif row.late:
            found.late.append(claimed)
        elif row.is_empty:
            found.empty.append(claimed)
        else:
            found.ready.append(claimed)
    last_id = rows[-1][0] if rows else None
    if batch.members is not None and after < batch.members[-1]:
        last_id = after
    return found._replace(last_id=last_id)


_KNOWN_HASHES = text("""
    SELECT address_hash, reason FROM suppression
    WHERE address_hash = ANY (CAST(:hashes AS text[]))
    """)


def suppression_reasons(session: Session, *, hashes: Sequence[str]) -> dict[str, str]:
    """Return the reasons of those address hashes that are suppressed."""
    rows = session.execute(_KNOWN_HASHES, {"hashes": list(hashes)}).all()
    return {row.address_hash: row.reason for row in rows}


# One statement, and hardly anything comes back: it is run for every group of a send.
_ACCEPT = text(f"""
    WITH {_HELD}, taken AS (
        UPDATE delivery
        SET state = 'accepted', attempts = delivery.attempts + 1, settled_at = :now,
            reason = NULL, reply = news.reply
        FROM held, unnest(CAST(CAST(:subscriber_ids AS text) AS bigint[]),
                          ARRAY(SELECT json_array_elements_text(CAST(:replies AS json))))
                     AS news (subscriber_id, reply)
        WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = news.subscriber_id
          AND delivery.batch_id = held.id AND delivery.state = 'pending'
        RETURNING delivery.subscriber_id
    ), told AS (
        INSERT INTO tally (edition_id, at, accepted)
        SELECT :edition_id, :now, count(*) FROM taken HAVING count(*) > 0
    )
    SELECT count(*), CASE WHEN count(*) < :offered THEN array_agg(subscriber_id) END FROM taken
    """)  # noqa: S608  only a constant of this module is put in.


def write_acceptances(
    session: Session,
    batch: LeasedBatch,
    taken: Sequence[tuple[ClaimedDelivery, str]],
    *,
    now: datetime,
) -> set[int]:
    """Write that the relay has taken mails over, each with its answer, and count them.

    Returns the subscribers for whom the lease still held.
    """
    offered = [claimed.subscriber_id for claimed, _ in taken]
    values = {
        "batch_id": batch.id,
        "fence": batch.fence,
        "edition_id": batch.edition_id,
        "now": now,
        "offered": len(offered),
        # As PostgreSQL writes an array, and as JSON: the driver would look at every element.
        "subscriber_ids": "{" + ",".join(map(str, offered)) + "}",
        "replies": json.dumps([reply for _, reply in taken]),
    }
    count, some = session.execute(_ACCEPT, values).one()
    return set(offered) if count == len(offered) else set(some or ())


_SETTLE = text(f"""
    WITH {_HELD}
    UPDATE delivery
    SET state = news.state, attempts = delivery.attempts + news.counted,
        doubts = delivery.doubts + news.doubts,
        next_at = news.next_at, reason = news.reason, reply = news.reply,
        -- Who may have been sent this revision gets no other one.
        revision = CASE WHEN news.next_at IS NOT NULL AND (news.doubts > 0 OR held.deaths > 0)
                        THEN coalesce(delivery.revision, held.revision)
                        ELSE delivery.revision END,
        settled_at = CASE WHEN news.next_at IS NULL THEN CAST(:now AS timestamptz) END
    FROM held, unnest(CAST(:subscriber_ids AS bigint[]), CAST(:states AS text[]),
                      CAST(:next_ats AS timestamptz[]), CAST(:reasons AS text[]),
                      CAST(:replies AS text[]), CAST(:counted AS int[]), CAST(:doubts AS int[]))
                 AS news (subscriber_id, state, next_at, reason, reply, counted, doubts)
    WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = news.subscriber_id
      AND delivery.batch_id = held.id AND delivery.state = 'pending'
    RETURNING delivery.subscriber_id
    """)  # noqa: S608  only a constant of this module is put in.


def write_outcomes(
    session: Session,
    batch: LeasedBatch,
    settlements: Sequence[tuple[int, DeliveryUpdate]],
    *,
    now: datetime,
) -> set[int]:
    """Write outcomes of any kind by subscriber; return whose lease still held."""
    if not settlements:
        return set()
    return set(
        session.scalars(
            _SETTLE,
            {
                "batch_id": batch.id,
                "fence": batch.fence,
                "edition_id": batch.edition_id,
                "now": now,
                "subscriber_ids": [subscriber_id for subscriber_id, _ in settlements],
                "states": [settled.state.value for _, settled in settlements],
                "next_ats": [settled.next_at for _, settled in settlements],
                "reasons": [settled.reason for _, settled in settlements],
                "replies": [settled.reply for _, settled in settlements],
                "counted": [int(settled.counted) for _, settled in settlements],
                "doubts": [int(settled.doubtful) for _, settled in settlements],
            },
        )
    )


_KEEP_ATTEMPTS = text("""
    INSERT INTO attempt (edition_id, subscriber_id, at, result, reply, stage, fault, reason, hard)
    SELECT :edition_id, news.subscriber_id, :now, news.result, news.reply, news.stage, news.fault,
           news.reason, news.hard
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:results AS text[]),
                CAST(:replies AS text[]), CAST(:stages AS text[]), CAST(:faults AS text[]),
                CAST(:reasons AS text[]), CAST(:hards AS boolean[]))
         AS news (subscriber_id, result, reply, stage, fault, reason, hard)
    """)


def insert_attempts(
    session: Session, *, edition_id: int, told: Sequence[tuple[int, DeliveryUpdate]], now: datetime
) -> None:
    """Keep what is more than a simple success: who it was, what was said, whether it counted."""
    if told:
        session.execute(
            _KEEP_ATTEMPTS,
            {
                "edition_id": edition_id,
                "now": now,
                "subscriber_ids": [subscriber_id for subscriber_id, _ in told],
                "results": [settled.state.value for _, settled in told],
                "replies": [settled.reply or settled.reason or "" for _, settled in told],
                "stages": [settled.stage for _, settled in told],
                **_causes(settled.cause for _, settled in told),
            },
        )


def _causes(causes: Iterable[RefusalClassification | None]) -> dict[str, list[object]]:
    found = list(causes)
    return {
        "faults": [cause and cause.fault.value for cause in found],
        "reasons": [cause and cause.reason for cause in found],
        "hards": [cause and cause.hard for cause in found],
    }

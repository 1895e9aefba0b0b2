"""SQL of attempts: what each SMTP transaction ended with, except simple successes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text

from service.delivery.smtp.retry import DeliveryUpdate
from service.kit.db import Session
from service.replies.classification import RefusalClassification

_INSERT_ATTEMPTS = text("""
    INSERT INTO attempt (edition_id, subscriber_id, at, result, reply, stage, fault, reason, hard)
    SELECT :edition_id, incoming.subscriber_id, :now, incoming.result, incoming.reply,
           incoming.stage, incoming.fault, incoming.reason, incoming.hard
    FROM unnest(CAST(:subscriber_ids AS bigint[]), CAST(:results AS text[]),
                CAST(:replies AS text[]), CAST(:stages AS text[]), CAST(:faults AS text[]),
                CAST(:reasons AS text[]), CAST(:hards AS boolean[]))
         AS incoming (subscriber_id, result, reply, stage, fault, reason, hard)
    """)


def insert_attempts(
    session: Session,
    *,
    edition_id: int,
    attempts: Sequence[tuple[int, DeliveryUpdate]],
    now: datetime,
) -> None:
    """Insert a row for every attempt that was not simply a first-time success."""
    if attempts:
        session.execute(
            _INSERT_ATTEMPTS,
            {
                "edition_id": edition_id,
                "now": now,
                "subscriber_ids": [subscriber_id for subscriber_id, _ in attempts],
                "results": [settled.state.value for _, settled in attempts],
                "replies": [settled.reply or settled.reason or "" for _, settled in attempts],
                "stages": [settled.stage for _, settled in attempts],
                **_causes(settled.cause for _, settled in attempts),
            },
        )


def _causes(causes: Iterable[RefusalClassification | None]) -> dict[str, list[object]]:
    found = list(causes)
    return {
        "faults": [cause and cause.fault.value for cause in found],
        "reasons": [cause and cause.reason for cause in found],
        "hards": [cause and cause.hard for cause in found],
    }

"""SQL about reports, outcomes and refusals; `suppression_reviews` has that about reviews."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.kit.translatable import TranslatableMessage
from service.outcomes.tables import InboundReport, Outcome, UnsignedMessage


def insert_report(session: Session, report: InboundReport) -> int | None:
    """Store a report and return its id; None when the same one is stored already."""
    return session.scalar(
        insert(InboundReport)
        .values(
            received_at=report.received_at,
            channel=report.channel,
            envelope_to=report.envelope_to,
            fingerprint=report.fingerprint,
            raw=report.raw,
        )
        .on_conflict_do_nothing(index_elements=[InboundReport.fingerprint])
        .returning(InboundReport.id)
    )


def lock_report(session: Session, report_id: int) -> InboundReport | None:
    """Lock an unprocessed report; None when it was processed or is being processed."""
    return session.scalar(
        select(InboundReport)
        .where(InboundReport.id == report_id, InboundReport.processed_at.is_(None))
        .with_for_update(skip_locked=True)
    )


def unprocessed_reports(
    session: Session, *, before: datetime, after: datetime, limit: int
) -> list[int]:
    """Find reports whose job message was lost."""
    found = session.scalars(
        select(InboundReport.id)
        .where(
            InboundReport.processed_at.is_(None),
            InboundReport.received_at < before,
            InboundReport.received_at >= after,
        )
        .order_by(InboundReport.id)
        .limit(limit)
    )
    return list(found)


_FORGET_RAW = text("""
    WITH old AS MATERIALIZED (
        SELECT id FROM report WHERE raw IS NOT NULL AND processed_at < :before
        ORDER BY processed_at LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ), forgotten AS (
        UPDATE report SET raw = NULL FROM old WHERE report.id = old.id RETURNING report.id
    )
    SELECT count(*) FROM forgotten
    """)


def purge_raw_reports(session: Session, *, before: datetime, limit: int) -> int:
    """Delete the raw messages of some processed reports that are older; return how many."""
    return int(session.execute(_FORGET_RAW, {"before": before, "limit": limit}).scalar_one())


def lock_unsigned_messages(session: Session) -> None:
    """Let one transaction at a time measure the store and add to it."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('crieur.unsigned_mail'))"))


def measure_unsigned_messages(session: Session) -> tuple[int, int]:
    """Return how many unsigned messages are stored, and their bytes."""
    count, size = session.execute(
        select(
            func.count(), func.coalesce(func.sum(func.octet_length(UnsignedMessage.raw)), 0)
        ).select_from(UnsignedMessage)
    ).one()
    return int(count), int(size)


def insert_unsigned_message(session: Session, mail: UnsignedMessage) -> None:
    """Store an unsigned message; the same one again is stored once."""
    session.execute(
        insert(UnsignedMessage)
        .values(
            received_at=mail.received_at,
            channel=mail.channel,
            envelope_to=mail.envelope_to,
            fingerprint=mail.fingerprint,
            raw=mail.raw,
        )
        .on_conflict_do_nothing(index_elements=[UnsignedMessage.fingerprint])
    )


class UnsignedMessageEntry(NamedTuple):
    """An unsigned message in a list; `size` in bytes."""

    id: int
    received_at: datetime
    envelope_to: str
    size: int


def list_unsigned_messages(session: Session, *, limit: int) -> list[UnsignedMessageEntry]:
    """Return the unsigned messages, newest first."""
    rows = session.execute(
        select(
            UnsignedMessage.id,
            UnsignedMessage.received_at,
            UnsignedMessage.envelope_to,
            func.octet_length(UnsignedMessage.raw),
        )
        .order_by(UnsignedMessage.id.desc())
        .limit(limit)
    )
    return [
        UnsignedMessageEntry(message_id, received_at, envelope_to, size)
        for message_id, received_at, envelope_to, size in rows
    ]


def unsigned_message_by_id(session: Session, mail_id: int) -> UnsignedMessage | None:
    """Return an unsigned message; None if it was purged."""
    return session.get(UnsignedMessage, mail_id)


def purge_unsigned_messages(session: Session, *, before: datetime) -> int:
    """Delete older unsigned messages; return how many."""
    return len(
        session.scalars(
            delete(UnsignedMessage)
            .where(UnsignedMessage.received_at < before)
            .returning(UnsignedMessage.id)
        ).all()
    )


def insert_outcome(session: Session, outcome: Outcome) -> None:
    """Store an outcome."""
    session.add(outcome)


def insert_outcomes(session: Session, outcomes: Sequence[Mapping[str, object]]) -> None:
    """Store many outcomes in one statement."""
    session.execute(insert(Outcome), list(outcomes))


def close_report(
    session: Session, report_id: int, *, now: datetime, note: TranslatableMessage | None = None
) -> None:
    """Mark a report as processed; `note` says why it had no effect."""
    session.execute(
        update(InboundReport)
        .where(InboundReport.id == report_id)
        .values(processed_at=now, note=note)
    )


class SoftBounce(NamedTuple):
    """A soft bounce; its fault is None where it was stored before faults were."""

    at: datetime
    reason: str
    status: str
    fault: str | None


def soft_bounces_of(
    session: Session, *, subscriber_ids: Sequence[int], since: datetime
) -> dict[int, list[SoftBounce]]:
    """Return the soft bounces of some readers since then, by reader."""
    rows = session.execute(
        select(
            Outcome.subscriber_id, Outcome.at, Outcome.reason, Outcome.status, Outcome.fault
        ).where(
            Outcome.subscriber_id.in_(subscriber_ids),
            Outcome.at >= since,
            Outcome.kind == "failed",
            Outcome.hard.is_(False),
        )
    )
    found: defaultdict[int, list[SoftBounce]] = defaultdict(list)
    for subscriber_id, at, reason, status, fault in rows:
        if subscriber_id is not None:
            found[subscriber_id].append(SoftBounce(at, reason, status, fault))
    return dict(found)

"""Every SQL statement about what came back."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.delivery.tables import Delivery, Notice
from service.outcomes.tables import Outcome, Report


def insert_report(session: Session, report: Report) -> int | None:
    """Keep a raw report; None when the same one is here already."""
    return session.scalar(
        insert(Report)
        .values(
            received_at=report.received_at,
            channel=report.channel,
            envelope_to=report.envelope_to,
            fingerprint=report.fingerprint,
            raw=report.raw,
        )
        .on_conflict_do_nothing(index_elements=[Report.fingerprint])
        .returning(Report.id)
    )


def lock_report(session: Session, report_id: int) -> Report | None:
    """Take a report that nobody has understood yet; None when somebody did or does."""
    return session.scalar(
        select(Report)
        .where(Report.id == report_id, Report.processed_at.is_(None))
        .with_for_update(skip_locked=True)
    )


def unprocessed(session: Session, *, before: datetime, after: datetime, limit: int) -> list[int]:
    """Find reports whose doorbell was lost."""
    found = session.scalars(
        select(Report.id)
        .where(
            Report.processed_at.is_(None), Report.received_at < before, Report.received_at >= after
        )
        .order_by(Report.id)
        .limit(limit)
    )
    return list(found)


def forget_raw(session: Session, *, before: datetime) -> int:
    """Drop the raw mails of understood reports that are older."""
    return len(
        session.scalars(
            update(Report)
            .where(Report.raw.is_not(None), Report.processed_at < before)
            .values(raw=None)
            .returning(Report.id)
        ).all()
    )


def insert_outcome(session: Session, outcome: Outcome) -> None:
    """Keep what a report says of one reader."""
    session.add(outcome)


def delivery_state(session: Session, *, edition_id: int, subscriber_id: int) -> str | None:
    """Say where a delivery stands; None when there is none."""
    return session.scalar(
        select(Delivery.state).where(
            Delivery.edition_id == edition_id, Delivery.subscriber_id == subscriber_id
        )
    )


def has_notice(session: Session, *, newsletter_id: int, subscriber_id: int) -> bool:
    """Say whether a notice of this newsletter was ever made for the reader."""
    found = session.scalar(
        select(Notice.id)
        .where(Notice.newsletter_id == newsletter_id, Notice.subscriber_id == subscriber_id)
        .limit(1)
    )
    return found is not None


def mark_delivery(
    session: Session, *, edition_id: int, subscriber_id: int, outcome: str, at: datetime
) -> bool:
    """Write what came back onto the delivery; a complaint is the last word."""
    changed = session.scalar(
        update(Delivery)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.subscriber_id == subscriber_id,
            func.coalesce(Delivery.outcome, "") != "complained",
        )
        .values(outcome=outcome, outcome_at=at)
        .returning(Delivery.subscriber_id)
    )
    return changed is not None


def soft_bounces(
    session: Session, *, subscriber_id: int, since: datetime
) -> list[tuple[datetime, str, str]]:
    """List a reader's soft bounces: when, for which reason, with which status."""
    rows = session.execute(
        select(Outcome.at, Outcome.reason, Outcome.status).where(
            Outcome.subscriber_id == subscriber_id,
            Outcome.at >= since,
            Outcome.kind == "failed",
            Outcome.hard.is_(False),
        )
    )
    return [(row.at, row.reason, row.status) for row in rows]

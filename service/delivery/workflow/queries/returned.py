"""SQL of what is learnt about deliveries later: refusals are classified, messages come back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, text, update

from service.delivery.lifecycle import DELIVERY, DeliveryState
from service.delivery.tables import Delivery, Notice
from service.kit.db import Session, typed_rows


class RefusedAttempt(NamedTuple):
    """An attempt that a relay refused in the SMTP session; edition 0 is a notice."""

    id: int
    edition_id: int
    newsletter_id: int | None
    subscriber_id: int
    at: datetime
    reply: str
    # None for attempts from before refusals were classified in the session.
    fault: str | None
    reason: str | None
    hard: bool | None


_UNREAD = "attempt.result = 'refused' AND attempt.read_at IS NULL"
# Refusals of a paused edition wait until an operator has decided; and as long as some readers have
# not been offered it, the share of a provider's readers that is refused is unknown.
_MAY_BE_READ = """
        NOT EXISTS (SELECT FROM edition
                    WHERE edition.id = attempt.edition_id
                      AND (edition.paused_at IS NOT NULL
                           OR (edition.state = 'sending' AND EXISTS (
                               SELECT FROM batch WHERE batch.edition_id = edition.id
                                                   AND batch.done_at IS NULL))))
    """
_TAKE_REFUSALS = text(f"""
    WITH taken AS MATERIALIZED (
        SELECT attempt.id FROM attempt
        WHERE attempt.edition_id = :edition_id AND {_UNREAD} AND {_MAY_BE_READ}
        ORDER BY attempt.id
        LIMIT :limit
        FOR UPDATE OF attempt SKIP LOCKED
    )
    UPDATE attempt SET read_at = :now
    FROM taken LEFT JOIN edition ON edition.id = :edition_id
    WHERE attempt.id = taken.id
    RETURNING attempt.id, attempt.edition_id, edition.newsletter_id, attempt.subscriber_id,
              attempt.at, attempt.reply, attempt.fault, attempt.reason, attempt.hard
    """)  # noqa: S608  only constants of this module are put in.


def claim_refusals(
    session: Session, *, edition_id: int, limit: int, now: datetime
) -> list[RefusedAttempt]:
    """Mark refusals of an edition (0: of notices) as read; return them, oldest first."""
    values = {"edition_id": edition_id, "limit": limit, "now": now}
    rows = typed_rows(session.execute(_TAKE_REFUSALS, values), RefusedAttempt)
    return sorted(rows, key=lambda refusal: refusal.id)


# Each edition is checked once, not at each of its refusals.
_EDITIONS_WITH_REFUSALS = text(f"""
    WITH attempt AS MATERIALIZED (
        SELECT DISTINCT edition_id FROM attempt WHERE attempt.at < :before AND {_UNREAD}
    )
    SELECT attempt.edition_id FROM attempt WHERE {_MAY_BE_READ} ORDER BY attempt.edition_id
    """)  # noqa: S608  only constants of this module are put in.


def editions_with_unclassified_refusals(session: Session, *, before: datetime) -> list[int]:
    """Return editions (0: notices) with unread refusals older than `before`."""
    return list(session.scalars(_EDITIONS_WITH_REFUSALS, {"before": before}))


def delivery_state(
    session: Session, *, edition_id: int, subscriber_id: int
) -> DeliveryState | None:
    """Return the state of a delivery; None when there is none."""
    return session.scalar(
        select(Delivery.state).where(
            Delivery.edition_id == edition_id, Delivery.subscriber_id == subscriber_id
        )
    )


def has_notice(session: Session, *, newsletter_id: int, subscriber_id: int) -> bool:
    """Return whether a notice of this newsletter was ever made for the reader."""
    found = session.scalar(
        select(Notice.id)
        .where(Notice.newsletter_id == newsletter_id, Notice.subscriber_id == subscriber_id)
        .limit(1)
    )
    return found is not None


# An outcome is never replaced by a weaker one: a complaint is the strongest.
_STRONGER = {
    "complained": ("complained",),
    "bounced": ("complained", "bounced"),
    "soft_bounced": ("complained", "bounced", "soft_bounced"),
}


def mark_delivery(
    session: Session, *, edition_id: int, subscriber_id: int, outcome: str, at: datetime
) -> bool:
    """Write an outcome to its delivery; False if it has this one, or a stronger one, already."""
    changed = session.scalar(
        update(Delivery)
        .where(
            Delivery.edition_id == edition_id,
            Delivery.subscriber_id == subscriber_id,
            func.coalesce(Delivery.outcome, "").not_in(_STRONGER[outcome]),
        )
        .values(outcome=outcome, outcome_at=at)
        .returning(Delivery.subscriber_id)
    )
    return changed is not None


_ATTRIBUTE_TO_SENDER = text("""
    UPDATE attempt SET fault = 'sender', hard = false
    WHERE edition_id = :edition_id AND subscriber_id = ANY (CAST(:ids AS bigint[]))
      AND result = 'refused' AND fault = 'reader' AND hard
    """)

# A message that bounced was refused after all: no reader has a copy. Its attempt says by whom.
_ACCEPTED = DELIVERY.sql_from(DeliveryState.ACCEPTED, to=DeliveryState.REFUSED)
_REFUSE_RETURNED = text(f"""
    WITH bounced AS MATERIALIZED (
        SELECT subscriber_id, revision FROM delivery
        WHERE edition_id = :edition_id AND subscriber_id = ANY (CAST(:ids AS bigint[]))
          AND state IN {_ACCEPTED} AND outcome = 'bounced'
        ORDER BY subscriber_id
        FOR UPDATE
    ), returned AS (
        UPDATE delivery SET state = 'refused', outcome = NULL, outcome_at = NULL, revision = NULL
        FROM bounced
        WHERE delivery.edition_id = :edition_id
          AND delivery.subscriber_id = bounced.subscriber_id AND delivery.state IN {_ACCEPTED}
        RETURNING delivery.subscriber_id, bounced.revision
    ), attempted AS (
        INSERT INTO attempt (edition_id, subscriber_id, at, result, reply, fault, reason, hard,
                             read_at)
        SELECT :edition_id, returned.subscriber_id, :now, 'refused', coalesce(said.diagnostic, ''),
               'sender', coalesce(said.reason, 'userunknown'), false, :now
        FROM returned LEFT JOIN LATERAL (
            SELECT diagnostic, reason FROM outcome
            WHERE outcome.subscriber_id = returned.subscriber_id
              AND outcome.edition_id = :edition_id AND outcome.kind = 'failed' AND outcome.hard
            ORDER BY outcome.id DESC LIMIT 1
        ) AS said ON true
    )
    SELECT revision, count(*) AS messages FROM returned GROUP BY revision
    """)  # noqa: S608  only a constant of this module is put in.


def attribute_to_sender(
    session: Session, edition_id: int, subscriber_ids: Sequence[int], *, now: datetime
) -> dict[int | None, int]:
    """Make refusals that seemed to be of unknown readers the sender's fault, bounces included.

    Return how many bounces there were, by the revision of the messages: these deliveries counted as
    accepted until now.
    """
    values = {"edition_id": edition_id, "ids": list(subscriber_ids)}
    session.execute(_ATTRIBUTE_TO_SENDER, values)
    rows = session.execute(_REFUSE_RETURNED, {**values, "now": now})
    return {row.revision: row.messages for row in rows}

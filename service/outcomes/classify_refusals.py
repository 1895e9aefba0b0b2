"""Classifies what relays refused in the SMTP session; it counts as if it had come by bounce.

A relay that answers 550 5.1.1 during the session saves the bounce message, not the consequence.
Refusals are claimed in chunks, each once. Only those at the reader's fault count; refusals about
us (policy, spam, rate, relaying) are in the delivery ledger.

Refusals of a paused edition wait, and so do those of an edition that was not offered to all its
readers yet. It may have been paused because mailbox providers seem to know none of its readers,
which says more about a relay's settings than about hundreds of readers: see `suppression_reviews`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.audience import suppress
from service.delivery.workflow.queries import returned as attempts
from service.delivery.workflow.queries.returned import RefusedAttempt
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage, translatable
from service.outcomes import queries, soft_bounces, suppression_reviews
from service.outcomes.evidence import refusal_evidence
from service.outcomes.parsing.findings import ReportKind
from service.outcomes.queries import SoftBounce
from service.outcomes.queries import suppression_reviews as review_queries
from service.outcomes.tables import InboundReport
from service.replies import classify
from service.replies.classification import Fault, RefusalClassification

log = get_logger(__name__)

CHUNK_SIZE = 500
"""Refusals in one transaction, at most."""

LOST_AFTER = timedelta(minutes=1)
"""Age after which the sweep finds an unclassified refusal."""

BELIEVED_FOR = timedelta(days=3)
"""An older refusal has no effect: the reader may have received mail since."""

CHANNEL = "dialogue"

# A relay's reply begins with its code; anything else was our own reason not to send.
_RELAY_REPLY = re.compile(r"5\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClassifiedRefusal:
    refusal: RefusedAttempt
    classification: RefusalClassification


def classify_refusals(
    session: Session,
    edition_id: int,
    *,
    keyring: Keyring,
    provider_of: suppression_reviews.ProviderLookup,
    now: datetime,
    chunk_size: int = CHUNK_SIZE,
) -> bool:
    """Classify the next refusals of an edition (0: of the notices); return whether more may follow.

    `provider_of` names the mailbox provider of a domain.
    """
    review_queries.share_reviews(session, edition_id)
    taken = attempts.claim_refusals(session, edition_id=edition_id, limit=chunk_size, now=now)
    classified = [
        _ClassifiedRefusal(refusal=refusal, classification=classification)
        for refusal in taken
        if (classification := _classify_claimed(refusal, now=now)) is not None
    ]
    if classified:
        _insert_outcomes(session, classified, now=now)
        hard = _suppressible(
            session,
            edition_id,
            [one for one in classified if one.classification.hard],
            provider_of,
            now=now,
        )
        gone = _suppress(session, hard, keyring, now=now)
        repeated = _suppress_repeated_soft(
            session, [one for one in classified if not one.classification.hard], keyring, now=now
        )
        log.info(
            "outcome.refusals_classified",
            edition=edition_id,
            refusals=len(taken),
            hard=gone,
            repeated_soft=repeated,
        )
    return len(taken) == chunk_size


def set_refusal_aside(session: Session, edition_id: int, why: str, *, now: datetime) -> bool:
    """Mark the next refusal of an edition as read without classifying it; False if there is none.

    A report keeps the place where classifying failed; the attempt keeps the relay's reply.
    """
    taken = attempts.claim_refusals(session, edition_id=edition_id, limit=1, now=now)
    for refusal in taken:
        report_id = queries.insert_report(
            session,
            InboundReport(received_at=now, channel=CHANNEL, fingerprint=f"{CHANNEL}:{refusal.id}"),
        )
        if report_id is not None:
            note = translatable("report.refusal_set_aside", attempt=str(refusal.id), why=why)
            queries.close_report(session, report_id, now=now, note=note)
            log.warning("outcome.set_aside", report_id=report_id, why=why)
    return bool(taken)


def editions_with_unclassified_refusals(session: Session, *, now: datetime) -> list[int]:
    """Return the editions (0: the notices) whose refusals have waited too long for a job."""
    return attempts.editions_with_unclassified_refusals(session, before=now - LOST_AFTER)


def _classify_claimed(refusal: RefusedAttempt, *, now: datetime) -> RefusalClassification | None:
    """Classify a refusal; None means that it says nothing about the reader."""
    if now - refusal.at > BELIEVED_FOR or not _RELAY_REPLY.match(refusal.reply):
        return None
    classification = _stored_classification(refusal)
    return classification if classification.fault is Fault.READER else None


def _stored_classification(refusal: RefusedAttempt) -> RefusalClassification:
    """Return the classification made in the session, which knew the stage and the whole reply."""
    read = classify.classify_refusal(refusal.reply)
    if refusal.fault is None:
        return read
    return replace(
        read,
        fault=Fault(refusal.fault),
        reason=refusal.reason or read.reason,
        hard=bool(refusal.hard),
    )


def _suppressible(
    session: Session,
    edition_id: int,
    judged: Sequence[_ClassifiedRefusal],
    provider_of: suppression_reviews.ProviderLookup,
    *,
    now: datetime,
) -> Sequence[_ClassifiedRefusal]:
    """Leave out the readers of providers under review."""
    if not edition_id or not judged:
        return judged
    readers = {one.refusal.subscriber_id for one in judged}
    allowed = suppression_reviews.record_unknown(
        session, edition_id, readers, provider_of=provider_of, now=now
    )
    return [one for one in judged if one.refusal.subscriber_id in allowed]


def _insert_outcomes(
    session: Session, judged: Sequence[_ClassifiedRefusal], *, now: datetime
) -> None:
    """Store the outcomes of a chunk under one report."""
    first = min(one.refusal.id for one in judged)
    report_id = queries.insert_report(
        session,
        InboundReport(
            received_at=now,
            channel=CHANNEL,
            # An attempt is claimed once, so no two chunks have the same first one.
            fingerprint=f"{CHANNEL}:{first}",
        ),
    )
    if report_id is None:
        raise RuntimeError(f"the refusals from attempt {first} on are stored already")
    queries.close_report(session, report_id, now=now)
    queries.insert_outcomes(
        session,
        [
            {
                "report_id": report_id,
                "newsletter_id": one.refusal.newsletter_id,
                "edition_id": one.refusal.edition_id,
                "subscriber_id": one.refusal.subscriber_id,
                "at": one.refusal.at,
                "kind": ReportKind.FAILED,
                "reason": one.classification.reason,
                "hard": one.classification.hard,
                "fault": one.classification.fault.value,
                "status": one.classification.status,
                "diagnostic": one.refusal.reply,
            }
            for one in judged
        ],
    )


def _suppress(
    session: Session, judged: Sequence[_ClassifiedRefusal], keyring: Keyring, *, now: datetime
) -> int:
    evidence = {one.refusal.subscriber_id: _evidence(one) for one in judged}
    return len(
        suppress.suppress_subscribers(
            session, evidence, reason=suppress.HARD_BOUNCE, now=now, keyring=keyring
        )
    )


def _suppress_repeated_soft(
    session: Session, judged: Sequence[_ClassifiedRefusal], keyring: Keyring, *, now: datetime
) -> int:
    """Suppress readers with repeated soft bounces, by bounce or in the SMTP session."""
    evidence = {one.refusal.subscriber_id: _evidence(one) for one in judged}
    bounces = queries.soft_bounces_of(
        session, subscriber_ids=list(evidence), since=now - soft_bounces.LOOKBACK
    )
    repeated = {
        subscriber_id: evidence[subscriber_id]
        for subscriber_id, rows in bounces.items()
        if soft_bounces.has_repeated_soft_bounces(reader_fault_times(rows), now=now)
    }
    return len(
        suppress.suppress_subscribers(
            session, repeated, reason=suppress.SOFT_BOUNCES, now=now, keyring=keyring
        )
    )


def reader_fault_times(bounces: Iterable[SoftBounce]) -> list[datetime]:
    """Return the times of soft bounces at the reader's fault: no other fault counts."""
    return [
        bounce.at
        for bounce in bounces
        if (
            bounce.fault == Fault.READER
            if bounce.fault is not None
            else not classify.is_ours(bounce.reason, bounce.status)
        )
    ]


def _evidence(one: _ClassifiedRefusal) -> TranslatableMessage:
    """Describe the refusal for an operator, without the address."""
    return refusal_evidence(
        one.refusal.edition_id,
        reason=one.classification.reason,
        status=one.classification.status,
    )

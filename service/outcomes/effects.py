"""Applies a finding to the delivery, the reader's address and the subscription.

Only findings matched by a signed return path get here (promise 7). Only those at the address's
own fault, and a reader's own complaint, have consequences for the reader.
"""

from dataclasses import dataclass
from datetime import datetime

from service.audience import suppress, unsubscribe
from service.audience.reader_token import ReaderToken
from service.delivery.lifecycle import DeliveryState
from service.delivery.workflow.queries import returned as deliveries
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.scrub import scrub
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage, translatable
from service.outcomes import queries, soft_bounces, suppression_reviews
from service.outcomes.classify_refusals import reader_fault_times
from service.outcomes.evidence import bounce_evidence, complaint_evidence
from service.outcomes.parsing import arf
from service.outcomes.parsing.findings import ClassifiedFinding, ReportKind
from service.outcomes.queries import suppression_reviews as review_queries
from service.outcomes.tables import Outcome

log = get_logger(__name__)

NOT_SENT = translatable("report.not_sent")
MACHINE_REPORT = translatable("report.machine_report")

# A bounce may arrive before the acceptance of its message is committed.
_SENT = {DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedFinding:
    """A finding with the reader it is about and the report it came in."""

    report_id: int
    reader: ReaderToken
    finding: ClassifiedFinding


def apply_finding(
    session: Session,
    matched: MatchedFinding,
    *,
    keyring: Keyring,
    provider_of: suppression_reviews.ProviderLookup,
    now: datetime,
) -> TranslatableMessage | None:
    """Store the outcome and act on it; return why nothing was done, or None.

    `provider_of` names the mailbox provider of a domain.
    """
    if matched.reader.edition_id:
        review_queries.share_reviews(session, matched.reader.edition_id)
    if not _was_sent(session, matched.reader):
        return NOT_SENT
    if (
        matched.finding.kind is ReportKind.COMPLAINT
        and matched.finding.text in arf.MACHINE_REPORT_TYPES
    ):
        return MACHINE_REPORT
    queries.insert_outcome(session, _outcome(matched, now))
    reason = _effect(session, matched, now, provider_of=provider_of)
    if reason:
        suppress.suppress(
            session,
            subscriber_id=matched.reader.subscriber_id,
            reason=reason,
            evidence=_describe(matched),
            now=now,
            keyring=keyring,
        )
    return None


def _effect(
    session: Session,
    matched: MatchedFinding,
    now: datetime,
    *,
    provider_of: suppression_reviews.ProviderLookup,
) -> str | None:
    """Mark the delivery; return the reason to suppress the address, if there is one."""
    finding = matched.finding
    match finding.kind:
        case ReportKind.FAILED:
            outcome = "bounced" if finding.hard else "soft_bounced"
            is_new = _mark(session, matched.reader, outcome, now)
            if not finding.hard:
                is_repeated = _has_repeated_soft_bounces(session, matched.reader, now)
                return suppress.SOFT_BOUNCES if is_repeated else None
            if is_new and not _may_suppress(session, matched.reader, provider_of, now=now):
                return None
            return suppress.HARD_BOUNCE if is_new else None
        case ReportKind.COMPLAINT if finding.text == arf.OPT_OUT:
            unsubscribe_by_mail(session, matched.reader, now=now)
            return None
        case ReportKind.COMPLAINT:
            _mark(session, matched.reader, "complained", now)
            unsubscribe.end_subscription(
                session, matched.reader, by=unsubscribe.EndedBy.COMPLAINT, now=now
            )
            return "complaint"
        case ReportKind.DELAYED | ReportKind.DELIVERED | ReportKind.AUTOREPLY | ReportKind.NONE:
            return None


def unsubscribe_by_mail(session: Session, reader: ReaderToken, *, now: datetime) -> None:
    """End the subscription whose unsubscribe address received a message (RFC 2369)."""
    unsubscribe.end_subscription(session, reader, by=unsubscribe.EndedBy.ONE_CLICK, now=now)


def _was_sent(session: Session, reader: ReaderToken) -> bool:
    if not reader.edition_id:
        return deliveries.has_notice(
            session, newsletter_id=reader.newsletter_id, subscriber_id=reader.subscriber_id
        )
    state = deliveries.delivery_state(
        session, edition_id=reader.edition_id, subscriber_id=reader.subscriber_id
    )
    return state in _SENT


def _may_suppress(
    session: Session,
    reader: ReaderToken,
    provider_of: suppression_reviews.ProviderLookup,
    *,
    now: datetime,
) -> bool:
    """Count the reader as unknown; return False while the provider is under review."""
    if not reader.edition_id:
        return True
    readers = {reader.subscriber_id}
    return readers == suppression_reviews.record_unknown(
        session, reader.edition_id, readers, provider_of=provider_of, now=now
    )


def _mark(session: Session, reader: ReaderToken, outcome: str, now: datetime) -> bool:
    """Write the outcome to the delivery; return whether it is new. A notice has no delivery."""
    is_new = True
    if reader.edition_id:
        is_new = deliveries.mark_delivery(
            session,
            edition_id=reader.edition_id,
            subscriber_id=reader.subscriber_id,
            outcome=outcome,
            at=now,
        )
    log.info(
        "outcome.applied",
        edition=reader.edition_id,
        subscriber=reader.subscriber_id,
        outcome=outcome,
    )
    return is_new


def _has_repeated_soft_bounces(session: Session, reader: ReaderToken, now: datetime) -> bool:
    """Return whether soft bounces at this reader's fault are enough to suppress."""
    bounces = queries.soft_bounces_of(
        session, subscriber_ids=[reader.subscriber_id], since=now - soft_bounces.LOOKBACK
    )
    return soft_bounces.has_repeated_soft_bounces(
        reader_fault_times(bounces.get(reader.subscriber_id, ())), now=now
    )


def _outcome(matched: MatchedFinding, now: datetime) -> Outcome:
    finding = matched.finding
    return Outcome(
        report_id=matched.report_id,
        newsletter_id=matched.reader.newsletter_id,
        edition_id=matched.reader.edition_id,
        subscriber_id=matched.reader.subscriber_id,
        at=now,
        kind=finding.kind,
        reason=finding.reason,
        hard=finding.hard,
        fault=finding.fault if finding.kind is ReportKind.FAILED else None,
        status=finding.status,
        diagnostic=scrub(finding.text),
    )


def _describe(matched: MatchedFinding) -> TranslatableMessage:
    """Describe the finding for an operator, without the address."""
    finding = matched.finding
    said = {"reason": finding.reason, "status": finding.status}
    if finding.kind is ReportKind.COMPLAINT:
        return complaint_evidence(matched.reader.edition_id, **said)
    return bounce_evidence(matched.reader.edition_id, **said)

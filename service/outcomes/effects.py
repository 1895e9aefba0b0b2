"""What a finding does: to the delivery, to the reader's address, to the subscription.

Only findings that came through a signed return path get here (promise 7), and only those that
blame the address itself, or a reader's own complaint, hurt it.
"""

from dataclasses import dataclass
from datetime import datetime

from service.audience import suppress, unsubscribe
from service.audience.reader_token import ReaderToken
from service.delivery.lifecycle import DeliveryState
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.scrub import scrub
from service.kit.tokens import Keyring
from service.outcomes import queries, soft_bounces, suppression_reviews
from service.outcomes.classify_refusals import reader_fault_times
from service.outcomes.parsing import arf
from service.outcomes.parsing.findings import ClassifiedFinding, ReportKind
from service.outcomes.tables import Outcome

log = get_logger(__name__)

NOT_SENT = "no such mail was sent: nothing was counted"
MACHINE_REPORT = "a receiver's own report, no reader complained: nothing was counted"

# A bounce may be quicker than the commit of its mail's acceptance; the token says who it is.
_SENT = {DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedFinding:
    """A finding, the reader it is about and the report that it came in."""

    report_id: int
    reader: ReaderToken
    finding: ClassifiedFinding


def apply_finding(
    session: Session,
    evidence: MatchedFinding,
    *,
    keyring: Keyring,
    provider_of: suppression_reviews.ProviderLookup,
    now: datetime,
) -> str | None:
    """Keep the outcome and act on it; the answer is why nothing was done.

    `provider_of` names the mailbox provider of a domain.
    """
    if not _was_sent(session, evidence.reader):
        return NOT_SENT
    if (
        evidence.finding.kind is ReportKind.COMPLAINT
        and evidence.finding.text in arf.MACHINE_REPORT_TYPES
    ):
        return MACHINE_REPORT
    queries.insert_outcome(session, _outcome(evidence, now))
    reason = _effect(session, evidence, now, provider_of=provider_of)
    if reason:
        suppress.suppress(
            session,
            subscriber_id=evidence.reader.subscriber_id,
            reason=reason,
            evidence=_sentence(evidence),
            now=now,
            keyring=keyring,
        )
    return None


def _effect(
    session: Session,
    evidence: MatchedFinding,
    now: datetime,
    *,
    provider_of: suppression_reviews.ProviderLookup,
) -> str | None:
    """Mark the delivery; the answer is why the address must not be written to any more."""
    finding = evidence.finding
    match finding.kind:
        case ReportKind.FAILED:
            # What may be better tomorrow, or is our own fault, is no sign of a bad list.
            outcome = "bounced" if finding.hard else "soft_bounced"
            is_new = _mark(session, evidence.reader, outcome, now)
            if not finding.hard:
                worn = _is_worn_out(session, evidence.reader, now)
                return suppress.SOFT_BOUNCES if worn else None
            if is_new and not _is_believed(session, evidence.reader, provider_of, now=now):
                return None
            return suppress.HARD_BOUNCE if is_new else None
        case ReportKind.COMPLAINT if finding.text == arf.OPT_OUT:
            unsubscribe_by_mail(session, evidence.reader, now=now)
            return None
        case ReportKind.COMPLAINT:
            _mark(session, evidence.reader, "complained", now)
            unsubscribe.end_subscription(
                session, evidence.reader, by=unsubscribe.EndedBy.COMPLAINT, now=now
            )
            return "complaint"
        case ReportKind.DELAYED | ReportKind.DELIVERED | ReportKind.AUTOREPLY | ReportKind.NONE:
            return None


def unsubscribe_by_mail(session: Session, reader: ReaderToken, *, now: datetime) -> None:
    """End the subscription whose unsubscribe address the reader's mail program wrote to."""
    unsubscribe.end_subscription(session, reader, by=unsubscribe.EndedBy.ONE_CLICK, now=now)


def _was_sent(session: Session, reader: ReaderToken) -> bool:
    if not reader.edition_id:
        return queries.has_notice(
            session, newsletter_id=reader.newsletter_id, subscriber_id=reader.subscriber_id
        )
    state = queries.delivery_state(
        session, edition_id=reader.edition_id, subscriber_id=reader.subscriber_id
    )
    return state in _SENT


def _is_believed(
    session: Session,
    reader: ReaderToken,
    provider_of: suppression_reviews.ProviderLookup,
    *,
    now: datetime,
) -> bool:
    """Tell whether this may be one mailbox, and not a provider that seems to know no reader."""
    if not reader.edition_id:
        return True
    readers = {reader.subscriber_id}
    return readers == suppression_reviews.record_unknown(
        session, reader.edition_id, readers, provider_of=provider_of, now=now
    )


def _mark(session: Session, reader: ReaderToken, outcome: str, now: datetime) -> bool:
    """Write it onto the delivery; tell whether it was not known. A notice has no delivery."""
    is_new = True
    if reader.edition_id:
        is_new = queries.mark_delivery(
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


def _is_worn_out(session: Session, reader: ReaderToken, now: datetime) -> bool:
    """Say whether this reader's own soft bounces, not our faults, are enough."""
    bounces = queries.soft_bounces_of(
        session, subscriber_ids=[reader.subscriber_id], since=now - soft_bounces.LOOKBACK
    )
    return soft_bounces.has_repeated_soft_bounces(
        reader_fault_times(bounces.get(reader.subscriber_id, ())), now=now
    )


def _outcome(evidence: MatchedFinding, now: datetime) -> Outcome:
    finding = evidence.finding
    return Outcome(
        report_id=evidence.report_id,
        newsletter_id=evidence.reader.newsletter_id,
        edition_id=evidence.reader.edition_id,
        subscriber_id=evidence.reader.subscriber_id,
        at=now,
        kind=finding.kind,
        reason=finding.reason,
        hard=finding.hard,
        fault=finding.fault if finding.kind is ReportKind.FAILED else None,
        status=finding.status,
        diagnostic=scrub(finding.text),
    )


def _sentence(evidence: MatchedFinding) -> str:
    """Say for the operator what was found, without the address."""
    finding = evidence.finding
    where = f"edition {evidence.reader.edition_id}" if evidence.reader.edition_id else "a notice"
    said = f" ({finding.status})" if finding.status else ""
    return f"{finding.kind} after {where}: {finding.reason}{said}."

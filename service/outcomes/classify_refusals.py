"""What a refusal at the relay's door says about a reader: the same as if it came back by mail.

A relay that answers 550 5.1.1 while it is being written to spares the bounce mail, not the
judgement. Refusals are read some hundred in a transaction, each once, and only those that blame
the mailbox count: what speaks of us (policy, spam, rate, relaying) is in the delivery's books.

Those of an edition that is paused wait, and so do they until everybody has been offered it. It may
have been stopped because receivers seem to know none of its readers, and that says more about a
relay's settings than about hundreds of people: `holds` keeps such ones for an operator.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.audience import suppress
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.outcomes import queries, soft_bounces, suppression_reviews
from service.outcomes.parsing.findings import ReportKind
from service.outcomes.queries import RefusedAttempt, SoftBounce
from service.outcomes.tables import InboundReport
from service.replies import classify
from service.replies.classification import Fault, RefusalClassification

log = get_logger(__name__)

CHUNK_SIZE = 500
"""Refusals in one transaction, at most."""

LOST_AFTER = timedelta(minutes=1)
"""After this a refusal is found without its job message."""

BELIEVED_FOR = timedelta(days=3)
"""An older refusal that nobody has read says nothing: the reader may have had mail since."""

CHANNEL = "dialogue"

# What the relay said begins with its code; anything else was our own reason not to send.
_SAID = re.compile(r"5\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    refusal: RefusedAttempt
    verdict: RefusalClassification


def classify_refusals(
    session: Session,
    edition_id: int,
    *,
    keyring: Keyring,
    provider_of: suppression_reviews.ProviderLookup,
    now: datetime,
    at_once: int = CHUNK_SIZE,
) -> bool:
    """Read the next refusals of an edition (0: of the notices); tell whether there may be more.

    `provider_of` names the mailbox provider of a domain.
    """
    taken = queries.claim_refusals(session, edition_id=edition_id, limit=at_once, now=now)
    judged = [
        _Judged(refusal=refusal, verdict=verdict)
        for refusal in taken
        if (verdict := _judge(refusal, now=now)) is not None
    ]
    if judged:
        _keep(session, judged, now=now)
        hard = _believed(
            session, edition_id, [one for one in judged if one.verdict.hard], provider_of, now=now
        )
        gone = _suppress(session, hard, keyring, now=now)
        worn = _suppress_worn_out(
            session, [one for one in judged if not one.verdict.hard], keyring, now=now
        )
        log.info(
            "outcome.refusals_classified",
            edition=edition_id,
            refusals=len(taken),
            hard=gone,
            worn_out=worn,
        )
    return len(taken) == at_once


def set_refusal_aside(session: Session, edition_id: int, why: str, *, now: datetime) -> bool:
    """Count the next refusal of an edition as read without judging it; False if there is none.

    A report keeps the place where judging failed, and the attempt what the relay said.
    """
    taken = queries.claim_refusals(session, edition_id=edition_id, limit=1, now=now)
    for refusal in taken:
        report_id = queries.insert_report(
            session,
            InboundReport(received_at=now, channel=CHANNEL, fingerprint=f"{CHANNEL}:{refusal.id}"),
        )
        if report_id is not None:
            note = f"attempt {refusal.id} was set aside, because judging it failed ({why})"
            queries.close_report(session, report_id, now=now, note=note)
            log.warning("outcome.set_aside", report_id=report_id, why=why)
    return bool(taken)


def editions_with_unclassified_refusals(session: Session, *, now: datetime) -> list[int]:
    """Return the editions (0: the notices) with refusals that nobody came for."""
    return queries.editions_with_unclassified_refusals(session, before=now - LOST_AFTER)


def _judge(refusal: RefusedAttempt, *, now: datetime) -> RefusalClassification | None:
    """Return what a refusal says about the reader; None means nothing at all."""
    if now - refusal.at > BELIEVED_FOR or not _SAID.match(refusal.reply):
        return None
    verdict = _verdict(refusal)
    return verdict if verdict.fault is Fault.READER else None


def _verdict(refusal: RefusedAttempt) -> RefusalClassification:
    """Return what was judged with all its words and its stage, where the answer was heard."""
    read = classify.classify_refusal(refusal.reply)
    if refusal.fault is None:
        return read
    return replace(
        read,
        fault=Fault(refusal.fault),
        reason=refusal.reason or read.reason,
        hard=bool(refusal.hard),
    )


def _believed(
    session: Session,
    edition_id: int,
    judged: Sequence[_Judged],
    provider_of: suppression_reviews.ProviderLookup,
    *,
    now: datetime,
) -> Sequence[_Judged]:
    """Leave out those whose provider seems to know too few of an edition's readers."""
    if not edition_id or not judged:
        return judged
    readers = {one.refusal.subscriber_id for one in judged}
    believed = suppression_reviews.record_unknown(
        session, edition_id, readers, provider_of=provider_of, now=now
    )
    return [one for one in judged if one.refusal.subscriber_id in believed]


def _keep(session: Session, judged: Sequence[_Judged], *, now: datetime) -> None:
    """Keep the outcomes under one report: what the relay said at once to these readers."""
    first = min(one.refusal.id for one in judged)
    report_id = queries.insert_report(
        session,
        InboundReport(
            received_at=now,
            channel=CHANNEL,
            # An attempt is taken once, so no two groups have the same first one.
            fingerprint=f"{CHANNEL}:{first}",
        ),
    )
    assert report_id is not None
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
                "reason": one.verdict.reason,
                "hard": one.verdict.hard,
                "fault": one.verdict.fault.value,
                "status": one.verdict.status,
                "diagnostic": one.refusal.reply,
            }
            for one in judged
        ],
    )


def _suppress(
    session: Session, judged: Sequence[_Judged], keyring: Keyring, *, now: datetime
) -> int:
    evidence = {one.refusal.subscriber_id: _sentence(one) for one in judged}
    return len(
        suppress.suppress_subscribers(
            session, evidence, reason=suppress.HARD_BOUNCE, now=now, keyring=keyring
        )
    )


def _suppress_worn_out(
    session: Session, judged: Sequence[_Judged], keyring: Keyring, *, now: datetime
) -> int:
    """Stop writing to those whose mailboxes have refused often enough, by mail or at once."""
    evidence = {one.refusal.subscriber_id: _sentence(one) for one in judged}
    bounces = queries.soft_bounces_of(
        session, subscriber_ids=list(evidence), since=now - soft_bounces.LOOKBACK
    )
    worn = {
        subscriber_id: evidence[subscriber_id]
        for subscriber_id, rows in bounces.items()
        if soft_bounces.has_repeated_soft_bounces(reader_fault_times(rows), now=now)
    }
    return len(
        suppress.suppress_subscribers(
            session, worn, reason=suppress.SOFT_BOUNCES, now=now, keyring=keyring
        )
    )


def reader_fault_times(bounces: Iterable[SoftBounce]) -> list[datetime]:
    """Return when a reader's own mailbox was at fault: nobody else's faults wear an address out."""
    return [
        bounce.at
        for bounce in bounces
        if (
            bounce.fault == Fault.READER
            if bounce.fault is not None
            else not classify.is_ours(bounce.reason, bounce.status)
        )
    ]


def _sentence(one: _Judged) -> str:
    """Say for the operator what was found, without the address."""
    where = f"edition {one.refusal.edition_id}" if one.refusal.edition_id else "a notice"
    said = f" ({one.verdict.status})" if one.verdict.status else ""
    return f"refused at {where}: {one.verdict.reason}{said}."

"""Keeps a returned mail once, finds whose it is, and lets it have its effects.

Keeping and understanding are two transactions: the mail is ours from the first commit on, so
the sender may forget it, and a fault in the second loses nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.delivery import envelope
from service.jobs import outbox
from service.jobs.catalogue import RECORD_OUTCOME
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.outcomes import effects, queries, suppression_reviews, unsigned_messages
from service.outcomes.parsing import inbound_address, report_parser
from service.outcomes.parsing.findings import ClassifiedFinding, ParsedReport, ReportKind
from service.outcomes.tables import InboundReport as Row

log = get_logger(__name__)

LIMIT_BYTES = 10 << 20
LOST_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(days=3)
RAW_KEPT_FOR = timedelta(days=30)
PURGE_CHUNK = 500
"""Raw mails, which may be large: a day of many bounces is forgotten in many small transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """A raw mail with where it was sent to and how it came."""

    raw: bytes
    envelope_to: str | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProcessor:
    """What judging needs besides the mail: who signs, and where our mail comes back to."""

    keyring: Keyring
    bounce_domain: str
    # The mailbox provider of a domain.
    provider_of: suppression_reviews.ProviderLookup


class RecipientTrust(StrEnum):
    """What an envelope recipient proves before a mail has come."""

    # The token in it is signed: its sender has had a mail of ours, or the reader has.
    SIGNED = "signed"
    # fbl@ and postmaster@: anybody may write there.
    OPEN = "open"


def recipient_trust(address: str, *, processor: ReportProcessor) -> RecipientTrust | None:
    """Say whether mail to an address is taken; None means that the address is nobody's."""
    path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
    if path is not None and not path.token:
        return RecipientTrust.OPEN
    domain = address.strip().strip("<>").lower().rpartition("@")[2].rstrip(".")
    if domain != processor.bounce_domain.lower():
        return None
    return None if _signed(address, processor)[1] is None else RecipientTrust.SIGNED


def has_signed_token(incoming: InboundMessage, *, processor: ReportProcessor) -> bool:
    """Say whether anything in a mail is signed by us."""
    report = report_parser.parse_report(incoming.raw)
    return _whose(report, incoming.envelope_to, processor)[1] is not None


def store_report(session: Session, incoming: InboundMessage, *, now: datetime) -> int | None:
    """Store a raw mail and ring for it; None when the same one was stored before."""
    to = (incoming.envelope_to or "").lower()
    report_id = queries.insert_report(
        session,
        Row(
            received_at=now,
            channel=incoming.channel,
            envelope_to=to or None,
            fingerprint=sha256(to.encode() + b"\0" + incoming.raw).hexdigest(),
            raw=incoming.raw[:LIMIT_BYTES],
        ),
    )
    if report_id is not None:
        outbox.enqueue(session, RECORD_OUTCOME.name, {"report_id": report_id}, now=now)
        log.info("outcome.report_stored", report_id=report_id, channel=incoming.channel)
    return report_id


def process_report(
    session: Session, report_id: int, *, processor: ReportProcessor, now: datetime
) -> str | None:
    """Understand a kept mail and give it its effects, once; the answer is why it had none."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return None
    row.processed_at = now
    row.note = _act(session, row, processor=processor, now=now)
    log.info("outcome.report_processed", report_id=report_id, note=row.note)
    return row.note


def set_report_aside(session: Session, report_id: int, why: str, *, now: datetime) -> None:
    """Close a kept mail that nobody could understand; its note says where that failed."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return
    row.processed_at = now
    row.note = f"set aside, because understanding it failed again and again ({why})"
    log.warning("outcome.set_aside", report_id=report_id, why=why)


def unprocessed_reports(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Give the kept mails that nobody came for; the caller rings for them again."""
    return queries.unprocessed_reports(
        session, before=now - LOST_AFTER, after=now - GIVEN_UP_AFTER, limit=limit
    )


def purge_raw_reports(session: Session, *, now: datetime) -> int:
    """Forget some old raw mails, which may hold readers' addresses; return how many.

    What is left is for the next time.
    """
    before = now - RAW_KEPT_FOR
    forgotten = queries.purge_raw_reports(session, before=before, limit=PURGE_CHUNK)
    return forgotten + unsigned_messages.purge_unsigned_messages(session, now=now)


def _act(session: Session, row: Row, *, processor: ReportProcessor, now: datetime) -> str | None:
    """Do what the mail asks for; the answer is why nothing was done."""
    report = report_parser.parse_report(row.raw or b"")
    use, reader = _whose(report, row.envelope_to, processor)
    if reader is None:
        return "no valid return path: nothing was counted"
    if use is inbound_address.InboundAddressUse.UNSUBSCRIBE:
        effects.unsubscribe_by_mail(session, reader, now=now)
        return None
    finding = _about(report)
    if finding is None:
        return f"{report.kind}: nothing to count"
    return effects.apply_finding(
        session,
        effects.MatchedFinding(report_id=row.id, reader=reader, finding=finding),
        keyring=processor.keyring,
        provider_of=processor.provider_of,
        now=now,
    )


def _whose(
    report: ParsedReport, envelope_to: str | None, processor: ReportProcessor
) -> tuple[inbound_address.InboundAddressUse, ReaderToken | None]:
    """Find the reader by the first token of ours that is truly signed."""
    for address in (envelope_to or "", *report.return_paths):
        use, reader = _signed(address, processor)
        if reader:
            return use, reader
    for address in report.list_unsubscribe_addresses:
        path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
        reader = reader_token.verify_reader_token(processor.keyring, path.token) if path else None
        if reader:
            return inbound_address.InboundAddressUse.BOUNCE, reader
    return inbound_address.InboundAddressUse.BOUNCE, None


def _signed(
    address: str, processor: ReportProcessor
) -> tuple[inbound_address.InboundAddressUse, ReaderToken | None]:
    """Read the token in an address."""
    path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
    if path and path.use is inbound_address.InboundAddressUse.UNSUBSCRIBE:
        return path.use, reader_token.verify_reader_token(processor.keyring, path.token)
    return inbound_address.InboundAddressUse.BOUNCE, envelope.read_return_path(
        processor.keyring, address
    )


def _about(report: ParsedReport) -> ClassifiedFinding | None:
    """Choose what the mail says of our reader.

    The token says whose mail it was, so one finding is about this reader whatever address it
    names: the reader may forward mail. Several findings that disagree are ambiguous, and the
    mildest of them counts.
    """
    if report.kind in {ReportKind.NONE, ReportKind.AUTOREPLY} or not report.findings:
        return None
    same = [finding for finding in report.findings if finding.kind == report.kind]
    return min(same, key=lambda finding: finding.hard)

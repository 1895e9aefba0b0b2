"""Stores a returned message once, matches it to a reader, and applies its effects.

Storing and processing are two transactions: from the first commit on the message is ours and its
sender may forget it, so an error in the second loses nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.delivery.messages import return_path as envelope
from service.jobs import outbox
from service.jobs.catalogue import RECORD_OUTCOME
from service.kit.db import Session
from service.kit.log import get_logger
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage, translatable
from service.outcomes import effects, queries, suppression_reviews, unsigned_messages
from service.outcomes.parsing import inbound_address, report_parser
from service.outcomes.parsing.findings import ClassifiedFinding, ParsedReport, ReportKind
from service.outcomes.tables import InboundReport

log = get_logger(__name__)

LIMIT_BYTES = 10 << 20
LOST_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(days=3)
RAW_KEPT_FOR = timedelta(days=30)
PURGE_CHUNK = 500
"""Raw messages, which may be large: a day of many bounces is purged in many small transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """A raw message, its envelope recipient, and the channel it came by (smtp, lmtp, pipe)."""

    raw: bytes
    envelope_to: str | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProcessor:
    """What processing needs besides the message: the keys, our bounce domain, the providers."""

    keyring: Keyring
    bounce_domain: str
    # Names the mailbox provider of a domain.
    provider_of: suppression_reviews.ProviderLookup


class RecipientTrust(StrEnum):
    """What an envelope recipient proves before a message has come."""

    # Its token is signed by us, so its sender, or the reader, received a message of ours.
    SIGNED = "signed"
    # fbl@ and postmaster@: anybody may write to them.
    OPEN = "open"


def recipient_trust(address: str, *, processor: ReportProcessor) -> RecipientTrust | None:
    """Return what an envelope recipient proves; None means that it is no address of ours."""
    path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
    if path is not None and not path.token:
        return RecipientTrust.OPEN
    domain = address.strip().strip("<>").lower().rpartition("@")[2].rstrip(".")
    if domain != processor.bounce_domain.lower():
        return None
    return None if _read_signed_token(address, processor)[1] is None else RecipientTrust.SIGNED


def has_signed_token(incoming: InboundMessage, *, processor: ReportProcessor) -> bool:
    """Return whether any address in a message carries a token signed by us."""
    report = report_parser.parse_report(incoming.raw)
    return _match_reader(report, incoming.envelope_to, processor)[1] is not None


def store_report(session: Session, incoming: InboundMessage, *, now: datetime) -> int | None:
    """Store a raw message and enqueue its job; return its id, None if it was stored before."""
    to = (incoming.envelope_to or "").lower()
    report_id = queries.insert_report(
        session,
        InboundReport(
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
) -> TranslatableMessage | None:
    """Process a stored report once; return why it had no effect, or None."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return None
    row.processed_at = now
    row.note = _apply(session, row, processor=processor, now=now)
    note = None if row.note is None else str(row.note)
    log.info("outcome.report_processed", report_id=report_id, note=note)
    return row.note


def set_report_aside(session: Session, report_id: int, why: str, *, now: datetime) -> None:
    """Close a report that cannot be processed; its note says where that failed (`why`)."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return
    row.processed_at = now
    row.note = translatable("report.set_aside", why=why)
    log.warning("outcome.set_aside", report_id=report_id, why=why)


def unprocessed_reports(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Return the ids of reports whose job was lost; the caller enqueues them again."""
    return queries.unprocessed_reports(
        session, before=now - LOST_AFTER, after=now - GIVEN_UP_AFTER, limit=limit
    )


def purge_raw_reports(session: Session, *, now: datetime) -> int:
    """Delete some old raw messages, which may hold readers' addresses; return how many.

    The rest is left to the next call.
    """
    before = now - RAW_KEPT_FOR
    purged = queries.purge_raw_reports(session, before=before, limit=PURGE_CHUNK)
    return purged + unsigned_messages.purge_unsigned_messages(session, now=now)


def _apply(
    session: Session, row: InboundReport, *, processor: ReportProcessor, now: datetime
) -> TranslatableMessage | None:
    """Apply a report's effects; return why it had none, or None."""
    report = report_parser.parse_report(row.raw or b"")
    use, reader = _match_reader(report, row.envelope_to, processor)
    if reader is None:
        return translatable("report.no_return_path")
    if use is inbound_address.InboundAddressUse.UNSUBSCRIBE:
        effects.unsubscribe_by_mail(session, reader, now=now)
        return None
    finding = _finding_about_reader(report)
    if finding is None:
        return translatable("report.no_finding", kind=report.kind.value)
    return effects.apply_finding(
        session,
        effects.MatchedFinding(report_id=row.id, reader=reader, finding=finding),
        keyring=processor.keyring,
        provider_of=processor.provider_of,
        now=now,
    )


def _match_reader(
    report: ParsedReport, envelope_to: str | None, processor: ReportProcessor
) -> tuple[inbound_address.InboundAddressUse, ReaderToken | None]:
    """Return the reader of the first address whose token is signed by us."""
    for address in (envelope_to or "", *report.return_paths):
        use, reader = _read_signed_token(address, processor)
        if reader:
            return use, reader
    for address in report.list_unsubscribe_addresses:
        path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
        reader = reader_token.verify_reader_token(processor.keyring, path.token) if path else None
        if reader:
            return inbound_address.InboundAddressUse.BOUNCE, reader
    return inbound_address.InboundAddressUse.BOUNCE, None


def _read_signed_token(
    address: str, processor: ReportProcessor
) -> tuple[inbound_address.InboundAddressUse, ReaderToken | None]:
    """Return what an address of ours is for, and the reader if its token is signed."""
    path = inbound_address.parse_inbound_address(address, bounce_domain=processor.bounce_domain)
    if path and path.use is inbound_address.InboundAddressUse.UNSUBSCRIBE:
        return path.use, reader_token.verify_reader_token(processor.keyring, path.token)
    return inbound_address.InboundAddressUse.BOUNCE, envelope.parse_return_path(
        processor.keyring, address
    )


def _finding_about_reader(report: ParsedReport) -> ClassifiedFinding | None:
    """Return the finding about our reader.

    The token identifies the reader, so one finding is about them whatever address it names: they
    may forward their mail. Of several findings that disagree the mildest counts.
    """
    if report.kind in {ReportKind.NONE, ReportKind.AUTOREPLY} or not report.findings:
        return None
    same = [finding for finding in report.findings if finding.kind == report.kind]
    return min(same, key=lambda finding: finding.hard)

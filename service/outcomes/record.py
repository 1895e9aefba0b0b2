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
from service.outcomes import effects, holds, inbox, queries, return_path, unsigned
from service.outcomes.report import Finding, Kind, Report
from service.outcomes.tables import Report as Row

log = get_logger(__name__)

LIMIT_BYTES = 10 << 20
LOST_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(days=3)
RAW_KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 500
"""Raw mails, which may be large: a day of many bounces is forgotten in many small transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A raw mail with where it was sent to and how it came."""

    raw: bytes
    envelope_to: str | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """What judging needs besides the mail: who signs, and where our mail comes back to."""

    keyring: Keyring
    bounce_domain: str
    # The mailbox provider of a domain.
    provider_of: holds.ProviderOf


class Entrance(StrEnum):
    """What an envelope recipient proves before a mail has come."""

    # The token in it is signed: its sender has had a mail of ours, or the reader has.
    SIGNED = "signed"
    # fbl@ and postmaster@: anybody may write there.
    OPEN = "open"


def entrance(address: str, *, taker: Taker) -> Entrance | None:
    """Say whether mail to an address is taken; None means that the address is nobody's."""
    path = return_path.parse(address, bounce_domain=taker.bounce_domain)
    if path is not None and not path.token:
        return Entrance.OPEN
    domain = address.strip().strip("<>").lower().rpartition("@")[2].rstrip(".")
    if domain != taker.bounce_domain.lower():
        return None
    return None if _signed(address, taker)[1] is None else Entrance.SIGNED


def is_proven(incoming: Incoming, *, taker: Taker) -> bool:
    """Say whether anything in a mail is signed by us."""
    report = inbox.read(incoming.raw)
    return _whose(report, incoming.envelope_to, taker)[1] is not None


def keep(session: Session, incoming: Incoming, *, now: datetime) -> int | None:
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
        log.info("outcome.kept", report_id=report_id, channel=incoming.channel)
    return report_id


def take(session: Session, report_id: int, *, taker: Taker, now: datetime) -> str | None:
    """Understand a kept mail and give it its effects, once; the answer is why it had none."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return None
    row.processed_at = now
    row.note = _act(session, row, taker=taker, now=now)
    log.info("outcome.taken", report_id=report_id, note=row.note)
    return row.note


def set_aside(session: Session, report_id: int, why: str, *, now: datetime) -> None:
    """Close a kept mail that nobody could understand; its note says where that failed."""
    row = queries.lock_report(session, report_id)
    if row is None:
        return
    row.processed_at = now
    row.note = f"set aside, because understanding it failed again and again ({why})"
    log.warning("outcome.set_aside", report_id=report_id, why=why)


def unprocessed(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Give the kept mails that nobody came for; the caller rings for them again."""
    return queries.unprocessed(
        session, before=now - LOST_AFTER, after=now - GIVEN_UP_AFTER, limit=limit
    )


def tidy(session: Session, *, now: datetime) -> int:
    """Forget some old raw mails, which may hold readers' addresses; return how many.

    What is left is for the next time.
    """
    before = now - RAW_KEPT_FOR
    forgotten = queries.forget_raw(session, before=before, limit=FORGOTTEN_AT_ONCE)
    return forgotten + unsigned.tidy(session, now=now)


def _act(session: Session, row: Row, *, taker: Taker, now: datetime) -> str | None:
    """Do what the mail asks for; the answer is why nothing was done."""
    report = inbox.read(row.raw or b"")
    use, reader = _whose(report, row.envelope_to, taker)
    if reader is None:
        return "no valid return path: nothing was counted"
    if use is return_path.Use.UNSUBSCRIBE:
        effects.leave(session, reader, now=now)
        return None
    finding = _about(report)
    if finding is None:
        return f"{report.kind}: nothing to count"
    return effects.apply(
        session,
        effects.Evidence(report_id=row.id, reader=reader, finding=finding),
        keyring=taker.keyring,
        provider_of=taker.provider_of,
        now=now,
    )


def _whose(
    report: Report, envelope_to: str | None, taker: Taker
) -> tuple[return_path.Use, ReaderToken | None]:
    """Find the reader by the first token of ours that is truly signed."""
    for address in (envelope_to or "", *report.return_paths):
        use, reader = _signed(address, taker)
        if reader:
            return use, reader
    for address in report.ways_out:
        path = return_path.parse(address, bounce_domain=taker.bounce_domain)
        reader = reader_token.verify_reader_token(taker.keyring, path.token) if path else None
        if reader:
            return return_path.Use.BOUNCE, reader
    return return_path.Use.BOUNCE, None


def _signed(address: str, taker: Taker) -> tuple[return_path.Use, ReaderToken | None]:
    """Read the token in an address."""
    path = return_path.parse(address, bounce_domain=taker.bounce_domain)
    if path and path.use is return_path.Use.UNSUBSCRIBE:
        return path.use, reader_token.verify_reader_token(taker.keyring, path.token)
    return return_path.Use.BOUNCE, envelope.read_return_path(taker.keyring, address)


def _about(report: Report) -> Finding | None:
    """Choose what the mail says of our reader.

    The token says whose mail it was, so one finding is about this reader whatever address it
    names: the reader may forward mail. Several findings that disagree are ambiguous, and the
    mildest of them counts.
    """
    if report.kind in {Kind.NONE, Kind.AUTOREPLY} or not report.findings:
        return None
    same = [finding for finding in report.findings if finding.kind == report.kind]
    return min(same, key=lambda finding: finding.hard)

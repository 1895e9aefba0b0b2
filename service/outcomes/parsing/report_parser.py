"""Pure: a raw mail becomes a report; whatever it is, there is an answer.

The most exact reading wins: a complaint, a delivery report, an automatic answer, and last the
words for people.
"""

from functools import cached_property

from service.outcomes.parsing import addresses, arf, autoreply, dsn, mime, prose, sns
from service.outcomes.parsing.findings import (
    ClassifiedFinding,
    ParsedReport,
    RawFinding,
    ReportKind,
)
from service.replies import classify
from service.replies.classification import Fault, RefusalClassification

LIMIT_BYTES = mime.LIMIT_BYTES
LIMIT_TEXT = 500

_JUDGED = 30_000
"""Characters that are judged for all recipients of a mail together: a hostile mail names many."""

_ENVELOPE_HEADERS = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to")
_SENDER_HEADERS = ("return-path", "x-return-path", "sender", "errors-to")
_WEIGHT = (ReportKind.COMPLAINT, ReportKind.FAILED, ReportKind.DELAYED, ReportKind.DELIVERED)


class _Words:
    """What a mail says for people, searched once and only when it is asked for."""

    def __init__(self, mail: mime.ParsedMessage, recipients: int) -> None:
        self._mail = mail
        self.limit = max(_JUDGED // max(recipients, 1), 300)
        self._judged: dict[tuple[str, str], RefusalClassification] = {}

    def about(self, address: str) -> str:
        """Return what it says of an address; nothing where it names none."""
        return prose.strip_protocol_lines(self._sections.get(address, ""))

    def judged(self, piece: RawFinding) -> RefusalClassification:
        """Judge all that it says, with what the report knows beside it."""
        numbers = (piece.code, piece.status)
        if numbers not in self._judged:
            self._judged[numbers] = classify.classify_refusal(
                prose.strip_protocol_lines(self._text)[: self.limit],
                code=piece.code,
                status=piece.status,
            )
        return self._judged[numbers]

    @cached_property
    def milder(self) -> RefusalClassification | None:
        """What it says before it names anybody, where that is a reader's passing trouble."""
        said = classify.classify_refusal(
            prose.strip_protocol_lines(prose.text_before_addresses(self._text))
        )
        return said if said.fault is Fault.READER and not said.hard else None

    @cached_property
    def _text(self) -> str:
        return prose.report_text(self._mail)

    @cached_property
    def _sections(self) -> dict[str, str]:
        return prose.split_by_address(self._text, set())


def parse_report(raw: bytes) -> ParsedReport:
    """Return what a raw message reports, and of whom."""
    mail = mime.parse_message(raw)
    report = _read(mail)
    if report.kind is ReportKind.NONE:
        return _forwarded(mail) or report
    return report


def _forwarded(mail: mime.ParsedMessage) -> ParsedReport | None:
    """Read the bounce that a forwarded message encloses; a returned message is no bounce."""
    for part in mail.parts:
        if part.type == "message/rfc822":
            enclosed = mime.parse_message(part.body)
            return _read(enclosed) if prose.is_from_mail_system(enclosed) else None
    return None


def _read(mail: mime.ParsedMessage) -> ParsedReport:
    evidence = arf.parse_arf(mail)
    if not evidence and autoreply.is_read_receipt(mail):
        return ParsedReport(kind=ReportKind.AUTOREPLY, return_paths=_return_paths(mail))
    evidence = evidence or dsn.parse_dsn(mail) or sns.parse_sns(mail)
    automatic = not evidence and autoreply.is_autoreply(mail)
    if evidence:
        evidence = _completed(mail, evidence)
    elif not automatic or prose.is_from_mail_system(mail):
        # Exim and Google mark their bounces as automatic replies.
        evidence = prose.parse_prose_bounce(mail)
    if automatic and not evidence:
        return ParsedReport(kind=ReportKind.AUTOREPLY, return_paths=_return_paths(mail))
    words = _Words(mail, len(evidence))
    findings = tuple(_finding(piece, words) for piece in evidence)
    kind = next(
        (kind for kind in _WEIGHT if any(f.kind == kind for f in findings)), ReportKind.NONE
    )
    return ParsedReport(
        kind=kind,
        findings=findings,
        return_paths=_return_paths(mail),
        list_unsubscribe_addresses=_list_unsubscribe_addresses(mail)
        if kind is ReportKind.COMPLAINT
        else (),
        message_id=prose.returned_headers(mail).first("message-id").strip() or None,
    )


def _completed(
    mail: mime.ParsedMessage, evidence: tuple[RawFinding, ...]
) -> tuple[RawFinding, ...]:
    """Find the addresses that a report leaves out in the words for people."""
    if all(piece.address or piece.kind == ReportKind.COMPLAINT for piece in evidence):
        return evidence
    named = [piece.address for piece in prose.parse_prose_bounce(mail)]
    return tuple(
        piece
        if piece.address
        else RawFinding(
            address=named[0] if named else "",
            kind=piece.kind,
            status=piece.status,
            code=piece.code,
            text=piece.text,
        )
        for piece in evidence
    )


def _finding(piece: RawFinding, words: _Words) -> ClassifiedFinding:
    if piece.kind == ReportKind.COMPLAINT:
        return ClassifiedFinding(
            address=piece.address,
            kind=piece.kind,
            reason="feedback",
            hard=False,
            status="",
            text=piece.text,
        )
    verdict = _verdict(piece, words)
    return ClassifiedFinding(
        address=piece.address,
        kind=piece.kind,
        reason="delivered" if piece.kind == ReportKind.DELIVERED else verdict.reason,
        hard=verdict.hard and piece.kind == ReportKind.FAILED,
        status=verdict.status,
        text=" ".join(piece.text.replace("\0", " ").split())[:LIMIT_TEXT],
        fault=None if piece.kind == ReportKind.DELIVERED else verdict.fault,
    )


def _verdict(piece: RawFinding, words: _Words) -> RefusalClassification:
    """Judge by the report's own field first, then by the words for people, nearest first."""
    said = (prose.strip_protocol_lines(piece.text), words.about(piece.address))
    verdict = _judged(piece, said[0][: words.limit]) or _judged(piece, said[1][: words.limit])
    verdict = verdict or words.judged(piece)
    # "The account is disabled", it may say above, and then "user unknown" of the address.
    return words.milder or verdict if verdict.hard else verdict


def _judged(piece: RawFinding, said: str) -> RefusalClassification | None:
    """Judge a text, if there is one and it tells anything."""
    if not said.strip():
        return None
    verdict = classify.classify_refusal(said, code=piece.code, status=piece.status)
    return verdict if verdict.reason != "undefined" else None


def _return_paths(mail: mime.ParsedMessage) -> tuple[str, ...]:
    """Return the addresses that may carry our token: first where it was sent to."""
    here = [value for name in _ENVELOPE_HEADERS for value in mail.top.headers.get(name, ())]
    returned = prose.returned_headers(mail)
    there = [value for name in _SENDER_HEADERS for value in returned.headers.get(name, ())]
    told = f"{arf.original_mail_from(mail)} {sns.sns_mail_from(mail)}"
    return tuple(addresses.find_addresses(" ".join((*here[:20], *there[:20], told))))


def _list_unsubscribe_addresses(mail: mime.ParsedMessage) -> tuple[str, ...]:
    """Return the unsubscribe addresses of the returned message (RFC 2369)."""
    values = prose.returned_headers(mail).headers.get("list-unsubscribe", ())
    # The scheme would be taken for a part of the address.
    return tuple(addresses.find_addresses(" ".join(values[:20]).replace("mailto:", " ")))

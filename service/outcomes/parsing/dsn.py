"""Pure: reads delivery status notifications (RFC 3464), also the malformed ones.

Seen in the wild and read here: fields of one recipient split by blank lines, several recipients
without a blank line between them, the block under a wrong MIME type, actions with remarks.
"""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from service.outcomes.parsing import addresses, mime
from service.outcomes.parsing.findings import RawFinding, ReportKind

LIMIT_RECIPIENTS = 100

_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_BEGINS = re.compile(r"(?mi)^(?:> ?)?(final-recipient|original-recipient)[ \t]*:")
_QUOTED = re.compile(r"(?m)^> ?")
_FINAL = re.compile(r"(?mi)^final-recipient[ \t]*:")
_BLANK = re.compile(r"\n[ \t]*\n")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ \-]|$)")
_KINDS = {
    "failed": ReportKind.FAILED,
    "failure": ReportKind.FAILED,
    "expired": ReportKind.FAILED,
    "error": ReportKind.FAILED,
    "delayed": ReportKind.DELAYED,
    "deferred": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "deliverable": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
_BY_CLASS = {"2": ReportKind.DELIVERED, "4": ReportKind.DELAYED, "5": ReportKind.FAILED}

_MAX_TYPE_LENGTH = 40


def parse_dsn(mail: mime.ParsedMessage) -> tuple[RawFinding, ...]:
    """Return what the report says of each recipient; nothing when it is no such report."""
    for part in mail.parts:
        text = part.text if part.type in _TYPES or _BEGINS.search(part.text[:20_000]) else ""
        if "> Final-Recipient:" in text:
            # A person forwarded the report as a quotation.
            text = _QUOTED.sub("", text)
        found = tuple(_evidence(group) for group in islice(_groups(text), LIMIT_RECIPIENTS))
        if found:
            return found
    return ()


def _groups(text: str) -> Iterator[dict[str, str]]:
    """Gather the fields of each recipient."""
    current: dict[str, str] = {}
    for block in _blocks(text):
        fields = mime.parse_fields(block)
        begins = "final-recipient" in fields or "original-recipient" in fields
        if begins and current.keys() & fields.keys() & {"final-recipient", "original-recipient"}:
            yield current
            current = {}
        if begins or current:
            current = {**fields, **current}
    if current:
        yield current


def _blocks(text: str) -> Iterator[str]:
    """Part a text at blank lines, and before a second recipient that stands without one."""
    for block in _BLANK.split(text):
        starts = [match.start() for match in _FINAL.finditer(block)][1:]
        for start, end in pairwise([0, *starts, len(block)]):
            yield block[start:end]


def _evidence(fields: dict[str, str]) -> RawFinding:
    status = _STATUS.search(fields.get("status", ""))
    text = _without_type(fields.get("diagnostic-code", ""))
    code = _CODE.search(text)
    return RawFinding(
        address=_address(fields),
        kind=_kind(fields.get("action", ""), status.group() if status else ""),
        status=status.group() if status else "",
        code=code.group(1) if code else "",
        text=text,
    )


def _address(fields: dict[str, str]) -> str:
    """The address we wrote to comes first, the one it was rewritten to after it."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = mime.decode_header_words(_without_type(fields.get(name, "")))
        found = addresses.first_address(value)
        if found:
            return found
    return ""


def _without_type(value: str) -> str:
    """Take `rfc822;` or `smtp;` away."""
    kind, semicolon, rest = value.partition(";")
    return (
        rest.strip()
        if semicolon and len(kind) < _MAX_TYPE_LENGTH and " " not in kind.strip()
        else value
    )


def _kind(action: str, status: str) -> ReportKind:
    word = re.match(r"[a-z]*", action.strip().lower())
    known = _KINDS.get(word.group() if word else "")
    return known or _BY_CLASS.get(status[:1], ReportKind.FAILED)

"""Pure: reads the notifications of Amazon SES that come by mail (Amazon SNS), JSON in a text.

Their form is documented at
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from service.outcomes.parsing import addresses, mime
from service.outcomes.parsing.findings import RawFinding, ReportKind

LIMIT_RECIPIENTS = 100
LIMIT_TEXT = 300_000

_SUPPRESSED = {"Suppressed", "OnAccountSuppressionList"}
_MARKS = ('"notificationType"', '\\"notificationType\\"', '"eventType"', '\\"eventType\\"')
# Mail servers break a line of more than 990 characters, most with "!", a line end and a space.
_BROKEN = re.compile(r"!?\n ?")


def parse_sns(mail: mime.ParsedMessage) -> tuple[RawFinding, ...]:
    """Return what the notification says of each recipient; nothing when it is none."""
    message = _message(mail)
    return tuple(_evidence(message)) if message else ()


def sns_mail_from(mail: mime.ParsedMessage) -> str:
    """Return the envelope sender that a notification names."""
    message = _message(mail) or {}
    sent = message.get("mail")
    return str(sent.get("source", "")) if isinstance(sent, dict) else ""


def _message(mail: mime.ParsedMessage) -> Mapping[str, Any] | None:
    for part in mail.parts:
        if part.type not in {"text/plain", "application/json"}:
            continue
        text = part.text[:LIMIT_TEXT]
        start = text.find("{")
        if start < 0 or not any(mark in text for mark in _MARKS):
            continue
        found = _parsed(_BROKEN.sub("", text[start:]))
        inner = found.get("Message")
        found = _parsed(inner) if isinstance(inner, str) else found
        if found.get("notificationType") or found.get("eventType"):
            return found
    return None


def _parsed(text: str) -> Mapping[str, Any]:
    """Read the first JSON object of a text; one that is cut off or no object gives nothing."""
    try:
        value, _end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _evidence(message: Mapping[str, Any]) -> Iterator[RawFinding]:
    bounce = message.get("bounce")
    subtype = bounce.get("bounceSubType") if isinstance(bounce, dict) else None
    for one in _recipients(message, "bounce", "bouncedRecipients"):
        yield _failed(one, is_suppressed=subtype in _SUPPRESSED)
    for one in _recipients(message, "deliveryDelay", "delayedRecipients"):
        yield replace(_failed(one), kind=ReportKind.DELAYED)
    complaint = message.get("complaint")
    said = complaint.get("complaintFeedbackType") if isinstance(complaint, dict) else None
    for one in _recipients(message, "complaint", "complainedRecipients"):
        yield RawFinding(
            address=_address(one), kind=ReportKind.COMPLAINT, text=str(said or "abuse")
        )
    for address in _named(message, "delivery", "recipients"):
        yield RawFinding(address=addresses.first_address(str(address)), kind=ReportKind.DELIVERED)


def _recipients(message: Mapping[str, Any], of: str, name: str) -> list[Mapping[str, Any]]:
    return [one for one in _named(message, of, name) if isinstance(one, dict)]


def _named(message: Mapping[str, Any], of: str, name: str) -> list[Any]:
    said = message.get(of)
    named = said.get(name) if isinstance(said, dict) else None
    return named[:LIMIT_RECIPIENTS] if isinstance(named, list) else []


def _failed(one: Mapping[str, Any], *, is_suppressed: bool = False) -> RawFinding:
    said = str(one.get("diagnosticCode", "")).removeprefix("smtp;").strip()
    if is_suppressed:
        # SES did not try: its own list says so, not the mailbox.
        said = f"{said} address is on the suppression list for your account"
    status = str(one.get("status", ""))
    return RawFinding(address=_address(one), kind=ReportKind.FAILED, status=status, text=said)


def _address(one: Mapping[str, Any]) -> str:
    return addresses.first_address(str(one.get("emailAddress", "")))

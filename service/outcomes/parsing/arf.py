"""Pure: reads complaints of feedback loops (ARF, RFC 5965)."""

from service.outcomes.parsing import addresses, mime
from service.outcomes.parsing.findings import RawFinding, ReportKind

LIMIT_RECIPIENTS = 100

_TYPE = "message/feedback-report"
OPT_OUT = "opt-out"
"""The reader wants to leave, and calls nothing spam."""

MACHINE_REPORT_TYPES = frozenset({"auth-failure", "virus"})
"""What a receiver's machines report (RFC 6591, RFC 5965 section 7.3): no reader said anything."""

_HARMLESS = {"not-spam"}


def parse_arf(mail: mime.ParsedMessage) -> tuple[RawFinding, ...]:
    """Return a complaint of each reader, without the address where the report hides it.

    Nothing is returned for a message that is no complaint.
    """
    fields = _fields(mail)
    if fields is None:
        return ()
    kind = _first(fields, "feedback-type").strip().lower() or "abuse"
    if kind in _HARMLESS:
        return (RawFinding(address="", kind=ReportKind.DELIVERED),)
    named = _addresses(mail, fields)[:LIMIT_RECIPIENTS] or [""]
    return tuple(RawFinding(address=each, kind=ReportKind.COMPLAINT, text=kind) for each in named)


def original_mail_from(mail: mime.ParsedMessage) -> str:
    """Return the envelope sender that a report names, the only trace of ours where it redacts."""
    return _first(_fields(mail) or {}, "original-mail-from")


def _fields(mail: mime.ParsedMessage) -> dict[str, list[str]] | None:
    """Return the report's fields; None when the mail is no complaint."""
    for part in mail.parts:
        if part.type == _TYPE:
            return mime.parse_repeated_fields(part.text)
    subject = mail.top.first("subject").strip().lower()
    if subject.startswith("complaint about message from"):
        # Outlook.com's junk mail reporting has no report part.
        return {"feedback-type": ["abuse"]}
    if subject == "unsubscribe":
        # Apple Mail writes this to the address that it takes for the list.
        return {"feedback-type": [OPT_OUT], "removal-recipient": [mail.top.first("from")]}
    return None


def _first(fields: dict[str, list[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _addresses(mail: mime.ParsedMessage, fields: dict[str, list[str]]) -> list[str]:
    """Return the complainants' addresses: one message to several readers has a field for each."""
    for name in ("original-rcpt-to", "removal-recipient"):
        found = addresses.find_addresses(" ".join(fields.get(name, ())))
        if found:
            return found
    for part in mail.parts:
        if part.type in {"message/rfc822", "text/rfc822-headers"}:
            returned = mime.parse_part(part.body.lstrip(b"\n"))
            return addresses.find_addresses(returned.first("to"))[:1]
    return []

"""Pure: reads complaints of feedback loops (ARF, RFC 5965)."""

from service.outcomes import addresses, mime
from service.outcomes.report import Evidence, Kind

_TYPE = "message/feedback-report"
OPT_OUT = "opt-out"
"""The reader wants to leave, and calls nothing spam."""

OF_RECEIVERS = frozenset({"auth-failure", "virus"})
"""What a receiver's machines report (RFC 6591, RFC 5965 section 7.3): no reader said anything."""

_HARMLESS = {"not-spam"}


def read(mail: mime.Mail) -> tuple[Evidence, ...]:
    """Give whom the complaint is from; one without an address where the report hides it."""
    fields = _fields(mail)
    if fields is None:
        return ()
    if fields.get("feedback-type", "").strip().lower() in _HARMLESS:
        return (Evidence(address="", kind=Kind.DELIVERED),)
    kind = fields.get("feedback-type", "abuse").strip().lower()
    return (Evidence(address=_address(mail, fields), kind=Kind.COMPLAINT, text=kind),)


def mail_from(mail: mime.Mail) -> str:
    """Give the envelope sender that a report names, the only trace of ours where it redacts."""
    fields = _fields(mail) or {}
    return fields.get("original-mail-from", "")


def _fields(mail: mime.Mail) -> dict[str, str] | None:
    """Give the report's fields; None when the mail is no complaint."""
    for part in mail.parts:
        if part.type == _TYPE:
            return mime.fields(part.text)
    subject = mail.top.first("subject").strip().lower()
    if subject.startswith("complaint about message from"):
        # Outlook.com's junk mail reporting has no report part.
        return {"feedback-type": "abuse"}
    if subject == "unsubscribe":
        # Apple Mail writes this to whoever it takes for the list.
        return {"feedback-type": OPT_OUT, "removal-recipient": mail.top.first("from")}
    return None


def _address(mail: mime.Mail, fields: dict[str, str]) -> str:
    for name in ("original-rcpt-to", "removal-recipient"):
        found = addresses.first(fields.get(name, ""))
        if found:
            return found
    for part in mail.parts:
        if part.type in {"message/rfc822", "text/rfc822-headers"}:
            returned = mime.part(part.body.lstrip(b"\n"))
            return addresses.first(returned.first("to"))
    return ""

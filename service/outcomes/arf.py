"""Pure: reads complaints of feedback loops (ARF, RFC 5965)."""

from service.outcomes import addresses, mime
from service.outcomes.report import Evidence, Kind

_TYPE = "message/feedback-report"
_HARMLESS = {"not-spam"}


def read(mail: mime.Mail) -> tuple[Evidence, ...]:
    """Give whom the complaint is from; one without an address where the report hides it."""
    for part in mail.parts:
        if part.type == _TYPE:
            fields = mime.fields(part.text)
            break
    else:
        return ()
    if fields.get("feedback-type", "").strip().lower() in _HARMLESS:
        return (Evidence(address="", kind=Kind.DELIVERED),)
    kind = fields.get("feedback-type", "abuse").strip().lower()
    return (Evidence(address=_address(mail, fields), kind=Kind.COMPLAINT, text=kind),)


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

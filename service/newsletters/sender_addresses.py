"""Pure: normalise and validate a newsletter's sender and reply addresses.

Relays need not take SMTPUTF8 (RFC 6531), so the part before the @ is ASCII; a domain in other
letters has an ASCII form (RFC 5891) and is kept in it. Lengths are those of RFC 5321 section
4.5.3.1.
"""

from service.kit.email_syntax import split_email_address
from service.kit.errors import Invalid
from service.kit.invisible import strip_invisible
from service.kit.translatable import translatable

MAX_ADDRESS_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64


def normalise_address(address: str) -> str:
    """Return an address in the form for a message's header and envelope.

    Raises:
        Invalid: it cannot stand in a header or envelope.
    """
    parts = split_email_address(strip_invisible(address))
    if parts is None:
        raise Invalid(translatable("newsletter.address.malformed"))
    local, domain = parts
    found = f"{local}@{domain.lower()}"
    if len(found) > MAX_ADDRESS_LENGTH or len(local) > MAX_LOCAL_PART_LENGTH:
        raise Invalid(translatable("newsletter.address.too_long"))
    return found


def normalise_addresses(sender_address: str, reply_to: str | None) -> dict[str, str | None]:
    """Return a newsletter's two addresses, normalised, by their column names.

    Raises:
        Invalid: one of them cannot stand in a message; the error says what to do.
    """
    messages = {
        "sender_address": translatable("edition.sender_address"),
        "reply_to": translatable("edition.reply_address"),
    }
    found = {"sender_address": sender_address, "reply_to": reply_to}
    for name, message in messages.items():
        if found[name] and not is_valid_address(found[name] or ""):
            raise Invalid(message)
    return {
        name: normalise_address(address) if address else None for name, address in found.items()
    }


def is_valid_address(address: str) -> bool:
    """Return whether an address can be a sender; its domain may be international."""
    try:
        normalise_address(address)
    except Invalid:
        return False
    return True

"""Pure: parse an e-mail address and normalise it to one key per mailbox.

The grammar is strict: no quoted local parts, no comments, no display names, no literals, nothing
that could end a header. Local parts are ASCII because not every relay takes SMTPUTF8; domains
may be international and are kept in their ASCII form, which can stand in any envelope.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from service.kit.email_syntax import split_email_address
from service.kit.errors import Invalid
from service.kit.invisible import strip_invisible

MAX_ADDRESS_LENGTH = 254
MAX_LOCAL_PART_LENGTH = 64
MAX_DOMAIN_LENGTH = 255
MAX_LABEL_LENGTH = 63
"""Octets (RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2; RFC 1035, section 2.3.4)."""


class AddressFlaw(StrEnum):
    """What is wrong with an address."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    LOCAL_TOO_LONG = "local_too_long"
    DOMAIN_TOO_LONG = "domain_too_long"
    NO_AT = "no_at"
    ACCENTS = "accents"
    SPACES = "spaces"
    DOMAIN = "domain"
    MALFORMED = "malformed"


FLAW_SENTENCES = {
    AddressFlaw.EMPTY: "Give an e-mail address.",
    AddressFlaw.TOO_LONG: f"An e-mail address has at most {MAX_ADDRESS_LENGTH} characters.",
    AddressFlaw.LOCAL_TOO_LONG: (
        f"The part before the @ has at most {MAX_LOCAL_PART_LENGTH} characters."
    ),
    AddressFlaw.DOMAIN_TOO_LONG: (
        f"The part after the @ has at most {MAX_DOMAIN_LENGTH} characters, "
        f"and {MAX_LABEL_LENGTH} between two dots."
    ),
    AddressFlaw.NO_AT: "An e-mail address has one @, as in name@example.org.",
    AddressFlaw.ACCENTS: "Write the part before the @ without accents or other special letters.",
    AddressFlaw.SPACES: "An e-mail address has no spaces.",
    AddressFlaw.DOMAIN: "The part after the @ is not a mail domain such as example.org.",
    AddressFlaw.MALFORMED: "This is not an e-mail address: write it like name@example.org.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailAddress:
    """An address as messages are sent to it, and its normal form: one key, one subscriber."""

    text: str
    key: str

    @property
    def domain(self) -> str:
        """The part after the @, in lower case."""
        return self.key.rpartition("@")[2]


def parse_or_flaw(text: str) -> EmailAddress | AddressFlaw:
    """Return the address that a person typed, or its flaw."""
    cleaned = unicodedata.normalize("NFC", strip_invisible(text))
    flaw = _flaw_at_sight(cleaned)
    if flaw is not None:
        return flaw
    found = split_email_address(cleaned)
    if found is None:
        return _flaw_of(cleaned)
    local, domain = found
    if "." not in domain:
        return AddressFlaw.DOMAIN
    # The length of an international domain is known only in its ASCII form.
    return _flaw_of_length(local, domain) or _address(local, domain.lower())


def parse_address(text: str) -> EmailAddress:
    """Return the address; raise `Invalid` with a sentence that explains the flaw."""
    found = parse_or_flaw(text)
    if isinstance(found, AddressFlaw):
        raise Invalid(FLAW_SENTENCES[found])
    return found


def address_key(text: str) -> str | None:
    """Return the normal form of an address, None when it is not one."""
    found = parse_or_flaw(text)
    return None if isinstance(found, AddressFlaw) else found.key


def _address(local: str, domain: str) -> EmailAddress:
    return EmailAddress(text=f"{local}@{domain}", key=f"{local.lower()}@{domain}")


def _flaw_at_sight(text: str) -> AddressFlaw | None:
    if not text:
        return AddressFlaw.EMPTY
    if text.count("@") != 1:
        return AddressFlaw.NO_AT
    if any(character.isspace() for character in text):
        return AddressFlaw.SPACES
    local, _, domain = text.partition("@")
    if not local.isascii():
        return AddressFlaw.ACCENTS
    return _flaw_of_length(local, domain)


def _flaw_of_length(local: str, domain: str) -> AddressFlaw | None:
    """Return which part is too long, the most specific first."""
    if len(local) > MAX_LOCAL_PART_LENGTH:
        return AddressFlaw.LOCAL_TOO_LONG
    if len(domain) > MAX_DOMAIN_LENGTH or any(
        len(label) > MAX_LABEL_LENGTH for label in domain.split(".")
    ):
        return AddressFlaw.DOMAIN_TOO_LONG
    return AddressFlaw.TOO_LONG if len(local) + 1 + len(domain) > MAX_ADDRESS_LENGTH else None


def _flaw_of(text: str) -> AddressFlaw:
    domain = text.partition("@")[2]
    return AddressFlaw.MALFORMED if split_email_address(f"a@{domain}") else _flaw_of_domain(domain)


def _flaw_of_domain(domain: str) -> AddressFlaw:
    """Return whether a domain is refused for the length of its ASCII form or for its syntax."""
    labels = [
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in domain.split(".")
    ]
    # A local part of one letter keeps the total length out of the comparison.
    return (
        AddressFlaw.DOMAIN_TOO_LONG
        if _flaw_of_length("a", ".".join(labels))
        else AddressFlaw.DOMAIN
    )

"""Pure: what a mail address is, which mailbox it names, and what it was probably meant to be.

The grammar is strict: no quoted local parts, no comments, no display names, no literals, nothing
that could end a header. Local parts are ASCII because not every relay takes SMTPUTF8; domains
may be international and are kept in their ASCII form, which can stand in any envelope.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from service.kit.errors import Invalid
from service.kit.invisible import strip_invisible
from service.kit.mail_syntax import halves

LONGEST = 254
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 255
LONGEST_LABEL = 63
"""Octets (RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2; RFC 1035, section 2.3.4)."""


class Flaw(StrEnum):
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


SENTENCES = {
    Flaw.EMPTY: "Give a mail address.",
    Flaw.TOO_LONG: f"A mail address has at most {LONGEST} characters.",
    Flaw.LOCAL_TOO_LONG: f"The part before the @ has at most {LONGEST_LOCAL} characters.",
    Flaw.DOMAIN_TOO_LONG: (
        f"The part after the @ has at most {LONGEST_DOMAIN} characters, "
        f"and {LONGEST_LABEL} between two dots."
    ),
    Flaw.NO_AT: "A mail address has one @, as in name@example.org.",
    Flaw.ACCENTS: "Write the part before the @ without accents or other special letters.",
    Flaw.SPACES: "A mail address has no spaces.",
    Flaw.DOMAIN: "The part after the @ is not a mail domain such as example.org.",
    Flaw.MALFORMED: "This is not a mail address: write it like name@example.org.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address as we write to it, and the key that makes one mailbox one subscriber."""

    text: str
    key: str

    @property
    def domain(self) -> str:
        """The part after the @, in lower case."""
        return self.key.rpartition("@")[2]


def read(text: str) -> Address | Flaw:
    """Return the address that a person wrote, or what is wrong with it."""
    cleaned = unicodedata.normalize("NFC", strip_invisible(text))
    flaw = _flaw_at_sight(cleaned)
    if flaw is not None:
        return flaw
    found = halves(cleaned)
    if found is None:
        return _flaw_of(cleaned)
    local, domain = found
    if "." not in domain:
        return Flaw.DOMAIN
    # Only now is it known how long an international domain is in an envelope.
    return _flaw_of_length(local, domain) or _address(local, domain.lower())


def parse(text: str) -> Address:
    """Return the address; raise `Invalid` with a sentence that says what is wrong."""
    found = read(text)
    if isinstance(found, Flaw):
        raise Invalid(SENTENCES[found])
    return found


def address_key(text: str) -> str | None:
    """Return the normal form of an address, None when it is not one."""
    found = read(text)
    return None if isinstance(found, Flaw) else found.key


def _address(local: str, domain: str) -> Address:
    return Address(text=f"{local}@{domain}", key=f"{local.lower()}@{domain}")


def _flaw_at_sight(text: str) -> Flaw | None:
    if not text:
        return Flaw.EMPTY
    if text.count("@") != 1:
        return Flaw.NO_AT
    if any(character.isspace() for character in text):
        return Flaw.SPACES
    local, _, domain = text.partition("@")
    if not local.isascii():
        return Flaw.ACCENTS
    return _flaw_of_length(local, domain)


def _flaw_of_length(local: str, domain: str) -> Flaw | None:
    """Name what is too long, the most exact first."""
    if len(local) > LONGEST_LOCAL:
        return Flaw.LOCAL_TOO_LONG
    if len(domain) > LONGEST_DOMAIN or any(
        len(label) > LONGEST_LABEL for label in domain.split(".")
    ):
        return Flaw.DOMAIN_TOO_LONG
    return Flaw.TOO_LONG if len(local) + 1 + len(domain) > LONGEST else None


def _flaw_of(text: str) -> Flaw:
    domain = text.partition("@")[2]
    return Flaw.MALFORMED if halves(f"a@{domain}") else _flaw_of_domain(domain)


def _flaw_of_domain(domain: str) -> Flaw:
    """Say whether a domain is refused for its length as it is spelled in ASCII, or otherwise."""
    labels = [
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in domain.split(".")
    ]
    # A local part of one letter: the whole is not longer than its domain and two more.
    return Flaw.DOMAIN_TOO_LONG if _flaw_of_length("a", ".".join(labels)) else Flaw.DOMAIN

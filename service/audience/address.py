"""Pure: what a mail address is, which mailbox it names, and what it was probably meant to be.

The grammar is strict: no quoted local parts, no comments, no display names, no literals, nothing
that could end a header. Local parts are ASCII because not every relay takes SMTPUTF8; domains
may be international and are kept in their ASCII form, which can stand in any envelope.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from service.kit.errors import Invalid

LONGEST = 254
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


class Flaw(StrEnum):
    """What is wrong with an address."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_AT = "no_at"
    ACCENTS = "accents"
    SPACES = "spaces"
    DOMAIN = "domain"
    MALFORMED = "malformed"


SENTENCES = {
    Flaw.EMPTY: "Give a mail address.",
    Flaw.TOO_LONG: f"A mail address has at most {LONGEST} characters.",
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
    cleaned = unicodedata.normalize("NFC", text.translate(_INVISIBLE).strip())
    flaw = _flaw_at_sight(cleaned)
    if flaw is not None:
        return flaw
    try:
        # "test_environment" only means that the reserved domain .test is taken.
        valid = validate_email(
            cleaned, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return _flaw_of(cleaned)
    return _address(valid) if "." in (valid.ascii_domain or "") else Flaw.DOMAIN


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


def _address(valid: ValidatedEmail) -> Address:
    domain = (valid.ascii_domain or "").lower()
    return Address(
        text=f"{valid.local_part}@{domain}",
        key=f"{(valid.local_part or '').lower()}@{domain}",
    )


def _flaw_at_sight(text: str) -> Flaw | None:
    if not text:
        return Flaw.EMPTY
    if len(text) > LONGEST:
        return Flaw.TOO_LONG
    if text.count("@") != 1:
        return Flaw.NO_AT
    if any(character.isspace() for character in text):
        return Flaw.SPACES
    return None


def _flaw_of(text: str) -> Flaw:
    local, _, domain = text.partition("@")
    if not local.isascii():
        return Flaw.ACCENTS
    try:
        validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return Flaw.DOMAIN
    return Flaw.MALFORMED

"""Pure: the signed part of an address of ours that counts: a link's, or a pixel's.

It names an edition, one of its two subjects and, of a link, its number: never a reader. It does not
expire, because an old message's links must work.
"""

import struct
from dataclasses import dataclass

from service.kit.tokens import Keyring

PURPOSE = "counted"
LENGTH = 34
_LAYOUT = struct.Struct(">QBH")
PIXEL = 0
"""The number under which a message's pixel is known; links begin at 1."""
MAX_LINKS = 32_767
"""Of one edition: the numbers that a `smallint` has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingToken:
    """Which link of which edition, in a message with which subject."""

    edition_id: int
    subject: int
    number: int


def sign_counting_token(keyring: Keyring, token: CountingToken) -> str:
    """Return 34 characters of a-z2-7."""
    return keyring.sign(PURPOSE, _LAYOUT.pack(token.edition_id, token.subject, token.number))


def verify_counting_token(keyring: Keyring, text: str) -> CountingToken | None:
    """Return the verified token; None if it is forged, damaged or made for another purpose."""
    if len(text) != LENGTH or not text.isascii():
        return None
    payload = keyring.verify(PURPOSE, text)
    if payload is None or len(payload) != _LAYOUT.size:
        return None
    edition_id, subject, number = _LAYOUT.unpack(payload)
    return CountingToken(edition_id=edition_id, subject=subject, number=number)


def link_url(public_url: str, token: str) -> str:
    """Return the address of a counted link."""
    return f"{public_url}/l/{token}"


def pixel_url(public_url: str, token: str) -> str:
    """Return the address of a pixel."""
    return f"{public_url}/o/{token}.gif"

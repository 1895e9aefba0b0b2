"""Pure: the signed token of every personal link and of the return path.

One format, 42 characters: preferences, unsubscribe and VERP all carry it, so that a rendered
mail has a single hole of a known size per link. It never expires: a reader may leave by a link
in a mail that is years old.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from service.kit.tokens import Keyring

PURPOSE = "reader"
LENGTH = 42
_LAYOUT = struct.Struct(">IIQ")
_SAME = 10
"""Bytes at the beginning that all readers of an edition share, as long as there are below 2⁴⁸."""
_OWN = _LAYOUT.size - _SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderToken:
    """Which reader of which newsletter, and by which edition; edition 0 means a notice."""

    newsletter_id: int
    edition_id: int
    subscriber_id: int


def sign_reader_token(keyring: Keyring, reader: ReaderToken) -> str:
    """Return the 42 characters of a-z2-7."""
    payload = _LAYOUT.pack(reader.newsletter_id, reader.edition_id, reader.subscriber_id)
    return keyring.sign(PURPOSE, payload)


def reader_token_signer(
    keyring: Keyring, *, newsletter_id: int, edition_id: int
) -> Callable[[int], str]:
    """Return `make` for the readers of one edition, by subscriber id: it is quicker."""
    sign = keyring.signer(PURPOSE, _LAYOUT.pack(newsletter_id, edition_id, 0)[:_SAME])

    def make_one(subscriber_id: int) -> str:
        if subscriber_id >> _OWN * 8:
            whole = _LAYOUT.pack(newsletter_id, edition_id, subscriber_id)
            return keyring.sign(PURPOSE, whole)
        return sign(subscriber_id.to_bytes(_OWN, "big"))

    return make_one


def verify_reader_token(keyring: Keyring, token: str) -> ReaderToken | None:
    """Return what a token proves; None means forged, damaged or made for something else."""
    if len(token) != LENGTH or not token.isascii():
        return None
    payload = keyring.read(PURPOSE, token)
    if payload is None or len(payload) != _LAYOUT.size:
        return None
    newsletter_id, edition_id, subscriber_id = _LAYOUT.unpack(payload)
    return ReaderToken(
        newsletter_id=newsletter_id, edition_id=edition_id, subscriber_id=subscriber_id
    )

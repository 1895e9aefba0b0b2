"""Pure: the signed token of every personal link and of the return path.

One format, 42 characters: preferences, unsubscribe and VERP all carry it, so that a rendered
message has placeholders of one known size. It never expires: the unsubscribe link of a message that
is years old must work.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from service.kit.tokens import Keyring

PURPOSE = "reader"
LENGTH = 42
_LAYOUT = struct.Struct(">IIQ")
_SAME = 10
"""Leading bytes that all readers of an edition share, for subscriber ids below 2⁴⁸."""
_OWN = _LAYOUT.size - _SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderToken:
    """Which reader of which newsletter, and by which edition; edition 0 means a notice."""

    newsletter_id: int
    edition_id: int
    subscriber_id: int


def sign_reader_token(keyring: Keyring, reader: ReaderToken) -> str:
    """Return the token: 42 characters of a-z2-7."""
    payload = _LAYOUT.pack(reader.newsletter_id, reader.edition_id, reader.subscriber_id)
    return keyring.sign(PURPOSE, payload)


def reader_token_signer(
    keyring: Keyring, *, newsletter_id: int, edition_id: int
) -> Callable[[int], str]:
    """Return a faster `sign_reader_token` for one edition; it takes the subscriber's id."""
    sign = keyring.signer(PURPOSE, _LAYOUT.pack(newsletter_id, edition_id, 0)[:_SAME])

    def make_one(subscriber_id: int) -> str:
        if subscriber_id >> _OWN * 8:
            whole = _LAYOUT.pack(newsletter_id, edition_id, subscriber_id)
            return keyring.sign(PURPOSE, whole)
        return sign(subscriber_id.to_bytes(_OWN, "big"))

    return make_one


def verify_reader_token(keyring: Keyring, token: str) -> ReaderToken | None:
    """Return the verified token; None if it is forged, damaged or made for another purpose."""
    if len(token) != LENGTH or not token.isascii():
        return None
    payload = keyring.verify(PURPOSE, token)
    if payload is None or len(payload) != _LAYOUT.size:
        return None
    newsletter_id, edition_id, subscriber_id = _LAYOUT.unpack(payload)
    return ReaderToken(
        newsletter_id=newsletter_id, edition_id=edition_id, subscriber_id=subscriber_id
    )

"""Pure: the signed delivery token, which leads from a message back to its delivery.

It stands in the field `X-Crieur-Delivery` and in the local part of the Message-ID, because what a
relay's webhook hands back is one or the other. It names the edition and the subscriber (or the
notice) and holds no address. It is signed with the keyring for a purpose of its own, so it opens
no personal link: replies and forwarded messages quote a Message-ID.

A token proves that we made it, not that the caller received the message: it finds a delivery, and
code that changes a reader's state by it has to authenticate the caller.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from service.kit.tokens import Keyring

FIELD = "X-Crieur-Delivery"
PURPOSE = "delivery"
LENGTH = 32
"""Characters of a token: 4 bytes of edition, 6 of subscriber or notice, 10 of signature."""

_EDITION_BYTES = 4
_NUMBER_BYTES = 6
_NOTICE = bytes(_EDITION_BYTES)
_MAX_TEXT = 1_000
_TOKEN = re.compile(rf"(?<![a-z2-7])[a-z2-7]{{{LENGTH}}}(?![a-z2-7])")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDeliveryId:
    """One edition's delivery to one subscriber."""

    edition_id: int
    subscriber_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDeliveryId:
    """The delivery of one notice."""

    notice_id: int


def edition_delivery_signer(keyring: Keyring, edition_id: int) -> Callable[[int], str]:
    """Return a function from subscriber id to delivery token, for one edition's messages.

    The same keyring and ids always give the same token. It raises OverflowError for a subscriber
    id of 2⁴⁸ or more.
    """
    if edition_id <= 0:
        raise ValueError("an edition's id is positive; 0 stands for notices")
    sign = keyring.signer(PURPOSE, edition_id.to_bytes(_EDITION_BYTES, "big"))

    def sign_one(subscriber_id: int) -> str:
        return sign(subscriber_id.to_bytes(_NUMBER_BYTES, "big"))

    return sign_one


def sign_notice_delivery(keyring: Keyring, notice_id: int) -> str:
    """Return the delivery token of a notice."""
    return keyring.sign(PURPOSE, _NOTICE + notice_id.to_bytes(_NUMBER_BYTES, "big"))


def parse_delivery(keyring: Keyring, text: str) -> EditionDeliveryId | NoticeDeliveryId | None:
    """Return the delivery that a header value or a Message-ID names, None if none is proved.

    Accepts the value of `X-Crieur-Delivery` and a Message-ID with or without angle brackets, in
    any case. Only the first 1,000 characters count. Every secret of the keyring verifies.
    """
    for found in _TOKEN.finditer(text[:_MAX_TEXT].lower()):
        payload = keyring.verify(PURPOSE, found[0])
        if payload is None or len(payload) != _EDITION_BYTES + _NUMBER_BYTES:
            continue
        number = int.from_bytes(payload[_EDITION_BYTES:], "big")
        if payload.startswith(_NOTICE):
            return NoticeDeliveryId(notice_id=number)
        edition_id = int.from_bytes(payload[:_EDITION_BYTES], "big")
        return EditionDeliveryId(edition_id=edition_id, subscriber_id=number)
    return None

"""Pure: the signed token of a confirmation link: which sign-up it confirms, and until when."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from service.kit.tokens import Keyring

PURPOSE = "confirm"
LENGTH = 48
_LAYOUT = struct.Struct(">IQII")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmToken:
    """One sign-up request of a reader; each new request has a higher generation."""

    newsletter_id: int
    subscriber_id: int
    generation: int
    expires_at: datetime

    def is_expired(self, now: datetime) -> bool:
        """Return whether the link has expired."""
        return now >= self.expires_at

    @property
    def facts(self) -> dict[str, int]:
        """What a confirmation notice stores so that its link can be made when it is sent."""
        return {"generation": self.generation, "expires_at": int(self.expires_at.timestamp())}

    @property
    def proof(self) -> dict[str, object]:
        """What a consent proof stores of the token; newsletter and reader are known there."""
        return {"request": self.generation, "valid_until": self.expires_at.isoformat()}


def token_from_notice(
    newsletter_id: int, subscriber_id: int, facts: Mapping[str, object]
) -> ConfirmToken:
    """Return the token of a stored confirmation notice."""
    return ConfirmToken(
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        generation=int(str(facts["generation"])),
        expires_at=datetime.fromtimestamp(int(str(facts["expires_at"])), UTC),
    )


def sign_confirm_token(keyring: Keyring, confirm: ConfirmToken) -> str:
    """Return the token as 48 characters of a-z2-7."""
    payload = _LAYOUT.pack(
        confirm.newsletter_id,
        confirm.subscriber_id,
        confirm.generation,
        int(confirm.expires_at.timestamp()),
    )
    return keyring.sign(PURPOSE, payload)


def verify_confirm_token(keyring: Keyring, token: str) -> ConfirmToken | None:
    """Return the verified token, expired or not; None if it is forged or damaged."""
    if len(token) != LENGTH or not token.isascii():
        return None
    payload = keyring.verify(PURPOSE, token)
    if payload is None or len(payload) != _LAYOUT.size:
        return None
    newsletter_id, subscriber_id, generation, expires = _LAYOUT.unpack(payload)
    return ConfirmToken(
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        generation=generation,
        expires_at=datetime.fromtimestamp(expires, UTC),
    )

"""Pure: the signed token in the confirmation mail: which sign-up it answers, and until when."""

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
    """One request of one reader; each new request has a higher generation."""

    newsletter_id: int
    subscriber_id: int
    generation: int
    expires_at: datetime

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the answer comes too late."""
        return now >= self.expires_at

    @property
    def facts(self) -> dict[str, int]:
        """What a confirmation notice must remember to make its link when it is sent."""
        return {"generation": self.generation, "expires_at": int(self.expires_at.timestamp())}

    @property
    def proof(self) -> dict[str, object]:
        """What a proof of consent says of it: newsletter and reader are known where it stands."""
        return {"request": self.generation, "valid_until": self.expires_at.isoformat()}


def token_from_notice(
    newsletter_id: int, subscriber_id: int, facts: Mapping[str, object]
) -> ConfirmToken:
    """Return what the link of a confirmation notice must prove."""
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
    """Return what a token proves, also when it has expired; None means forged or damaged."""
    if len(token) != LENGTH or not token.isascii():
        return None
    payload = keyring.read(PURPOSE, token)
    if payload is None or len(payload) != _LAYOUT.size:
        return None
    newsletter_id, subscriber_id, generation, expires = _LAYOUT.unpack(payload)
    return ConfirmToken(
        newsletter_id=newsletter_id,
        subscriber_id=subscriber_id,
        generation=generation,
        expires_at=datetime.fromtimestamp(expires, UTC),
    )

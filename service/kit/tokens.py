"""Signed tokens bound to a purpose: what a link or a return path carries instead of a login.

A token is base32 in lower case without padding (RFC 4648 section 6): mail systems change the
case of local parts, and nothing in it needs escaping in an address, a URL or a header. It holds
the payload in the clear and a keyed BLAKE2b code (RFC 7693) over purpose and payload; it hides
nothing and can only be made by who holds a secret.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import product

MAC_BYTES = 10
_PADDING = 8
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_THREE = ["".join(three) for three in product(_ALPHABET, repeat=3)]


class Keyring:
    """The secrets, newest first: the newest signs, every one of them is accepted."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a keyring needs at least one secret")
        self._keys = [blake2b(secret.encode()).digest() for secret in secrets]

    def sign(self, purpose: str, payload: bytes) -> str:
        """Return the token that proves `payload` for `purpose` (at most 16 ASCII characters)."""
        return _spelling(payload + _mac(self._keys[0], purpose, payload))

    def signer(self, purpose: str) -> Callable[[bytes], str]:
        """Return `sign` for one purpose, at half the price: for a token per reader."""
        keyed = blake2b(key=self._keys[0], person=purpose.encode(), digest_size=MAC_BYTES)

        def sign(payload: bytes) -> str:
            code = keyed.copy()
            code.update(payload)
            return _spelling(payload + code.digest())

        return sign

    def read(self, purpose: str, token: str) -> bytes | None:
        """Return the payload; None means forged, damaged or made for another purpose."""
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % _PADDING))
        except (binascii.Error, ValueError):
            return None
        if len(raw) <= MAC_BYTES:
            return None
        payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        # Every key is tried without a shortcut: timing must not tell which one it was.
        matches = [hmac.compare_digest(mac, _mac(key, purpose, payload)) for key in self._keys]
        # Base32 has spare bits in its last character: only the one true spelling is a token.
        return payload if any(matches) and _spelling(raw) == token.lower() else None

    def code(self, purpose: str, text: bytes) -> str:
        """Return a keyed fingerprint of `text` in hex, for looking up without storing it."""
        return _mac(self._keys[0], purpose, text, size=32).hex()

    def codes(self, purpose: str, text: bytes) -> list[str]:
        """Return the fingerprints of `text` under every key, the newest first, for a look-up."""
        return [_mac(key, purpose, text, size=32).hex() for key in self._keys]

    def verify_code(self, purpose: str, text: bytes, code: str) -> bool:
        """Tell whether `code` is this text's fingerprint under any of the keys."""
        return any(
            hmac.compare_digest(code, _mac(key, purpose, text, size=32).hex()) for key in self._keys
        )


def _mac(key: bytes, purpose: str, payload: bytes, *, size: int = MAC_BYTES) -> bytes:
    return blake2b(payload, key=key, person=purpose.encode(), digest_size=size).digest()


def _spelling(raw: bytes) -> str:
    """Write base32 three letters at a time; the standard library's takes twice as long."""
    letters = -(-len(raw) * 8 // 5)
    groups = -(-letters // 3)
    number = int.from_bytes(raw, "big") << (groups * 15 - len(raw) * 8)
    shifts = range((groups - 1) * 15, -1, -15)
    return "".join([_THREE[number >> shift & 0x7FFF] for shift in shifts])[:letters]

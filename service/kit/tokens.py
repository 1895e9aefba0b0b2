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

MAC_BYTES = 10
_PADDING = 8
# Digits that are spelled in one step: 20 bytes are 160 bits are 32 letters.
_CHUNK = 20
_CHUNK_LETTERS = 32
_LETTERS = bytes.maketrans(bytes(range(32)), b"abcdefghijklmnopqrstuvwxyz234567")


def _repeat(ones: int, *, every: int) -> int:
    """Return so many ones at the lower end of each `every` bits of a spelled chunk."""
    return sum(((1 << ones) - 1) << at for at in range(0, _CHUNK_LETTERS * 8, every))


_HALVES = [
    (ones, ones * 8 // 5, _repeat(ones, every=ones * 16 // 5)) for ones in (80, 40, 20, 10, 5)
]


class Keyring:
    """The secrets, newest first: the newest signs, every one of them is accepted.

    Retired ones sign nothing and open nothing: under them, fingerprints are still looked up.
    """

    def __init__(self, secrets: Sequence[str], *, retired: Sequence[str] = ()) -> None:
        if not secrets:
            raise ValueError("a keyring needs at least one secret")
        self._keys = [blake2b(secret.encode()).digest() for secret in secrets]
        self._retired = [blake2b(secret.encode()).digest() for secret in retired]

    @property
    def names(self) -> list[str]:
        """What to call each secret without giving it away, the newest first, retired ones last."""
        return [_mac(key, "name", b"", size=4).hex() for key in [*self._keys, *self._retired]]

    def sign(self, purpose: str, payload: bytes) -> str:
        """Return the token that proves `payload` for `purpose` (at most 16 ASCII characters)."""
        return _spelling(payload + _mac(self._keys[0], purpose, payload))

    def signer(self, purpose: str, prefix: bytes = b"") -> Callable[[bytes], str]:
        """Return a quick `sign` for one purpose and payloads with a beginning in common.

        It is given the rest of the payload. For a token per reader.
        """
        keyed = blake2b(prefix, key=self._keys[0], person=purpose.encode(), digest_size=MAC_BYTES)
        # Five bytes are eight letters, so the beginning is spelled but for its last bytes.
        whole = len(prefix) // 5 * 5
        begin, end = _spelling(prefix[:whole]), prefix[whole:]

        def sign(rest: bytes) -> str:
            code = keyed.copy()
            code.update(rest)
            return begin + _spelling(end + rest + code.digest())

        return sign

    def verify(self, purpose: str, token: str) -> bytes | None:
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
        """Return the fingerprints of `text` under every key, the newest first, for a look-up.

        Retired ones are among them.
        """
        return [_mac(key, purpose, text, size=32).hex() for key in [*self._keys, *self._retired]]


def _mac(key: bytes, purpose: str, payload: bytes, *, size: int = MAC_BYTES) -> bytes:
    return blake2b(payload, key=key, person=purpose.encode(), digest_size=size).digest()


def _spelling(raw: bytes) -> str:
    """Write base32; the standard library's takes twice as long, and a large table no less."""
    letters = -(-len(raw) * 8 // 5)
    spread = _spread(raw[:_CHUNK])
    for at in range(_CHUNK, len(raw), _CHUNK):
        spread += _spread(raw[at : at + _CHUNK])
    return spread.translate(_LETTERS)[:letters].decode("ascii")


def _spread(chunk: bytes) -> bytes:
    """Give each five bits a byte: halve the number five times, and move the halves apart."""
    number = int.from_bytes(chunk.ljust(_CHUNK, b"\0"), "big")
    for ones, away, lower in _HALVES:
        number = (number >> ones & lower) << away | number & lower
    return number.to_bytes(_CHUNK_LETTERS, "big")

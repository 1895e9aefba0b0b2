"""Pure: the signed token of a browser in which an operator has signed in before.

It grants no access. It only proves that the browser is known for one address, so that a stranger
who tries wrong passwords for that address does not lock this browser out.
"""

import secrets
from hashlib import sha256

from service.kit.tokens import Keyring

PURPOSE = "device"
_HALF = 8

_LONGEST_TOKEN = 100


def sign_browser_token(keyring: Keyring, address: str, *, known: str | None = None) -> str:
    """Return the token for a normalised address; `known` keeps the browser's id (hex)."""
    number = bytes.fromhex(known) if known else secrets.token_bytes(_HALF)
    return keyring.sign(PURPOSE, _name(address) + number)


def verify_browser_token(keyring: Keyring, token: str, address: str) -> str | None:
    """Return the browser's id (hex) if it is known for this address, None otherwise."""
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        return None
    payload = keyring.verify(PURPOSE, token)
    if payload is None or len(payload) != 2 * _HALF or payload[:_HALF] != _name(address):
        return None
    return payload[_HALF:].hex()


def _name(address: str) -> bytes:
    return sha256(address.encode()).digest()[:_HALF]

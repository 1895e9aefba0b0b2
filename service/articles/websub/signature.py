"""Pure: check the signature of what a hub sends (WebSub, 8: authenticated content distribution)."""

import hashlib
import hmac

METHODS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
"""The methods that a hub may choose; most of them still choose SHA-1, which is sound in an HMAC."""


def is_signed(body: bytes, header: str, *, secret: str) -> bool:
    """Return whether `X-Hub-Signature`, such as `sha256=ab12…`, signs a body with a secret."""
    method, _, code = header.strip().partition("=")
    digest = METHODS.get(method.lower())
    if digest is None:
        return False
    expected = hmac.new(secret.encode("ascii"), body, digest).hexdigest()
    return hmac.compare_digest(expected.encode(), code.strip().lower().encode())

"""Random secrets that are shown once and stored as a hash: cookies, links, API keys."""

import secrets
from hashlib import sha256


def make_secret() -> str:
    """Return 256 random bits, safe in a URL and in a cookie."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Hash a secret for storage; it is random and long, so no salt or slow hash is needed."""
    return sha256(secret.encode()).hexdigest()

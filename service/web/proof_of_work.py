"""Proof of work for sign-ups beyond the limit: version 2 of ALTCHA; the solver is `proof.js`.

A browser searches the number whose derived key is that of the challenge: about a second on a phone,
and as long for a program, each time. The challenge is signed, valid for some minutes, and its
solution is accepted once. It contains nothing about the reader and calls no other site.
"""

import json
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from altcha import Payload, create_challenge, verify_solution

from service.kit.redis_store import RedisStore
from service.kit.tokens import Keyring

ALGORITHM = "PBKDF2/SHA-256"
COST = 5_000
LEAST, MOST = 200, 400
"""Keys that are derived until the right one is found, each in COST rounds."""

VALID_FOR = timedelta(minutes=20)
_LONGEST = 4_000


def make_challenge(keyring: Keyring, *, now: datetime) -> str:
    """Return a new challenge as JSON."""
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=LEAST + secrets.randbelow(MOST - LEAST),
        # The library would compare its own expiry with another clock than ours.
        data={"until": int((now + VALID_FOR).timestamp())},
        hmac_secret=_secret(keyring),
    )
    return json.dumps(challenge.to_dict())


def is_solved(keyring: Keyring, cache: RedisStore, payload: str, *, now: datetime) -> bool:
    """Return whether the payload solves one of our challenges, in time and for the first time."""
    if not payload or len(payload) > _LONGEST:
        return False
    if not verify_solution(payload, _secret(keyring)).verified:
        return False
    challenge = Payload.from_base64(payload).challenge
    if now.timestamp() > int((challenge.parameters.data or {})["until"]):
        return False
    name = sha256(str(challenge.signature).lower().encode()).hexdigest()[:32]
    return cache.allow(f"proof:{name}", limit=1, per=VALID_FOR)


def _secret(keyring: Keyring) -> str:
    return keyring.sign("altcha", b"challenges")

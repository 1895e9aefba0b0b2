"""Passwords: hashed with Argon2id, verified in constant time whether or not one is set."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn import zxcvbn

MIN_LENGTH = 10
# Longer input would only cost time; password managers generate less.
MAX_LENGTH = 200

_HASHER = PasswordHasher()
# A crafted password of twice this length keeps the estimator busy for a second.
_ESTIMATED_LENGTH = 40
# "Safely unguessable": an attacker who has the hash needs more than 10⁸ guesses.
_GOOD_SCORE = 3
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_PARTS = re.compile(r"[\W_]+")
_FRENCH = (Path(__file__).parent / "common_words.txt").read_text("utf-8").split()

# Shorter parts of a name occur in too many passwords by chance.
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is correct, and whether its hash uses outdated parameters."""

    is_correct: bool
    needs_rehash: bool = False


def has_good_length(password: str) -> bool:
    """Return whether the length is allowed; there are no composition rules (NIST SP 800-63B)."""
    return MIN_LENGTH <= len(password) <= MAX_LENGTH


def is_guessable(password: str, *, about: Iterable[str] = ()) -> bool:
    """Return whether a password is among those that attackers try first, or composed of them.

    `about` are the operator's name and address. The estimator's own lists are English, so the words
    of a French newsroom are added (`common_words.txt`). Only the beginning is estimated: it must
    be strong by itself.
    """
    plain = [unicodedata.normalize("NFKD", text.lower()) for text in about]
    names = [_PARTS.split(_ACCENTS.sub("", text)) for text in plain]
    own = [
        word for parts in names for word in (*parts, "".join(parts)) if len(word) >= _SHORTEST_NAME
    ]
    found = zxcvbn(password[:_ESTIMATED_LENGTH], user_inputs=[*own, *_FRENCH])
    return int(found["score"]) < _GOOD_SCORE


def hash_password(password: str) -> str:
    """Hash a password with a fresh salt and the current parameters."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> PasswordCheck:
    """Verify a password against a stored hash.

    None stands for an unknown address or an operator without a password: the same work is done, so
    that the response time reveals nothing.
    """
    if len(password) > MAX_LENGTH:
        return PasswordCheck(is_correct=False)
    try:
        _HASHER.verify(stored or _dummy_hash(), password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return PasswordCheck(is_correct=False)
    if stored is None:
        return PasswordCheck(is_correct=False)
    return PasswordCheck(is_correct=True, needs_rehash=_HASHER.check_needs_rehash(stored))


@cache
def _dummy_hash() -> str:
    return _HASHER.hash("no operator has this password")

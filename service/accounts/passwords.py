"""Passwords: hashed with Argon2id, checked in the same time whether or not there is one."""

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
# Longer input would only cost time; it is more than any password manager makes.
MAX_LENGTH = 200

_HASHER = PasswordHasher()
# The estimator takes a second for a password twice as long that somebody made for it.
_LOOKED_AT = 40
# "Safely unguessable": an attacker who has the hash needs more than 10⁸ guesses.
_GOOD_SCORE = 3
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_PARTS = re.compile(r"[\W_]+")
_FRENCH = (Path(__file__).parent / "common_words.txt").read_text("utf-8").split()


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password fits, and whether its hash should be made anew."""

    fits: bool
    outdated: bool = False


def has_good_length(password: str) -> bool:
    """Length comes first; no mixture of characters is asked for (NIST SP 800-63B, 5.1.1.2)."""
    return MIN_LENGTH <= len(password) <= MAX_LENGTH


def is_guessable(password: str, *, about: Iterable[str] = ()) -> bool:
    """Whether it is among what attackers try first, or made of it.

    `about` are the operator's name and address. The estimator's own lists are English, so the words
    of a French newsroom are added (`common_words.txt`). Only the beginning is looked at: it has
    to be good by itself.
    """
    plain = [unicodedata.normalize("NFKD", text.lower()) for text in about]
    names = [_PARTS.split(_ACCENTS.sub("", text)) for text in plain]
    own = [word for parts in names for word in (*parts, "".join(parts)) if len(word) > 2]
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*own, *_FRENCH])
    return int(found["score"]) < _GOOD_SCORE


def hash_password(password: str) -> str:
    """Hash a password with a fresh salt and today's cost."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> PasswordCheck:
    """Compare a password with a stored hash.

    None stands for an address that nobody has or that has no password yet: the same work is
    done, so that the time of the answer tells nothing.
    """
    if len(password) > MAX_LENGTH:
        return PasswordCheck(fits=False)
    try:
        _HASHER.verify(stored or _nobodys_hash(), password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return PasswordCheck(fits=False)
    if stored is None:
        return PasswordCheck(fits=False)
    return PasswordCheck(fits=True, outdated=_HASHER.check_needs_rehash(stored))


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")

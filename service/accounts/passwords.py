"""Passwords: hashed with Argon2id, checked in the same time whether or not there is one."""

from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MIN_LENGTH = 10
# Longer input would only cost time; it is more than any password manager makes.
MAX_LENGTH = 200

_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password fits, and whether its hash should be made anew."""

    fits: bool
    outdated: bool = False


def has_good_length(password: str) -> bool:
    """Length is all that is asked of a password (NIST SP 800-63B, 5.1.1.2)."""
    return MIN_LENGTH <= len(password) <= MAX_LENGTH


def make_hash(password: str) -> str:
    """Hash a password with a fresh salt and today's cost."""
    return _HASHER.hash(password)


def check(stored: str | None, password: str) -> Verdict:
    """Compare a password with a stored hash.

    None stands for an address that nobody has or that has no password yet: the same work is
    done, so that the time of the answer tells nothing.
    """
    if len(password) > MAX_LENGTH:
        return Verdict(fits=False)
    try:
        _HASHER.verify(stored or _nobodys_hash(), password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return Verdict(fits=False)
    if stored is None:
        return Verdict(fits=False)
    return Verdict(fits=True, outdated=_HASHER.check_needs_rehash(stored))


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")

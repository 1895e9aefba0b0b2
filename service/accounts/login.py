"""Sign in: limits first, and one answer for an unknown address and for a wrong password."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service.accounts import audit, passwords, queries, sessions
from service.accounts.operators import normal_address
from service.accounts.tables import Operator
from service.kit.db import Begin
from service.kit.log import get_logger
from service.kit.redis_store import RedisStore

log = get_logger(__name__)

PER_BROWSER = 8
"""Wrong passwords for one operator from one network, or in one known browser."""

PER_NETWORK = 40
PER_OPERATOR = 60
"""Wrong passwords from one network for anybody, and for one operator from everywhere."""

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """What somebody typed, the network they typed it from, and in which browser.

    `device` is the number of a browser that is known for this address, None for any other.
    """

    address: str
    password: str
    network: str
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """Signed in; `secret` is the cookie's value."""

    secret: str
    operator_id: int


class SignInRefusal(StrEnum):
    """Why not."""

    WRONG = "wrong"
    TOO_OFTEN = "too_often"


def sign_in(
    begin: Begin, cache: RedisStore, attempt: SignInAttempt, *, now: datetime
) -> OpenedSession | SignInRefusal:
    """Open a session for the right address and password.

    Only wrong ones count. A browser that is known for the address has a count of its own, so that
    nobody can lock an operator out of where they have worked before. The hash is checked between
    two transactions: it takes long on purpose.
    """
    limits = _limits_for(attempt)
    with begin() as session:
        operator = queries.operator_by_address(session, normal_address(attempt.address))
    if not _count(cache, limits):
        log.warning("operator.sign_in_limited")
        _note(begin, "operator.sign_in_limited", operator, attempt, now=now)
        return SignInRefusal.TOO_OFTEN
    usable = operator if operator is not None and operator.disabled_at is None else None
    verdict = passwords.verify_password(usable.password_hash if usable else None, attempt.password)
    if usable is None or not verdict.fits:
        log.info("operator.sign_in_refused", operator_id=operator.id if operator else None)
        _note(begin, "operator.sign_in_refused", operator, attempt, now=now)
        return SignInRefusal.WRONG
    for key in limits:
        cache.give_back(key)
    renewed = passwords.hash_password(attempt.password) if verdict.outdated else None
    with begin() as session:
        known = queries.operator_by_id(session, usable.id)
        if known is None or known.disabled_at is not None:
            return SignInRefusal.WRONG
        if renewed is not None and known.password_hash == usable.password_hash:
            known.password_hash = renewed
        audit.record(session, known.id, "operator.signed_in", {}, now=now)
        return OpenedSession(
            secret=sessions.open_session(session, known, now=now), operator_id=known.id
        )


def _count(cache: RedisStore, limits: Mapping[str, int]) -> bool:
    """Count a try under every limit; False means one too many, which then counts nowhere.

    The narrowest comes first: what one network is refused for must not add up to what everybody is.
    """
    counted: list[str] = []
    for key, most in limits.items():
        counted.append(key)
        if not cache.allow(key, limit=most, per=WINDOW):
            for each in counted:
                cache.give_back(each)
            return False
    return True


def _limits_for(attempt: SignInAttempt) -> dict[str, int]:
    """Return the limits, the narrowest first."""
    if attempt.device is not None:
        return {f"sign-in:device:{attempt.device}": PER_BROWSER}
    name = sha256(normal_address(attempt.address).encode()).hexdigest()[:32]
    return {
        f"sign-in:operator:{name}:{attempt.network}": PER_BROWSER,
        f"sign-in:network:{attempt.network}": PER_NETWORK,
        f"sign-in:operator:{name}": PER_OPERATOR,
    }


def _note(
    begin: Begin, event: str, operator: Operator | None, attempt: SignInAttempt, *, now: datetime
) -> None:
    """Count a failure in the audit trail; an address that is nobody's is not written down."""
    with begin() as session:
        audit.count_event(
            session,
            operator.id if operator else None,
            event,
            {"network": attempt.network},
            now=now,
        )

"""Sign in: limits first, and the same answer for an unknown address and a wrong password."""

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
"""Wrong passwords per operator and network, or per known browser."""

PER_NETWORK = 40
PER_OPERATOR = 60
"""Wrong passwords per network, and per operator from all networks."""

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """The address and password that were typed, the client's network and its browser.

    `browser_id` is the id of a browser that is known for this address, None for any other.
    """

    address: str
    password: str
    network: str
    browser_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A new session; `secret` is the value of the session cookie."""

    secret: str
    operator_id: int


class SignInRefusal(StrEnum):
    """Why a sign-in was refused."""

    WRONG = "wrong"
    TOO_OFTEN = "too_often"


def sign_in(
    begin: Begin, cache: RedisStore, attempt: SignInAttempt, *, now: datetime
) -> OpenedSession | SignInRefusal:
    """Open a session for the right address and password.

    Only wrong passwords count. A browser that is known for the address has its own count, so that
    a stranger cannot lock an operator out of it. The hash is verified between two transactions
    because it is slow by design.
    """
    limits = _limits_for(attempt)
    with begin() as session:
        operator = queries.operator_by_address(session, normal_address(attempt.address))
    if not _count(cache, limits):
        log.warning("operator.sign_in_limited")
        _note(begin, "operator.sign_in_limited", operator, attempt, now=now)
        return SignInRefusal.TOO_OFTEN
    usable = operator if operator is not None and operator.disabled_at is None else None
    checked = passwords.verify_password(usable.password_hash if usable else None, attempt.password)
    if usable is None or not checked.is_correct:
        log.info("operator.sign_in_refused", operator_id=operator.id if operator else None)
        _note(begin, "operator.sign_in_refused", operator, attempt, now=now)
        return SignInRefusal.WRONG
    for key in limits:
        cache.refund(key)
    renewed = passwords.hash_password(attempt.password) if checked.needs_rehash else None
    with begin() as session:
        known = queries.operator_by_id(session, usable.id)
        if known is None or known.disabled_at is not None:
            return SignInRefusal.WRONG
        if renewed is not None and known.password_hash == usable.password_hash:
            known.password_hash = renewed
        audit.record(session, known.id, "operator.signed_in", {}, now=now)
        return OpenedSession(
            secret=sessions.open_session(session, known.id, now=now), operator_id=known.id
        )


def _count(cache: RedisStore, limits: Mapping[str, int]) -> bool:
    """Count an attempt under every limit; False if one is exceeded, which then counts nowhere.

    The narrowest comes first: refused attempts of one network must not exhaust the wider limits.
    """
    counted: list[str] = []
    for key, most in limits.items():
        counted.append(key)
        if not cache.allow(key, limit=most, per=WINDOW):
            for each in counted:
                cache.refund(each)
            return False
    return True


def _limits_for(attempt: SignInAttempt) -> dict[str, int]:
    """Return the limits by their Redis keys, the narrowest first."""
    if attempt.browser_id is not None:
        return {f"sign-in:device:{attempt.browser_id}": PER_BROWSER}
    name = sha256(normal_address(attempt.address).encode()).hexdigest()[:32]
    return {
        f"sign-in:operator:{name}:{attempt.network}": PER_BROWSER,
        f"sign-in:network:{attempt.network}": PER_NETWORK,
        f"sign-in:operator:{name}": PER_OPERATOR,
    }


def _note(
    begin: Begin, event: str, operator: Operator | None, attempt: SignInAttempt, *, now: datetime
) -> None:
    """Count a failure in the audit trail; an unknown address is not recorded."""
    with begin() as session:
        audit.count_event(
            session,
            operator.id if operator else None,
            event,
            {"network": attempt.network},
            now=now,
        )

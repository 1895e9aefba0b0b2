"""Sign in: limits first, and one answer for an unknown address and for a wrong password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import structlog

from service.accounts import audit, passwords, queries, sessions
from service.accounts.operators import normal_address
from service.kit.cache import Cache
from service.kit.db import Begin

log = structlog.get_logger(__name__)

PER_ADDRESS = 8
PER_NETWORK = 40
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody typed, and the network they typed it from."""

    address: str
    password: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Signed in; `secret` is the cookie's value."""

    secret: str
    operator_id: int


class Refusal(StrEnum):
    """Why not."""

    WRONG = "wrong"
    TOO_OFTEN = "too_often"


def sign_in(begin: Begin, cache: Cache, attempt: Attempt, *, now: datetime) -> Opened | Refusal:
    """Open a session for the right address and password.

    The hash is checked between two transactions: it takes long on purpose.
    """
    if not _within_limits(cache, attempt):
        log.warning("operator.sign_in_limited")
        return Refusal.TOO_OFTEN
    with begin() as session:
        operator = queries.operator_by_address(session, normal_address(attempt.address))
    usable = operator if operator is not None and operator.disabled_at is None else None
    verdict = passwords.check(usable.password_hash if usable else None, attempt.password)
    if usable is None or not verdict.fits:
        log.info("operator.sign_in_refused", operator_id=operator.id if operator else None)
        return Refusal.WRONG
    with begin() as session:
        known = queries.operator_by_id(session, usable.id)
        if known is None or known.disabled_at is not None:
            return Refusal.WRONG
        if verdict.outdated:
            known.password_hash = passwords.make_hash(attempt.password)
        audit.record(session, known.id, "operator.signed_in", {}, now=now)
        return Opened(secret=sessions.open_session(session, known, now=now), operator_id=known.id)


def _within_limits(cache: Cache, attempt: Attempt) -> bool:
    # Both are counted every time, so that one limit does not hide the other's uses.
    name = sha256(normal_address(attempt.address).encode()).hexdigest()[:32]
    by_address = cache.allow(f"sign-in:address:{name}", limit=PER_ADDRESS, per=WINDOW)
    by_network = cache.allow(f"sign-in:network:{attempt.network}", limit=PER_NETWORK, per=WINDOW)
    return by_address and by_network

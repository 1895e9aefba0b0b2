"""Sessions of the console: a random cookie, stored as a hash, that expires when idle."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts import queries
from service.accounts.secret import hash_secret, make_secret
from service.accounts.tables import OperatorSession
from service.kit.db import Session

IDLE_TIMEOUT = timedelta(days=7)
"""A browser that is not used for this long is signed out."""

MAX_SESSION_AGE = timedelta(days=90)
"""After this an operator signs in again, however busy the browser was."""

_ROLL_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInOperator:
    """The operator of a request."""

    operator_id: int
    name: str
    address: str
    role: str
    locale: str


def open_session(session: Session, operator_id: int, *, now: datetime) -> str:
    """Sign a browser in; return the cookie's value, which is stored nowhere."""
    secret = make_secret()
    queries.forget_expired_sessions(session, now=now)
    queries.add_session(
        session,
        OperatorSession(
            operator_id=operator_id,
            secret_hash=hash_secret(secret),
            created_at=now,
            last_seen_at=now,
            expires_at=now + IDLE_TIMEOUT,
        ),
    )
    return secret


def find_session(session: Session, secret: str, *, now: datetime) -> SignedInOperator | None:
    """Return the operator of a session cookie; None if unknown, expired or disabled.

    Each use extends the session. It is the only thing that a GET writes, at most every ten minutes.
    """
    found = queries.session_by_hash(session, hash_secret(secret), now=now)
    if found is None:
        return None
    row, operator = found
    if now - row.last_seen_at >= _ROLL_EVERY:
        row.last_seen_at = now
        row.expires_at = min(now + IDLE_TIMEOUT, row.created_at + MAX_SESSION_AGE)
    return SignedInOperator(
        operator_id=operator.id,
        name=operator.name,
        address=operator.address,
        role=operator.role,
        locale=operator.locale,
    )


def close_session(session: Session, secret: str) -> int | None:
    """Delete one session; return its operator's id, None if there was none."""
    return queries.end_session(session, hash_secret(secret))


def close_all_sessions(session: Session, operator_id: int, *, but: str | None = None) -> int:
    """Delete all sessions of an operator, `but` the one of this cookie; return how many."""
    return queries.end_sessions_of(
        session, operator_id, but=None if but is None else hash_secret(but)
    )

"""One-time links: for the first operator, and for setting a password.

Opening a link changes nothing; redeeming it is one statement, so that of two concurrent requests
one succeeds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts import operators, queries, sessions
from service.accounts.operators import OperatorDetails
from service.accounts.roles import Role
from service.accounts.secret import hash_secret, make_secret
from service.accounts.tables import OperatorLink
from service.kit.db import Session
from service.kit.errors import Conflict, Forbidden
from service.kit.translatable import translatable

VALID_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """The form of a one-time link; a link for a known operator ignores the address."""

    name: str
    address: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link that can be redeemed; `address` is None if it creates the first operator."""

    name: str
    address: str | None


def make_first_owner_link(session: Session, now: datetime) -> str | None:
    """Create the link that creates the first owner; None if there is an owner.

    Operators of other roles do not count. Only the newest such link works.
    """
    if queries.any_owner(session):
        return None
    return _make(session, operator_id=None, role=Role.OWNER, now=now)


def make_password_link(session: Session, operator: OperatorDetails, *, now: datetime) -> str:
    """Create a link that lets an operator set a password; older ones stop working.

    Raises:
        Conflict: the operator is disabled.
    """
    if operator.disabled_at is not None:
        raise Conflict(translatable("operator.disabled"))
    return _make(session, operator_id=operator.id, role=operator.role, now=now)


def find_open_link(session: Session, secret: str, *, now: datetime) -> OpenLink | None:
    """Return what a link is for; None if it is unknown, used or expired."""
    link = queries.open_link(session, hash_secret(secret), now=now)
    if link is None:
        return None
    if link.operator_id is None:
        return None if queries.any_owner(session) else OpenLink(name="", address=None)
    operator = queries.operator_by_id(session, link.operator_id)
    if operator is None or operator.disabled_at is not None:
        return None
    return OpenLink(name=operator.name, address=operator.address)


def redeem_link(
    session: Session, secret: str, newcomer: NewOperator, *, password_hash: str, now: datetime
) -> OperatorDetails:
    """Redeem a link: create the first owner, or set a known operator's password.

    The caller hashes the password before the transaction is open.

    Raises:
        Invalid: the address, the name or the password cannot be used; the link still works.
        Conflict: another operator has the new owner's address; the link still works.
        Forbidden: the link is unknown, used or expired.
    """
    queries.lock_operators(session)
    opened = find_open_link(session, secret, now=now)
    if opened is None:
        raise _dead()
    about = (newcomer.name, newcomer.address, opened.name, opened.address or "")
    operators.require_good_password(newcomer.password, about=about)
    if opened.address is None:
        operators.require_free_address(session, newcomer.address)
    link = queries.use_link(session, hash_secret(secret), now=now)
    if link is None:
        raise _dead()
    if link.operator_id is not None:
        return _set_password(session, link.operator_id, password_hash)
    return operators.add(
        session,
        address=newcomer.address,
        name=newcomer.name,
        role=Role(link.role),
        password_hash=password_hash,
        now=now,
    )


def _set_password(session: Session, operator_id: int, password_hash: str) -> OperatorDetails:
    operator = queries.operator_by_id(session, operator_id)
    if operator is None or operator.disabled_at is not None:
        raise _dead()
    operator.password_hash = password_hash
    # The old password may have been stolen.
    sessions.close_all_sessions(session, operator_id)
    return operators.details_of(operator)


def _make(session: Session, *, operator_id: int | None, role: Role, now: datetime) -> str:
    secret = make_secret()
    queries.forget_open_links(session, operator_id)
    queries.add_link(
        session,
        OperatorLink(
            operator_id=operator_id,
            secret_hash=hash_secret(secret),
            role=role.value,
            created_at=now,
            expires_at=now + VALID_FOR,
        ),
    )
    return secret


def _dead() -> Forbidden:
    return Forbidden(translatable("operator.dead_link"))

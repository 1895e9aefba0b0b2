"""One-time links: the first operator's, and those that let an operator set a password.

Looking at a link changes nothing; using it is one statement, so that of two people who use it
at the same moment one succeeds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.accounts import operators, queries, sessions
from service.accounts.roles import Role
from service.accounts.secret import hash_secret, make_secret
from service.accounts.tables import Operator, OperatorLink
from service.kit.db import Session
from service.kit.errors import Conflict, Forbidden

VALID_FOR = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """What somebody fills in behind a link; a link for a known operator ignores the address."""

    name: str
    address: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link that may be used; `address` is None when it creates the first operator."""

    name: str
    address: str | None


def make_first_owner_link(session: Session, now: datetime) -> str | None:
    """Make the link that creates the first owner; None when there is an owner.

    Operators whom a command has added before do not take the owner's place. Only the newest such
    link works.
    """
    if queries.any_owner(session):
        return None
    return _make(session, operator_id=None, role=Role.OWNER, now=now)


def make_password_link(session: Session, operator: Operator, *, now: datetime) -> str:
    """Make a link that lets an operator set a password; older ones stop working.

    Raises:
        Conflict: the operator is disabled.
    """
    if operator.disabled_at is not None:
        raise Conflict("This operator is disabled; `crieur operator enable ADDRESS` comes first.")
    return _make(session, operator_id=operator.id, role=Role(operator.role), now=now)


def find_open_link(session: Session, secret: str, *, now: datetime) -> OpenLink | None:
    """Tell what a link is for; None means unknown, used or expired."""
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
) -> Operator:
    """Use a link up: create the first owner, or set a known operator's password.

    The password's hash is made by the caller, before the transaction is open.

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


def _set_password(session: Session, operator_id: int, password_hash: str) -> Operator:
    operator = queries.operator_by_id(session, operator_id)
    if operator is None or operator.disabled_at is not None:
        raise _dead()
    operator.password_hash = password_hash
    # Who sets a new password may have lost the old one to somebody.
    sessions.close_all_sessions(session, operator_id)
    return operator


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
    return Forbidden(
        "This link has been used or has expired; "
        "`crieur operator link ADDRESS` or a restart of `crieur up` makes a new one."
    )

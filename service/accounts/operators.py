"""Add, list and change operators."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.accounts import passwords, queries
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.invisible import strip_invisible
from service.kit.translatable import translatable

_ADDRESS = re.compile(r"[^@\s<>,;:\"']{1,64}@[^@\s<>,;:\"']{1,250}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDetails:
    """An operator as pages and commands show them; the password's hash stays in the table."""

    id: int
    # Normalised to lower case: an operator signs in with it.
    address: str
    name: str
    role: Role
    locale: str
    created_at: datetime
    # None while the operator may sign in.
    disabled_at: datetime | None


def normal_address(address: str) -> str:
    """Return the form in which an operator's address is stored and compared."""
    return strip_invisible(address).lower()


def is_plausible_address(address: str) -> bool:
    """Return whether this can be an e-mail address; only a message proves one."""
    return _ADDRESS.fullmatch(normal_address(address)) is not None


def add(
    session: Session,
    *,
    address: str,
    name: str,
    role: Role,
    password_hash: str | None = None,
    now: datetime,
) -> OperatorDetails:
    """Add an operator; without a password they need a one-time link to set one.

    Raises:
        Invalid: the address or the name cannot be used.
        Conflict: another operator has this address.
    """
    if not is_plausible_address(address):
        raise Invalid(translatable("operator.address"))
    if not name.strip():
        raise Invalid(translatable("operator.no_name"))
    require_free_address(session, address)
    operator = queries.add_operator(
        session,
        Operator(
            address=normal_address(address),
            name=name.strip(),
            role=role.value,
            password_hash=password_hash,
            created_at=now,
        ),
    )
    return details_of(operator)


def details_of(operator: Operator) -> OperatorDetails:
    """Return the read model of a stored operator."""
    return OperatorDetails(
        id=operator.id,
        address=operator.address,
        name=operator.name,
        role=Role(operator.role),
        locale=operator.locale,
        created_at=operator.created_at,
        disabled_at=operator.disabled_at,
    )


def is_address_taken(session: Session, address: str) -> bool:
    """Return whether an operator has this address."""
    return queries.operator_by_address(session, normal_address(address)) is not None


def require_free_address(session: Session, address: str) -> None:
    """Refuse an address that an operator has.

    Raises:
        Conflict: an operator has it.
    """
    if is_address_taken(session, address):
        raise Conflict(translatable("operator.address_taken"))


def require_good_password(password: str | None, *, about: Iterable[str] = ()) -> None:
    """Refuse a password of a wrong length, or one that attackers try first.

    Raises:
        Invalid: the message explains the length, or what makes a good one.
    """
    if password is not None and not passwords.has_good_length(password):
        raise Invalid(
            translatable(
                "operator.password_length",
                least=str(passwords.MIN_LENGTH),
                most=str(passwords.MAX_LENGTH),
            )
        )

    if password is not None and passwords.is_guessable(password, about=about):
        raise Invalid(translatable("operator.password_guessable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedAccess:
    """What was revoked with a disabled operator: numbers of sessions and API keys."""

    sessions: int
    keys: int


def disable(session: Session, operator_id: int, *, now: datetime) -> RevokedAccess:
    """Disable an operator: their sessions, one-time links and API keys end immediately.

    Raises:
        NotFound: there is no such operator, or they are disabled already.
        Conflict: it is the last owner.
    """
    queries.lock_operators(session)
    operator = queries.operator_by_id(session, operator_id)
    if operator is None or operator.disabled_at is not None:
        raise NotFound(translatable("operator.not_enabled"))
    if operator.role == Role.OWNER and queries.count_owners(session) <= 1:
        raise Conflict(translatable("operator.last_owner"))
    operator.disabled_at = now
    queries.forget_open_links(session, operator_id)
    return RevokedAccess(
        sessions=queries.end_sessions_of(session, operator_id),
        keys=queries.revoke_keys_of(session, operator_id, now=now),
    )


def enable(session: Session, operator_id: int) -> None:
    """Enable an operator again with the old password; sessions and keys stay revoked.

    Raises:
        NotFound: there is no such operator, or they are not disabled.
    """
    operator = queries.operator_by_id(session, operator_id)
    if operator is None or operator.disabled_at is None:
        raise NotFound(translatable("operator.not_disabled"))
    operator.disabled_at = None


def list_operators(session: Session) -> list[OperatorDetails]:
    """List operators, oldest first."""
    return [details_of(each) for each in queries.all_operators(session)]


def count_owners(session: Session) -> int:
    """Count owners who are not disabled."""
    return queries.count_owners(session)


def find_by_address(session: Session, address: str) -> OperatorDetails:
    """Find an operator by address.

    Raises:
        NotFound: there is none.
    """
    operator = queries.operator_by_address(session, normal_address(address))
    if operator is None:
        raise NotFound(translatable("operator.unknown_address"))
    return details_of(operator)


def set_locale(session: Session, operator_id: int, locale: str) -> None:
    """Change the language of an operator's console."""
    operator = queries.operator_by_id(session, operator_id)
    if operator is not None:
        operator.locale = locale

"""Add, list and change operators."""

import re
from datetime import datetime

from service.accounts import passwords, queries
from service.accounts.roles import Role
from service.accounts.tables import Operator as Operator  # noqa: PLC0414  Entry points name the type from here.
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound

_ADDRESS = re.compile(r"[^@\s<>,;:\"']{1,64}@[^@\s<>,;:\"']{1,250}")


def normal_address(address: str) -> str:
    """Return the form in which an operator's address is stored and compared."""
    return address.strip().lower()


def looks_like_an_address(address: str) -> bool:
    """Tell an address from a slip; the mail itself is what proves one."""
    return _ADDRESS.fullmatch(normal_address(address)) is not None


def add(
    session: Session,
    *,
    address: str,
    name: str,
    role: Role,
    password: str | None = None,
    now: datetime,
) -> Operator:
    """Add an operator; without a password a one-time link lets them set one.

    Raises:
        Invalid: the address, the name or the password cannot be used.
        Conflict: somebody has this address already.
    """
    if not looks_like_an_address(address):
        raise Invalid("This is not a mail address; write one such as name@example.org.")
    if not name.strip():
        raise Invalid("An operator needs a name.")
    require_good_password(password)
    if queries.operator_by_address(session, normal_address(address)) is not None:
        raise Conflict("There is already an operator with this address.")
    return queries.add_operator(
        session,
        Operator(
            address=normal_address(address),
            name=name.strip(),
            role=role.value,
            password_hash=None if password is None else passwords.make_hash(password),
            created_at=now,
        ),
    )


def require_good_password(password: str | None) -> None:
    """Refuse a password that is too short or absurdly long.

    Raises:
        Invalid: says which lengths are taken.
    """
    if password is not None and not passwords.has_good_length(password):
        raise Invalid(
            f"A password has {passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters."
        )


def all_of_them(session: Session) -> list[Operator]:
    """List operators, oldest first."""
    return queries.all_operators(session)


def by_address(session: Session, address: str) -> Operator:
    """Find an operator by address.

    Raises:
        NotFound: there is none.
    """
    operator = queries.operator_by_address(session, normal_address(address))
    if operator is None:
        raise NotFound("There is no operator with this address; `crieur operator list` shows all.")
    return operator


def choose_locale(session: Session, operator_id: int, locale: str) -> None:
    """Change the language in which the console speaks to an operator."""
    operator = queries.operator_by_id(session, operator_id)
    if operator is not None:
        operator.locale = locale


def change_password(session: Session, operator_id: int, *, old: str, new: str) -> bool:
    """Set a new password; False means the old one does not fit.

    Raises:
        Invalid: the new one is too short or too long.
    """
    require_good_password(new)
    operator = queries.operator_by_id(session, operator_id)
    if operator is None or not passwords.check(operator.password_hash, old).fits:
        return False
    operator.password_hash = passwords.make_hash(new)
    return True

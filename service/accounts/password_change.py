"""Change an operator's own password: verified and hashed while no transaction is open."""

from dataclasses import dataclass
from enum import StrEnum

from service.accounts import passwords, queries
from service.accounts.login import PER_BROWSER, WINDOW
from service.accounts.sessions import SignedInOperator
from service.kit.db import Begin, Session
from service.kit.redis_store import RedisStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """A verified change: the old hash and the new one."""

    operator_id: int
    old_hash: str
    password_hash: str


class PasswordRefusal(StrEnum):
    """Why a change was refused."""

    LENGTH = "length"
    COMMON = "common"
    TOO_OFTEN = "often"
    OLD = "old"


def prepare_change(
    begin: Begin, cache: RedisStore, me: SignedInOperator, *, old: str, new: str
) -> PasswordChange | PasswordRefusal:
    """Verify the old password and hash the new one; nothing is changed yet.

    Only wrong passwords count: each is counted before it is verified and given back if correct, so
    that concurrent attempts cannot exceed the limit.
    """
    limit = f"password:{me.operator_id}"
    if not passwords.has_good_length(new):
        return PasswordRefusal.LENGTH
    if passwords.is_guessable(new, about=(me.name, me.address)):
        return PasswordRefusal.COMMON
    if not cache.allow(limit, limit=PER_BROWSER, per=WINDOW):
        return PasswordRefusal.TOO_OFTEN
    with begin() as session:
        operator = queries.operator_by_id(session, me.operator_id)
    old_hash = operator.password_hash if operator is not None else None
    if old_hash is None or not passwords.verify_password(old_hash, old).is_correct:
        return PasswordRefusal.OLD
    cache.refund(limit)
    return PasswordChange(
        operator_id=me.operator_id, old_hash=old_hash, password_hash=passwords.hash_password(new)
    )


def apply_change(session: Session, change: PasswordChange) -> bool:
    """Store the new password; False if the old one has changed in the meantime."""
    return queries.replace_password(
        session, change.operator_id, was=change.old_hash, new=change.password_hash
    )

"""An operator changes their own password: checked and hashed while no transaction is open."""

from dataclasses import dataclass
from enum import StrEnum

from service.accounts import passwords, queries
from service.accounts.login import PER_BROWSER, WINDOW
from service.accounts.sessions import SignedInOperator
from service.kit.db import Begin, Session
from service.kit.redis_store import RedisStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """A change that may be made: the hash that was there, and the new one."""

    operator_id: int
    was: str
    password_hash: str


class PasswordRefusal(StrEnum):
    """Why not."""

    LENGTH = "length"
    COMMON = "common"
    TOO_OFTEN = "often"
    OLD = "old"


def prepare_change(
    begin: Begin, cache: RedisStore, me: SignedInOperator, *, old: str, new: str
) -> PasswordChange | PasswordRefusal:
    """Check the old password and hash the new one; nothing is changed yet.

    Only wrong ones count: each is counted before it is checked, and a right one given back, so that
    many at once are not more than the limit.
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
    was = operator.password_hash if operator is not None else None
    if was is None or not passwords.verify_password(was, old).fits:
        return PasswordRefusal.OLD
    cache.give_back(limit)
    return PasswordChange(
        operator_id=me.operator_id, was=was, password_hash=passwords.hash_password(new)
    )


def apply_change(session: Session, change: PasswordChange) -> bool:
    """Make the change; False means that the old password is another one by now."""
    return queries.replace_password(
        session, change.operator_id, was=change.was, new=change.password_hash
    )
